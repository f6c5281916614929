/** Kernels for what sums along axes: reductions, softmax, normalisations. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Site } from "./contract.js";
import { sizeOf, stridesOf } from "./ir.js";
import { inner, merged, stepsOf } from "./strides.js";

/** Numbers of `Reduce` in assembly/planes/rows.ts, by operator. */
export const REDUCTIONS: Readonly<Record<string, number>> = {
  ReduceSum: 0,
  ReduceMean: 0,
  ReduceMax: 1,
  ReduceMin: 2,
  ReduceSumSquare: 3,
  ReduceL1: 4,
};

const pick = <T>(all: readonly T[], axes: readonly number[]): T[] => axes.map((axis) => all[axis]);

/**
 * @param site  a node of f32
 * @param lowering  the core
 * @param code  which reduction
 * @param axes  that go, or have size 1 afterwards
 * @param isMean  whether it is divided by their number
 * @returns kernels; undefined where the axes are not one behind another in memory
 */
export function lowerReduction(
  site: Site,
  lowering: Lowering,
  code: number,
  axes: readonly number[],
  isMean: boolean,
): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  if (dtype !== "f32" || sizeOf(shape) === 0) return undefined;
  const rest = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const gone = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis));
  const isOne = (steps: readonly number[]) =>
    merged(pick(shape, gone), [pick(steps, gone)]).shape.length <= 1;
  const strides = stridesOf(shape);
  if (!isOne(strides)) return undefined;
  // Channels further apart than their positions need.
  const keeps = site.number("keepdims", 1) === 1;
  const apart = strides.map((stride, axis) => (axis < 2 ? 2 * stride : stride));
  const kernels = modelKernelsOf(lowering.core);
  return {
    kernel: "reduction",
    isStrided: keeps && isOne(apart),
    emit: ({ inputs: [x], outputs: [y] }) => {
      const [from, to] = [stepsOf(x as Place), stepsOf(y)];
      const reduced = merged(pick(shape, gone), [pick(from, gone)]);
      const [n, step] = [reduced.shape[0] ?? 1, reduced.steps[0][0] ?? 4];
      const kept = merged(pick(shape, rest), [pick(from, rest), keeps ? pick(to, rest) : to]);
      const { inner: walk, outer } = inner(kept, 1);
      const [[xRow], [yRow]] = walk.steps;
      const [starts, ends] = [outer[0].map((at) => (x as Place).ptr + at), outer[1].map((at) => y.ptr + at)];
      const divisor = isMean ? n : 1;
      return () => {
        for (let at = 0; at < starts.length; at++)
          kernels.f32_planes_reduce(code, walk.shape[0], n, starts[at], xRow, step, ends[at], yRow, divisor);
      };
    },
  };
}

/** Softmax along an axis. */
export function lowerSoftmax(site: Site, lowering: Lowering): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  if (dtype !== "f32" || sizeOf(shape) === 0) return undefined;
  const axis = site.axis(site.number("axis", -1), shape.length);
  const rest = shape.map((_, at) => at).filter((at) => at !== axis);
  const kernels = modelKernelsOf(lowering.core);
  return {
    kernel: "softmax",
    isStrided: true,
    emit: ({ inputs: [x], outputs: [y] }) => {
      const [from, to] = [stepsOf(x as Place), stepsOf(y)];
      const { inner: walk, outer } = inner(merged(pick(shape, rest), [pick(from, rest), pick(to, rest)]), 1);
      const [[xRow], [yRow]] = walk.steps;
      const [starts, ends] = [outer[0].map((at) => (x as Place).ptr + at), outer[1].map((at) => y.ptr + at)];
      const [rows] = walk.shape;
      return () => {
        for (let at = 0; at < starts.length; at++)
          kernels.f32_planes_softmax(
            rows,
            shape[axis],
            starts[at],
            xRow,
            from[axis],
            ends[at],
            yRow,
            to[axis],
          );
      };
    },
  };
}

/** Normalisation of the last axes, from `axis` on, with a scale and a bias of each of their elements. */
export function lowerLayerNormalization(site: Site, lowering: Lowering): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  if (dtype !== "f32" || site.node.outputs.length > 1) return undefined;
  const axis = site.axis(site.number("axis", -1), shape.length);
  const [rows, n] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
  if (n === 0 || [1, 2].some((input) => site.operands[input] && sizeOf(site.input(input).shape) !== n))
    return undefined;
  const kernels = modelKernelsOf(lowering.core);
  const epsilon = site.number("epsilon", 1e-5);
  return {
    kernel: "normalization",
    emit: ({ inputs: [x, scale, bias], outputs: [y] }) => {
      const [from, s, b] = [(x as Place).ptr, (scale as Place).ptr, bias?.ptr ?? 0];
      return () => kernels.f32_planes_normalize(rows, n, from, 4 * n, y.ptr, 4 * n, s, b, 0, 4, epsilon);
    },
  };
}

/** Normalisation of each plane, with a scale and a bias of each channel. */
export function lowerInstanceNormalization(site: Site, lowering: Lowering): Lowered | undefined {
  const { dtype, shape } = site.input(0);
  const n = sizeOf(shape.slice(2));
  if (dtype !== "f32" || n === 0 || [1, 2].some((input) => sizeOf(site.input(input).shape) !== shape[1]))
    return undefined;
  const kernels = modelKernelsOf(lowering.core);
  const epsilon = site.number("epsilon", 1e-5);
  return {
    kernel: "normalization",
    isStrided: true,
    emit: ({ inputs, outputs: [y] }) => {
      const [x, scale, bias] = inputs as readonly Place[];
      const [s, b] = [scale.ptr, bias.ptr];
      return () => {
        for (let image = 0; image < shape[0]; image++) {
          const [from, to] = [x.ptr + image * x.imageStride, y.ptr + image * y.imageStride];
          kernels.f32_planes_normalize(
            shape[1],
            n,
            from,
            x.channelStride,
            to,
            y.channelStride,
            s,
            b,
            4,
            0,
            epsilon,
          );
        }
      };
    },
  };
}
