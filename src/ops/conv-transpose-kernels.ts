/**
 * Kernels for transposed convolutions. Output positions that are `strides` apart see the same elements of the window,
 * so those of each phase are a convolution of their own, with a window of every stride-th element, backwards.
 */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import { convProduct, type Finish } from "./conv-kernels.js";
import { area, borderOf, type ConvShape } from "./conv-shape.js";
import type { TensorType } from "./ir.js";
import { putFloats } from "./resident.js";
import type { Geometry } from "./window-geometry.js";

/** Output positions first, first + stride, … of an axis, and how a window over the input makes them. */
interface Phase {
  readonly first: number;
  readonly count: number;
  /** Elements of the window, in the order in which they meet the input. */
  readonly elements: readonly number[];
  /** Input positions that the first window sees before the input begins. */
  readonly before: number;
}

/** The phases of an axis: output o meets input i at element o + before − stride · i. */
function phasesOf(stride: number, kernel: number, before: number, output: number): Phase[] {
  return Array.from({ length: Math.min(stride, output) }, (_, first) => {
    const least = (first + before) % stride;
    const elements: number[] = [];
    for (let element = least; element < kernel; element += stride) elements.unshift(element);
    return {
      first,
      count: Math.ceil((output - first) / stride),
      elements,
      before: elements.length - 1 - Math.floor((first + before) / stride),
    };
  });
}

/**
 * @param site  a ConvTranspose with constant weights
 * @param geometry  of the convolution that it is the transpose of: its output is our input
 * @param out  the type of its output
 * @param lowering  where weights go
 * @returns kernels; undefined where there are none for it
 */
export function lowerConvTranspose(
  site: Site,
  geometry: Geometry,
  out: TensorType,
  lowering: Lowering,
): Lowered | undefined {
  const weights = site.operands[1]?.constant;
  const bias = site.operands[2];
  const isKnown = weights && (!bias || bias.constant) && out.dtype === "f32";
  if (!isKnown || geometry.kernel.length > 2 || geometry.dilations.some((size) => size !== 1))
    return undefined;
  const isFlat = geometry.kernel.length === 1;
  const two = (sizes: readonly number[], filler: number) => (isFlat ? [filler, ...sizes] : [...sizes]);
  const [kernel, strides] = [two(geometry.kernel, 1), two(geometry.strides, 1)];
  const [input, output] = [two(geometry.output, 1), two(geometry.input, 1)];
  if (area(output) === 0 || area(input) === 0) return undefined;
  const finish = {
    bias: bias?.constant ? putFloats(lowering, bias.constant.data) : 0,
    low: site.number("low", -Infinity),
    high: site.number("high", Infinity),
  };
  const before = two(geometry.before, 0);
  const [down, across] = [0, 1].map((axis) =>
    phasesOf(strides[axis], kernel[axis], before[axis], output[axis]),
  );
  const [images, channels] = site.input(0).shape;
  const groups = site.number("group", 1);
  const shared = { images, groups, channels: channels / groups, rows: out.shape[1] / groups, input };
  const parts = down.flatMap((y) =>
    across.map((x) => partOf(shared, kernel, y, x, weights.data, finish, lowering)),
  );
  return together(parts, out, output, strides, lowering);
}

/** A phase of both axes, as a convolution. */
interface Part {
  readonly y: Phase;
  readonly x: Phase;
  readonly lowered: Lowered;
}

function partOf(
  shared: Pick<ConvShape, "images" | "groups" | "channels" | "rows" | "input">,
  kernel: readonly number[],
  y: Phase,
  x: Phase,
  weights: ArrayLike<number>,
  finish: Finish,
  lowering: Lowering,
): Part {
  const { groups, channels, rows, input } = shared;
  const own = [y.elements.length, x.elements.length];
  const output = [y.count, x.count];
  const before = [y.before, x.before];
  // Weights of the file are channels × rows × window, a group's channels behind those of the group before.
  const picked = new Float32Array(groups * rows * channels * area(own));
  let to = 0;
  for (let group = 0; group < groups; group++)
    for (let row = 0; row < rows; row++)
      for (let channel = 0; channel < channels; channel++)
        for (const ky of y.elements)
          for (const kx of x.elements)
            picked[to++] =
              weights[(((group * channels + channel) * rows + row) * kernel[0] + ky) * kernel[1] + kx];
  const isSame = before.every((size) => size === 0) && input.every((size, axis) => size === output[axis]);
  const shape: ConvShape = {
    ...shared,
    kernel: own,
    before,
    output,
    isPlain: area(own) === 1 && isSame,
    isUnit: true,
    border: borderOf(own, [1, 1], [1, 1], output),
  };
  return { y, x, lowered: convProduct(shape, picked, finish, lowering) };
}

/** All phases one after the other, each into scratch and from there to its places in the output. */
function together(
  parts: readonly Part[],
  out: TensorType,
  [, width]: readonly number[],
  strides: readonly number[],
  lowering: Lowering,
): Lowered {
  const kernels = modelKernelsOf(lowering.core);
  const [images, rows] = out.shape;
  const isWhole = parts.length === 1;
  const planes = parts.map(({ y, x }) => 4 * y.count * x.count);
  const planesBytes = isWhole ? 0 : Math.ceil((Math.max(...planes) * images * rows) / 64) * 64;
  const density = parts.reduce((sum, { lowered }) => sum + (lowered.density ?? 1), 0) / parts.length;
  return {
    kernel: `transposed ${[...new Set(parts.map(({ lowered }) => lowered.kernel))].join(", ")}`,
    isStrided: true,
    density,
    multiplyAdds: parts.reduce((sum, { lowered }) => sum + (lowered.multiplyAdds ?? 0), 0),
    scratchBytes: planesBytes + Math.max(...parts.map(({ lowered }) => lowered.scratchBytes ?? 0)),
    emit: ({ inputs: [input], outputs: [y], scratch }: Places) => {
      const runs = parts.map(({ y: down, x: across, lowered }, index) => {
        const channelStride = planes[index];
        const phase: Place = { ...out, ptr: scratch, channelStride, imageStride: rows * channelStride };
        const run = lowered.emit({
          inputs: [input],
          outputs: [isWhole ? y : phase],
          scratch: scratch + planesBytes,
        });
        if (isWhole) return run;
        const at = y.ptr + 4 * (down.first * width + across.first);
        return () => {
          run();
          for (let image = 0; image < images; image++)
            kernels.f32_planes_interleave(
              rows,
              down.count,
              across.count,
              scratch + image * phase.imageStride,
              channelStride,
              at + image * y.imageStride,
              width,
              y.channelStride,
              strides[0],
              strides[1],
            );
        };
      });
      return () => {
        for (const run of runs) run();
      };
    },
  };
}
