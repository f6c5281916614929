/** Kernels for operators that move elements: each is a copy between walks of memory. */
import type { ModelKernels } from "../generated/kernels.js";
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import { inner, inTurn, merged, type Walk } from "./strides.js";

/** A part of a value: where it begins, how its axes go on. */
export interface Part {
  readonly ptr: number;
  readonly steps: readonly number[];
}

/** Puts axes into the order that the kernel is fast in: one that is contiguous in y last, in x before it. */
function inOrder({ shape, steps: [x, y] }: Walk): Walk {
  const axes = shape.map((_, axis) => axis);
  const isBoth = axes.find((axis) => x[axis] === 4 && y[axis] === 4);
  const last = isBoth ?? axes.find((axis) => y[axis] === 4) ?? axes.length - 1;
  const before = isBoth === undefined ? axes.find((axis) => x[axis] === 4 && axis !== last) : undefined;
  const rest = axes.filter((axis) => axis !== last && axis !== before);
  const order = [...rest, ...(before === undefined ? [] : [before]), ...(shape.length > 0 ? [last] : [])];
  return {
    shape: order.map((axis) => shape[axis]),
    steps: [x, y].map((own) => order.map((axis) => own[axis])),
  };
}

/** @returns a step that copies elements of a shape from one part to another */
export function copying(kernels: ModelKernels, shape: readonly number[], x: Part, y: Part): () => void {
  const { inner: walk, outer } = inner(inOrder(merged(shape, [x.steps, y.steps])), 4);
  const [n0, n1, n2, n3] = walk.shape;
  const [[x0, x1, x2, x3], [y0, y1, y2, y3]] = walk.steps;
  const [from, to] = [outer[0].map((at) => x.ptr + at), outer[1].map((at) => y.ptr + at)];
  return () => {
    for (let at = 0; at < from.length; at++)
      kernels.f32_planes_copy(n0, n1, n2, n3, from[at], x0, x1, x2, x3, to[at], y0, y1, y2, y3);
  };
}

/** A copy that an operator is: a shape and the two parts, for places. */
export interface Copy {
  readonly shape: readonly number[];
  readonly x: Part;
  readonly y: Part;
}

/**
 * @param site  a node that moves elements
 * @param lowering  the core
 * @param isStrided  whether its places may be planes apart
 * @param copies  what it copies, in order
 * @returns kernels; undefined where its values are not f32
 */
export function lowerCopies(
  site: Site,
  lowering: Lowering,
  isStrided: boolean,
  copies: (inputs: readonly Place[], outputs: readonly Place[]) => readonly Copy[],
): Lowered | undefined {
  if (site.input(0).dtype !== "f32") return undefined;
  const kernels = modelKernelsOf(lowering.core);
  return {
    kernel: "copy",
    isStrided,
    emit: ({ inputs, outputs }: Places) => {
      const all = copies(inputs as readonly Place[], outputs);
      return inTurn(all.map(({ shape, x, y }) => copying(kernels, shape, x, y)));
    },
  };
}
