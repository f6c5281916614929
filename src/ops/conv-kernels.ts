/** Kernels for convolutions on planes: depthwise, sparse, dense; 1 × 1 without borders, others from bordered planes. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import { SPARSE_BELOW_WINOGRAD, sparseBelow, TILE_ROW_BYTES, winogradPays } from "./choice.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import { area, type ConvShape, shapeOf } from "./conv-shape.js";
import type { ElementArray, TensorType } from "./ir.js";
import { densityOf, packDense, putFloats, putIntegers, sparseRows, TILE_SCRATCH } from "./resident.js";
import type { Geometry } from "./window-geometry.js";
import { winogradBytes, winogradGroup, withTiles } from "./winograd-kernels.js";

/** What is added to a product before it is stored. */
export interface Finish {
  readonly bias: number;
  readonly low: number;
  readonly high: number;
}

/**
 * @param site  a Conv with constant weights
 * @param geometry  of its window
 * @param out  the type of its output
 * @param lowering  where weights go
 * @returns kernels; undefined where there are none for it
 */
export function lowerConv(
  site: Site,
  geometry: Geometry,
  out: TensorType,
  lowering: Lowering,
): Lowered | undefined {
  const weights = site.operands[1]?.constant?.data;
  if (!weights || out.dtype !== "f32" || geometry.kernel.length > 2) return undefined;
  const bias = site.operands[2];
  if (bias && !bias.constant) return undefined;
  const shape = shapeOf(site, geometry, out.shape[1]);
  if (area(shape.output) === 0) return undefined;
  const finish = {
    bias: bias?.constant ? putFloats(lowering, bias.constant.data) : 0,
    low: site.number("low", -Infinity),
    high: site.number("high", Infinity),
  };
  if (shape.channels === 1 && shape.rows === 1 && !site.operands[3])
    return depthwise(shape, weights, finish, lowering);
  return convProduct(shape, weights, finish, lowering);
}

function depthwise(
  { images, groups, kernel, before, input, output, border }: ConvShape,
  weights: ArrayLike<number>,
  { bias, low, high }: Finish,
  lowering: Lowering,
): Lowered {
  const kernels = modelKernelsOf(lowering.core);
  const sparse = sparseRows(groups, area(kernel), weights);
  const [starts, values] = [putIntegers(lowering, sparse.starts), putFloats(lowering, sparse.values)];
  const offsets = putIntegers(
    lowering,
    sparse.columns.map((tap) => border.taps[tap]),
  );
  return {
    kernel: `depthwise ${kernel.join(" × ")}`,
    isStrided: true,
    multiplyAdds: images * sparse.values.length * area(output),
    density: densityOf(weights),
    scratchBytes: border.stride,
    emit:
      ({ inputs: [x], outputs: [y], scratch }: Places) =>
      () => {
        const [from, to] = [x as Place, y];
        for (let image = 0; image < images; image++)
          kernels.f32_planes_depthwise(
            groups,
            input[0],
            input[1],
            from.ptr + image * from.imageStride,
            from.channelStride,
            border.height,
            border.width,
            before[0],
            before[1],
            border.phases,
            starts,
            offsets,
            values,
            border.row,
            bias,
            output[0],
            output[1],
            to.ptr + image * to.imageStride,
            to.channelStride,
            low,
            high,
            scratch,
          );
      },
  };
}

/** Copies the planes of a group into bordered ones. */
function bordering(shape: ConvShape, lowering: Lowering): (from: Place, ptr: number, to: number) => void {
  const kernels = modelKernelsOf(lowering.core);
  const { channels, before, input, border } = shape;
  return ({ channelStride }, ptr, to) =>
    kernels.f32_planes_border(
      channels,
      input[0],
      input[1],
      ptr,
      channelStride,
      to,
      border.height,
      border.width,
      border.stride,
      before[0],
      before[1],
      border.phases,
    );
}

/** Bytes of a row of positions that a tile of windows touches, at any alignment. */
const WINDOW_ROW_BYTES = 96;

/** The kernel that is asked for where it can be, or the fastest. */
function kernelFor(shape: ConvShape, density: number, { forced }: Lowering): "csr" | "dense" | "winograd" {
  const { kernel, output, isUnit, channels, rows } = shape;
  const isTiled = isUnit && kernel.every((size) => size === 3);
  if (forced) return forced === "csr" || (forced === "winograd" && isTiled) ? forced : "dense";
  const isFew = isTiled && winogradPays(channels, rows, output);
  const below = sparseBelowFor(shape);
  if (density < (isFew ? Math.min(below, SPARSE_BELOW_WINOGRAD) : below)) return "csr";
  return isFew ? "winograd" : "dense";
}

/** The share of weights below which compressed rows are faster. */
function sparseBelowFor({ channels, kernel, isPlain, border }: ConvShape): number {
  const rows = 3 * border.down + kernel[0];
  const bytes = isPlain ? TILE_ROW_BYTES : rows * WINDOW_ROW_BYTES * Math.min(border.phases, kernel[1]);
  return sparseBelow(channels * bytes, border.down > 1);
}

/** Each group's product: of planes as they are, or of bordered ones. */
export function convProduct(
  given: ConvShape,
  weights: ElementArray,
  finish: Finish,
  lowering: Lowering,
): Lowered {
  const { images, groups, rows, channels, kernel: window, output, isPlain } = given;
  const columns = channels * area(window);
  const density = densityOf(weights);
  const kernel = kernelFor(given, density, lowering);
  const shape = kernel === "winograd" ? withTiles(given) : given;
  const groupOf = { csr: sparseGroup, dense: denseGroup, winograd: winogradGroup }[kernel];
  const perGroup = Array.from({ length: groups }, (_, group) => {
    const own = weights.subarray(group * rows * columns, (group + 1) * rows * columns);
    return groupOf(shape, own, lowering);
  });
  const ownBytes = { csr: 0, dense: TILE_SCRATCH, winograd: winogradBytes(shape) }[kernel];
  const kept = { csr: density, dense: 1, winograd: 1 }[kernel];
  const border = isPlain ? undefined : bordering(shape, lowering);
  const planesBytes = isPlain ? 0 : channels * shape.border.stride;
  return {
    kernel,
    isStrided: true,
    multiplyAdds: Math.round(images * groups * rows * columns * area(output) * kept),
    density,
    scratchBytes: planesBytes + ownBytes,
    emit: ({ inputs: [x, , , residual], outputs: [y], scratch }: Places) => {
      const from = x as Place;
      const runs = perGroup.map((make, group) => {
        const bias = finish.bias && finish.bias + 4 * group * rows;
        return make(from, y, residual, { ...finish, bias }, scratch + planesBytes);
      });
      return () => {
        for (let image = 0; image < images; image++)
          for (let group = 0; group < groups; group++) {
            const source = from.ptr + image * from.imageStride + group * channels * from.channelStride;
            border?.(from, source, scratch);
            const at = image * y.imageStride + group * rows * y.channelStride;
            const add = residual
              ? residual.ptr + image * residual.imageStride + group * rows * residual.channelStride
              : 0;
            runs[group](border ? scratch : source, y.ptr + at, add);
          }
      };
    },
  };
}

/** Makes the product of a group when strides are known: it reads at x, writes at y. */
type MakeGroup = (
  from: Place,
  to: Place,
  residual: Place | undefined,
  finish: Finish,
  scratch: number,
) => (x: number, y: number, residual: number) => void;

function denseGroup(shape: ConvShape, weights: ArrayLike<number>, lowering: Lowering): MakeGroup {
  const { core } = lowering;
  const kernels = modelKernelsOf(core);
  const { rows, channels, kernel, output, border } = shape;
  const columns = channels * area(kernel);
  const packed = packDense(lowering, rows, columns, weights);
  const positions = area(output);
  if (shape.isPlain)
    return ({ channelStride: xs }, { channelStride: ys }, residual, { bias, low, high }, scratch) => {
      const rs = residual?.channelStride ?? 0;
      const isRelu = low === 0 && high === Infinity;
      // One position is a vector, where it is contiguous: the tile would be empty but for a column.
      if (
        positions === 1 &&
        xs === 4 &&
        ys === 4 &&
        !residual &&
        (isRelu || (low === -Infinity && high === Infinity))
      )
        return (x, y) => core.kernels.f32_gemv_packed(rows, columns, packed, x, y, bias, isRelu ? 2 : 0);
      return (x, y, r) =>
        kernels.f32_planes_gemm(
          rows,
          positions,
          columns,
          packed,
          x,
          xs,
          y,
          ys,
          bias,
          r,
          rs,
          low,
          high,
          scratch,
        );
    };
  const taps = putIntegers(lowering, tapsOf(shape));
  const place = (_: unknown, at: number) => Math.floor(at / output[1]) * border.row + 4 * (at % output[1]);
  const offsets = putIntegers(lowering, Array.from({ length: positions }, place));
  return (_, { channelStride: ys }, residual, { bias, low, high }, scratch) => {
    const rs = residual?.channelStride ?? 0;
    return (x, y, r) =>
      kernels.f32_planes_conv(
        rows,
        positions,
        columns,
        packed,
        x,
        taps,
        offsets,
        y,
        ys,
        bias,
        r,
        rs,
        low,
        high,
        scratch,
      );
  };
}

/** Bytes from the first bordered plane to what each column of the patch matrix sees at the first position. */
function tapsOf({ channels, border }: ConvShape): Uint32Array {
  const { taps, stride } = border;
  return Uint32Array.from(
    { length: channels * taps.length },
    (_, at) => Math.floor(at / taps.length) * stride + taps[at % taps.length],
  );
}

function sparseGroup(shape: ConvShape, weights: ArrayLike<number>, lowering: Lowering): MakeGroup {
  const kernels = modelKernelsOf(lowering.core);
  const { rows, channels, kernel, output, border, isPlain } = shape;
  const sparse = sparseRows(rows, channels * area(kernel), weights);
  const [starts, values] = [putIntegers(lowering, sparse.starts), putFloats(lowering, sparse.values)];
  const taps = tapsOf(shape);
  return (from, { channelStride: ys }, residual, { bias, low, high }) => {
    const rs = residual?.channelStride ?? 0;
    const place = (column: number) => (isPlain ? column * from.channelStride : taps[column]);
    const at = putIntegers(lowering, sparse.columns.map(place));
    // Positions of one row are contiguous as those of a plane are.
    if (isPlain || output[0] === 1)
      return (x, y, r) =>
        kernels.f32_planes_spmm(rows, area(output), starts, at, values, x, y, ys, bias, r, rs, low, high);
    return (x, y, r) =>
      kernels.f32_planes_windows(
        rows,
        output[0],
        output[1],
        starts,
        at,
        values,
        x,
        border.row,
        y,
        ys,
        bias,
        r,
        rs,
        low,
        high,
      );
  };
}
