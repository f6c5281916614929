/** What solvers see of a layer's problem, and what they leave alone. */
import { deadInputs, normalized } from "../linalg/hessian.js";
import { largestOf, scaleFor } from "../linalg/scale.js";
import type { Pattern, Target } from "../select/pattern.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { LayerProblem } from "./contract.js";

/** The weights of a problem with 0 for pruned weights and those of dead inputs. */
export function liveWeights({ weights, hessian, mask }: LayerProblem): Float32Array {
  const { columns } = weights;
  const values = unmasked(weights.toArray(), mask);
  for (const j of deadInputs(hessian)) {
    for (let i = j; i < values.length; i += columns) values[i] = 0;
  }
  return values;
}

/** Weights, changed to be 0 where a mask prunes. */
export function unmasked(weights: Float32Array, mask: Mask | undefined): Float32Array {
  mask?.toArray().forEach((bit, i) => {
    if (!bit) weights[i] = 0;
  });
  return weights;
}

/** Weights with what is pruned of them. */
export type Masked = Pick<LayerProblem, "weights" | "mask">;

/** How many weights a mask prunes. */
export const prunedIn = ({ weights, mask }: Masked): number =>
  mask ? weights.rows * weights.columns - mask.count : 0;

/** Live weights and Hessian, multiplied so that f32 holds their squares. */
interface Scaled {
  readonly weights: Float32Array;
  readonly hessian: DoubleMatrix;
  /** What the weights were multiplied by. */
  readonly scale: number;
  /** What losses are multiplied by that way. */
  readonly lossScale: number;
}

/** A problem for f32: as it is in all ordinary cases, else the same one in other units. */
export function scaledProblem(problem: LayerProblem): Scaled {
  const weights = liveWeights(problem);
  const scale = scaleFor(largestOf(weights));
  const own = normalized(problem.hessian);
  return {
    weights: scale === 1 ? weights : weights.map((value) => value * scale),
    hessian: own.hessian,
    scale,
    lossScale: own.scale * scale * scale,
  };
}

/**
 * What no solver moves stays as it was to the bit: kept weights of dead inputs, which do nothing on the samples but may
 * elsewhere, and those of rows that lose none.
 *
 * @param problem  as it was given
 * @param mask  what is kept
 * @param solved  rows × columns, changed
 */
export function restoreUnmoved(
  { weights, hessian, mask: given }: LayerProblem,
  mask: Mask,
  solved: Matrix,
): void {
  const { rows, columns } = weights;
  const [before, bits, values] = [given?.toArray(), mask.toArray(), solved.toArray()];
  const original = weights.toArray();
  const dead = deadInputs(hessian);
  for (let first = 0; first < rows * columns; first += columns) {
    const end = first + columns;
    let isWhole = true;
    for (let i = first; i < end && isWhole; i++) isWhole = bits[i] === (before ? before[i] : 1);
    for (const j of isWhole ? Array(columns).keys() : dead) {
      if (bits[first + j]) values[first + j] = original[first + j];
    }
  }
  solved.copyFrom(values);
}

/**
 * A problem whose weights that are 0 without being masked are pruned, as far as a target asks for zeros: they are zeros
 * of the matrix whatever is done, so others would come on top.
 *
 * @param problem  left as it is
 * @param target  N:M decides group by group
 * @returns the same problem where there are none, or none fit the target
 */
export function zerosFirst<P extends Masked>(problem: P, { pattern, zeros }: Target): P {
  const { core, rows, columns } = problem.weights;
  const weights = unmasked(problem.weights.toArray(), problem.mask);
  const bits = problem.mask?.toArray() ?? new Uint8Array(weights.length).fill(1);
  const unit = pattern.kind === "block" ? pattern.columns : 1;
  const group = pattern.kind === "n:m" ? pattern.m : weights.length;
  const quota = pattern.kind === "n:m" ? pattern.m - pattern.n : zeros;
  let isChanged = false;
  for (let first = 0; first < weights.length; first += group) {
    let room = quota - bits.subarray(first, first + group).reduce((sum, bit) => sum + 1 - bit, 0);
    for (let at = first; at < first + group && room > 0; at += unit) {
      const [own, ownWeights] = [bits.subarray(at, at + unit), weights.subarray(at, at + unit)];
      const kept = own.reduce((sum, bit) => sum + bit, 0);
      if (kept === 0 || kept > room || ownWeights.some((weight) => weight !== 0)) continue;
      own.fill(0);
      room -= kept;
      isChanged = true;
    }
  }
  return isChanged ? { ...problem, mask: core.mask(rows, columns, bits) } : problem;
}

/**
 * `zerosFirst` of layer after layer, for so many zeros over all.
 *
 * @param layers  left as they are
 * @param pattern  of the zeros
 * @param zeros  over all, what is pruned already included
 */
export function zerosFirstOver<P extends Masked>(layers: readonly P[], pattern: Pattern, zeros: number): P[] {
  let room = zeros - layers.reduce((sum, layer) => sum + prunedIn(layer), 0);
  return layers.map((layer) => {
    const before = prunedIn(layer);
    const own = zerosFirst(layer, { pattern, zeros: before + Math.max(0, room) });
    room -= prunedIn(own) - before;
    return own;
  });
}

/** Zeros of each layer that are there already, masked or not, where the pattern may have them. */
export const zerosThere = (layers: readonly Masked[], pattern: Pattern): number[] =>
  zerosFirstOver(layers, pattern, Infinity).map(prunedIn);
