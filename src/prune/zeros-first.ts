/** Weights that are 0 already count as zeros, so they are the first that are pruned. */
import type { Pattern, Target } from "../select/pattern.js";
import { type Masked, prunedIn, unmasked } from "./live.js";

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
