/** Each value is taken that is no more than what is missing: the golden-ratio decomposition. */
import { checkFinite, checkNumber, checkNumbers } from "../check.js";
import type { Solver } from "./contract.js";

/** Takes values of the target's sign, the greatest first. Finds or gives up. */
export const greedy: Solver = {
  name: "greedy",
  kernel: "f64_subset_sum_greedy",
  guarantee: "heuristic",
  most: 4096,
  objectives: ["nearest", "any"],
  limits: true,
  nodeBudget: Infinity,
  source: "Orseau, Hutter, Rivasplata, Logarithmic pruning is all you need, 2020",
  scratchBytes: ({ values: { length: n } }) => 4 * n + 4 * Math.ceil(n / 32),
};

/** What the greedy rule takes and what it leaves. */
export interface Decomposition {
  /** 1 = taken, one for each value. */
  readonly mask: Uint8Array;
  /** The weight minus what was taken, ≥ 0. */
  readonly remainder: number;
}

/**
 * The greedy rule on values in the order they stand in. With 1/φ ≤ g < 1, φ = (1 + √5)/2, and values vᵢ from gⁱ⁺¹ to
 * gⁱ, i = 0 … K − 1, every weight from 0 to 1/g leaves a remainder of at most gᴷ⁻¹; with g < 1/φ that does not hold.
 *
 * @param values  positive
 * @param weight  ≥ 0
 * @returns which values are taken, and what is left
 * @throws {ArgumentTypeError | ArgumentRangeError | NonFiniteError} when they are no finite numbers
 *
 * Source: Orseau, Hutter, Rivasplata, "Logarithmic pruning is all you need", 2020.
 */
export function goldenRatioDecomposition(values: ArrayLike<number>, weight: number): Decomposition {
  checkFinite("values", checkNumbers("values", values));
  checkNumber("weight", weight);
  const mask = new Uint8Array(values.length);
  let remainder = weight;
  for (let i = 0; i < values.length; i++) {
    if (values[i] > remainder) continue;
    mask[i] = 1;
    remainder -= values[i];
  }
  return { mask, remainder };
}
