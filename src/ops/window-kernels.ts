/** Kernels for windows over planes that have no weights: pooling, and resizing. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Site } from "./contract.js";
import { putFloats, putIntegers } from "./resident.js";
import type { Taps } from "./resize.js";
import type { Geometry } from "./window-geometry.js";

/** Sizes over rows and columns; one axis of positions counts as one row. */
const two = (sizes: readonly number[], filler: number): readonly number[] =>
  sizes.length === 1 ? [filler, ...sizes] : sizes;

/**
 * @param site  a pooling node
 * @param window  its geometry
 * @param lowering  the core
 * @param counts  what the sum under each window is divided by; undefined for the largest
 */
export function lowerPool(
  site: Site,
  window: Geometry,
  lowering: Lowering,
  counts: readonly number[] | undefined,
): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  if (dtype !== "f32" || site.node.outputs.length > 1 || window.kernel.length > 2) return undefined;
  const kernels = modelKernelsOf(lowering.core);
  const [kernel, strides, dilations] = [window.kernel, window.strides, window.dilations].map((all) =>
    two(all, 1),
  );
  const [input, output, [top, left]] = [two(window.input, 1), two(window.output, 1), two(window.before, 0)];
  const divisors = counts ? putFloats(lowering, counts) : 0;
  const planes = shape[0] * shape[1];
  return {
    kernel: "pool",
    isStrided: true,
    emit: ({ inputs: [x], outputs: [y] }) => {
      const from = x as Place;
      return () =>
        kernels.f32_planes_pool(
          counts ? 0 : 1,
          planes,
          input[0],
          input[1],
          from.ptr,
          from.channelStride,
          output[0],
          output[1],
          y.ptr,
          y.channelStride,
          kernel[0],
          kernel[1],
          strides[0],
          strides[1],
          dilations[0],
          dilations[1],
          top,
          left,
          divisors,
        );
    },
  };
}

/** Taps of an axis that stays as it is. */
const unchanged = (size: number): Taps => ({
  count: 1,
  indices: Int32Array.from({ length: size }, (_, at) => at),
  weights: new Float64Array(size).fill(1),
  outside: new Uint8Array(size),
});

/** Resizing of positions, at most two axes. */
export function lowerResize(
  site: Site,
  axes: readonly { axis: number; taps: Taps }[],
  lowering: Lowering,
): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  const isPlain = axes.every(({ axis, taps }) => axis >= 2 && !taps.outside.includes(1));
  if (dtype !== "f32" || !isPlain || shape.length < 3 || shape.length > 4) return undefined;
  const kernels = modelKernelsOf(lowering.core);
  const tapsOf = (axis: number) =>
    axes.find((each) => each.axis === axis)?.taps ?? unchanged(axis < 2 ? 1 : shape[axis]);
  const [rows, columns] = [tapsOf(shape.length === 3 ? 0 : 2), tapsOf(shape.length - 1)];
  const [rowIndices, columnIndices] = [rows, columns].map(({ indices }) => putIntegers(lowering, indices));
  const [rowWeights, columnWeights] = [rows, columns].map(({ weights }) => putFloats(lowering, weights));
  const width = shape[shape.length - 1];
  return {
    kernel: "resize",
    isStrided: true,
    scratchBytes: 4 * width,
    emit: ({ inputs: [x], outputs: [y], scratch }) => {
      const from = x as Place;
      return () =>
        kernels.f32_planes_resize(
          shape[0] * shape[1],
          width,
          from.ptr,
          from.channelStride,
          rows.outside.length,
          columns.outside.length,
          y.ptr,
          y.channelStride,
          rows.count,
          rowIndices,
          rowWeights,
          columns.count,
          columnIndices,
          columnWeights,
          scratch,
        );
    },
  };
}
