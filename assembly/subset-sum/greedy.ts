/**
 * Subset sum by the greedy rule of the golden ratio: of the values with the target's sign, by descending magnitude,
 * each is taken that is no more than what is missing.
 *
 *   n              any
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0, may be Infinity: how far the sum may be from the target
 *   objective      0 nearest or 1 any: both take what the rule gives
 *   limit          the most elements a subset may have
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        at least 4·n + 4·⌈n / 32⌉ bytes, 4-byte aligned
 *   node_budget    not looked at
 *
 * Returns 0 found or 2 gave up. The sum of a subset is what its values add up to in f64 in ascending order of index.
 * With a value in each of [gⁱ⁺¹, gⁱ], i = 0 … K − 1, g ≥ (√5 − 1)/2, what is missing in the end of a target from 0 to
 * 1/g is at most gᴷ⁻¹. values are no NaN. Cost: n²/4 moves to sort, then n.
 * Source: Orseau, Hutter, Rivasplata, "Logarithmic pruning is all you need", 2020.
 */
import { ANY, at, flip_bit, FOUND, GAVE_UP, order_by_magnitude, residual_of, word_at } from "./sums";

export function f64_subset_sum_greedy(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  const order = scratch, subset = word_at(order, n), words = (<usize>(n + 31) >> 5) << 2;
  assert(limit <= n && objective <= ANY);
  assert((scratch & 3) == 0 && scratch_bytes >= 4 * n + <u32>words);
  order_by_magnitude(n, values, order);
  memory.fill(subset, 0, words);
  let missing = abs(target), count: u32 = 0;
  for (let k: u32 = 0; k < n && count < limit; k++) {
    const i = load<u32>(word_at(order, k)), value = load<f64>(at(values, i));
    if (value == 0 || (value > 0) != (target > 0) || abs(value) > missing) continue;
    missing -= abs(value);
    flip_bit(subset, i);
    count++;
  }
  if (residual_of(n, values, target, subset) > tolerance) return GAVE_UP;
  memory.copy(bits, subset, words);
  return FOUND;
}
