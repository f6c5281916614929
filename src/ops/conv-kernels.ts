/** Kernels for convolutions on planes: depthwise, sparse, dense; 1 × 1 without patches, others from bordered planes. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import type { TensorType } from "./ir.js";
import { densityOf, packDense, putFloats, putIntegers, sparseRows } from "./resident.js";
import type { Geometry } from "./window-geometry.js";

/** Bytes of scratch that the dense product needs. */
const TILE_SCRATCH = 32_896;
/** Above this share of weights the dense product is faster than compressed rows. */
const SPARSE_BELOW = 0.65;

/** Sizes of a convolution over rows and columns; one axis of positions counts as one row. */
interface Shape {
  readonly images: number;
  readonly groups: number;
  /** A group's. */
  readonly rows: number;
  readonly channels: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Of an input plane with its border. */
  readonly bordered: readonly number[];
}

function shapeOf(site: Site, geometry: Geometry, out: TensorType): Shape {
  const flat = geometry.kernel.length === 1;
  const two = (sizes: readonly number[], filler: number) => (flat ? [filler, ...sizes] : [...sizes]);
  const groups = site.number("group", 1);
  const [kernel, strides, dilations] = [
    two(geometry.kernel, 1),
    two(geometry.strides, 1),
    two(geometry.dilations, 1),
  ];
  const [before, input, output] = [two(geometry.before, 0), two(geometry.input, 1), two(geometry.output, 1)];
  const reach = kernel.map(
    (size, axis) => (output[axis] - 1) * strides[axis] + (size - 1) * dilations[axis] + 1,
  );
  const bordered = reach.map((size, axis) => Math.max(size, before[axis] + input[axis]));
  const [images, all] = site.input(0).shape;
  return {
    images,
    groups,
    rows: out.shape[1] / groups,
    channels: all / groups,
    kernel,
    strides,
    dilations,
    before,
    input,
    output,
    bordered,
  };
}

const area = ([height, width]: readonly number[]): number => height * width;

/** Bytes from one bordered plane to the next; an odd number of cache lines. */
const borderedStride = ({ bordered }: Shape): number => (Math.ceil((4 * area(bordered)) / 64) | 1) * 64;

/** What is added to a product before it is stored. */
interface Finish {
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
  const shape = shapeOf(site, geometry, out);
  if (area(shape.output) === 0) return undefined;
  const finish = { low: site.number("low", -Infinity), high: site.number("high", Infinity) };
  const biasAt = bias?.constant ? putFloats(lowering, bias.constant.data) : 0;
  if (shape.channels === 1 && shape.rows === 1 && !site.operands[3])
    return depthwise(shape, weights, biasAt, finish, lowering);
  const isPlain =
    area(shape.kernel) === 1 && area(shape.strides) === 1 && area(shape.bordered) === area(shape.input);
  return product(shape, weights, biasAt, finish, lowering, isPlain);
}

/** Copies planes into bordered ones, unless they need no border. */
function bordering(
  shape: Shape,
  lowering: Lowering,
): (channels: number, from: Place, ptr: number, to: number) => void {
  const kernels = modelKernelsOf(lowering.core);
  const [height, width] = shape.input;
  const [top, left] = shape.before;
  const [toHeight, toWidth] = shape.bordered;
  const stride = borderedStride(shape);
  return (channels, { channelStride }, ptr, to) =>
    kernels.f32_planes_pad(
      channels,
      height,
      width,
      ptr,
      channelStride,
      to,
      toHeight,
      toWidth,
      stride,
      top,
      left,
      0,
    );
}

function depthwise(
  shape: Shape,
  weights: ArrayLike<number>,
  bias: number,
  { low, high }: Finish,
  lowering: Lowering,
): Lowered {
  const kernels = modelKernelsOf(lowering.core);
  const { images, groups, kernel, strides, dilations, output, bordered } = shape;
  const w = putFloats(lowering, weights);
  const border = bordering(shape, lowering);
  const isSquare = kernel[0] === kernel[1] && strides[0] === strides[1] && area(dilations) === 1;
  const run =
    isSquare && kernel[0] === 3
      ? kernels.f32_planes_depthwise_3
      : isSquare && kernel[0] === 5
        ? kernels.f32_planes_depthwise_5
        : undefined;
  const [height, width] = output;
  const step = 4 * area(kernel);
  return {
    kernel: `depthwise ${kernel.join(" × ")}`,
    isStrided: true,
    multiplyAdds: images * groups * area(kernel) * area(output),
    density: densityOf(weights),
    scratchBytes: borderedStride(shape) + 64,
    emit:
      ({ inputs: [x], outputs: [y], scratch }: Places) =>
      () => {
        const [from, to] = [x as Place, y];
        // Plane by plane, so that the bordered copy stays in cache.
        for (let image = 0; image < images; image++)
          for (let c = 0; c < groups; c++) {
            border(1, from, from.ptr + image * from.imageStride + c * from.channelStride, scratch);
            const [at, b] = [to.ptr + image * to.imageStride + c * to.channelStride, bias && bias + 4 * c];
            if (run)
              run(strides[0], 1, scratch, bordered[1], 0, w + c * step, b, at, height, width, 0, low, high);
            else
              kernels.f32_planes_depthwise(
                kernel[0],
                kernel[1],
                strides[0],
                strides[1],
                dilations[0],
                dilations[1],
                1,
                scratch,
                bordered[1],
                0,
                w + c * step,
                b,
                at,
                height,
                width,
                0,
                low,
                high,
              );
          }
      },
  };
}

/** From which address a group's product reads, and how: planes as they are, or patches of bordered ones. */
function product(
  shape: Shape,
  weights: ArrayLike<number>,
  bias: number,
  finish: Finish,
  lowering: Lowering,
  isPlain: boolean,
): Lowered {
  const { images, groups, rows, channels, kernel, output } = shape;
  const columns = channels * area(kernel);
  const density = densityOf(weights);
  const isSparse = lowering.forced ? lowering.forced === "csr" : density < SPARSE_BELOW;
  const perGroup = Array.from({ length: groups }, (_, group) => {
    const own = Array.prototype.slice.call(weights, group * rows * columns, (group + 1) * rows * columns);
    return isSparse ? sparseGroup(shape, own, lowering, isPlain) : denseGroup(shape, own, lowering, isPlain);
  });
  const border = isPlain ? undefined : bordering(shape, lowering);
  const stride = borderedStride(shape);
  const planesBytes = isPlain ? 0 : channels * stride + 64;
  const kept = isSparse ? density : 1;
  return {
    kernel: isSparse ? "csr" : "dense",
    isStrided: true,
    multiplyAdds: Math.round(images * groups * rows * columns * area(output) * kept),
    density,
    scratchBytes: planesBytes + Math.max(TILE_SCRATCH, isPlain ? 0 : 128 * columns),
    emit: ({ inputs: [x, , , residual], outputs: [y], scratch }: Places) => {
      const from = x as Place;
      const runs = perGroup.map((make, group) =>
        make(from, y, residual, bias && bias + 4 * group * rows, finish, scratch + planesBytes),
      );
      return () => {
        for (let image = 0; image < images; image++)
          for (let group = 0; group < groups; group++) {
            const source = from.ptr + image * from.imageStride + group * channels * from.channelStride;
            border?.(channels, from, source, scratch);
            const at = image * y.imageStride + group * rows * y.channelStride;
            runs[group](
              border ? scratch : source,
              y.ptr + at,
              residual
                ? residual.ptr + image * residual.imageStride + group * rows * residual.channelStride
                : 0,
            );
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
  bias: number,
  finish: Finish,
  scratch: number,
) => (x: number, y: number, residual: number) => void;

/** Offsets of all output positions in a bordered plane, and of all rows of the patch matrix. */
function patchTables(shape: Shape, lowering: Lowering): { offsets: number; taps: number } {
  const { channels, kernel, strides, dilations, output, bordered } = shape;
  const stride = borderedStride(shape);
  const offsets = new Uint32Array(area(output));
  for (let at = 0; at < offsets.length; at++) {
    const [row, column] = [Math.floor(at / output[1]), at % output[1]];
    offsets[at] = 4 * (row * strides[0] * bordered[1] + column * strides[1]);
  }
  const taps = new Uint32Array(channels * area(kernel));
  for (let at = 0; at < taps.length; at++) {
    const element = at % area(kernel);
    const [ky, kx] = [Math.floor(element / kernel[1]), element % kernel[1]];
    taps[at] =
      Math.floor(at / area(kernel)) * stride + 4 * (ky * dilations[0] * bordered[1] + kx * dilations[1]);
  }
  return { offsets: putIntegers(lowering, offsets), taps: putIntegers(lowering, taps) };
}

function denseGroup(
  shape: Shape,
  weights: ArrayLike<number>,
  lowering: Lowering,
  isPlain: boolean,
): MakeGroup {
  const kernels = modelKernelsOf(lowering.core);
  const { rows, channels, kernel, output } = shape;
  const columns = channels * area(kernel);
  const packed = packDense(lowering, rows, columns, weights);
  const positions = area(output);
  const tables = isPlain ? undefined : patchTables(shape, lowering);
  return (from, to, residual, bias, { low, high }, scratch) => {
    const [xs, ys, rs] = [from.channelStride, to.channelStride, residual?.channelStride ?? 0];
    if (!tables)
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
    const { taps, offsets } = tables;
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

/** Positions of a block of patches. */
const BLOCK = 32;

function sparseGroup(
  shape: Shape,
  weights: ArrayLike<number>,
  lowering: Lowering,
  isPlain: boolean,
): MakeGroup {
  const kernels = modelKernelsOf(lowering.core);
  const { rows, channels, kernel, output } = shape;
  const columns = channels * area(kernel);
  const sparse = sparseRows(rows, columns, weights);
  const [starts, values] = [putIntegers(lowering, sparse.starts), putFloats(lowering, sparse.values)];
  const positions = area(output);
  const tables = isPlain ? undefined : patchTables(shape, lowering);
  return (from, to, residual, bias, { low, high }, scratch) => {
    const [ys, rs] = [to.channelStride, residual?.channelStride ?? 0];
    const step = tables ? 4 * BLOCK : from.channelStride;
    const at = putIntegers(
      lowering,
      sparse.columns.map((column) => column * step),
    );
    if (!tables)
      return (x, y, r) =>
        kernels.f32_planes_spmm(rows, positions, starts, at, values, x, y, ys, bias, r, rs, low, high);
    const { taps, offsets } = tables;
    return (x, y, r) => {
      for (let first = 0; first < positions; first += BLOCK) {
        const n = Math.min(BLOCK, positions - first);
        kernels.f32_planes_gather(columns, n, x, taps, offsets + 4 * first, scratch);
        const r_at = r && r + 4 * first;
        kernels.f32_planes_spmm(
          rows,
          n,
          starts,
          at,
          values,
          scratch,
          y + 4 * first,
          ys,
          bias,
          r_at,
          rs,
          low,
          high,
        );
      }
    };
  };
}
