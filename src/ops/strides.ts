/** Walks over values in memory: axes with the bytes from one index to the next, for each operand. */
import type { Place } from "./contract.js";
import { sizeOf, stridesOf } from "./ir.js";

/** Axes that operands are walked along together, the last one fastest. */
export interface Walk {
  readonly shape: number[];
  /** By operand and axis: bytes from one index to the next, 0 where an operand repeats. */
  readonly steps: number[][];
}

/** Bytes from one index to the next along each axis of a value. */
export function stepsOf({ shape, channelStride, imageStride }: Place): number[] {
  if (shape.length < 3) return stridesOf(shape).map((stride) => 4 * stride);
  return [imageStride, channelStride, ...stridesOf(shape.slice(2)).map((stride) => 4 * stride)];
}

/** The same along the axes of a shape that the value stretches to. */
export function stretchedSteps(place: Place, to: readonly number[]): number[] {
  const own = stepsOf(place);
  return to.map((_, axis) => {
    const index = axis - (to.length - own.length);
    return index < 0 || place.shape[index] === 1 ? 0 : own[index];
  });
}

/** The same walk with as few axes as it takes: those of size 1 go, and those that continue each other are one. */
export function merged(shape: readonly number[], steps: readonly (readonly number[])[]): Walk {
  const result: Walk = { shape: [], steps: steps.map(() => []) };
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = result.shape.length - 1;
    const continues = last >= 0 && steps.every((own, at) => result.steps[at][last] === own[axis] * size);
    if (continues) result.shape[last] *= size;
    else result.shape.push(size);
    result.steps.forEach((own, at) => {
      if (continues) own[last] = steps[at][axis];
      else own.push(steps[at][axis]);
    });
  });
  return result;
}

/** Takes the last `count` axes off a walk, filled up with axes of size 1, and lists where the others lead. */
export function inner(walk: Walk, count: number): { inner: Walk; outer: number[][] } {
  const missing = Math.max(0, count - walk.shape.length);
  const cut = Math.max(0, walk.shape.length - count);
  const ones = new Array<number>(missing).fill(1);
  const zeros = new Array<number>(missing).fill(0);
  const outer = walk.steps.map((steps) => offsetsOf(walk.shape.slice(0, cut), steps.slice(0, cut)));
  const shape = [...ones, ...walk.shape.slice(cut)];
  return { inner: { shape, steps: walk.steps.map((steps) => [...zeros, ...steps.slice(cut)]) }, outer };
}

/** Bytes from the start to each index of some axes, in their order. */
export function offsetsOf(shape: readonly number[], steps: readonly number[]): number[] {
  let offsets = sizeOf(shape) === 0 ? [] : [0];
  shape.forEach((size, axis) => {
    offsets = offsets.flatMap((at) => Array.from({ length: size }, (_, index) => at + index * steps[axis]));
  });
  return offsets;
}

/** One step that runs several. */
export function inTurn(steps: readonly (() => void)[]): () => void {
  if (steps.length === 1) return steps[0];
  return () => {
    for (const step of steps) step();
  };
}
