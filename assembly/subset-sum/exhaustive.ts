/**
 * Subset sum by trying all 2ⁿ subsets in the order of a Gray code: one addition a subset.
 *
 *   n            ≤ 30
 *   values       n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance    ≥ 0, may be Infinity: how far the sum may be from the target
 *   objective    0 nearest: least |target − sum|; 1 any; 2 fewest elements, and least |target − sum| of those
 *   limit        the most elements a subset may have
 *   bits         ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch      none: `scratch` and `scratch_bytes` are not looked at
 *   node_budget  more subsets than this are not begun
 *
 * Returns 0 found, 1 impossible, 2 gave up. The sum of a subset is what its values add up to in f64 in ascending order
 * of index. The running sum is made anew every 1,024 subsets and only says which subsets are summed that way, so the
 * answer is exact for any values: among equals the lowest mask, for 1 the first in the order of the code.
 * values and node_budget are no NaN; pointers are multiples of 8 bytes. Cost: 2ⁿ additions.
 * Source: Gray code: Knuth, TAOCP 7.2.1.1, Algorithm L.
 */
import {
  add_masked, ANY, at, FEWEST, FOUND, GAVE_UP, IMPOSSIBLE, magnitude_of, residual_of_mask, store_mask,
} from "./sums";

/** Subsets between two sums made anew; with ≤ 30 elements the running sum is off by less than 2⁻⁴² of Σ|a|. */
const RUN: u32 = 1024;
const DRIFT: f64 = 4.547473508864641e-13;

export function f64_subset_sum_exhaustive(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(n <= 30 && limit <= n && objective <= FEWEST);
  const end = (<u32>1) << n;
  if (<f64>end > node_budget) return GAVE_UP;
  const slack = DRIFT * magnitude_of(n, values, target);
  let found = false, best = tolerance, best_mask: u32 = 0, most = limit;
  let mask: u32 = 0, count: u32 = 0, sum: f64 = 0;
  for (let step: u32 = 1; ; step++) {
    if (count <= most) {
      const isRival = found && !(objective == FEWEST && count < most);
      const cut = isRival ? best : tolerance;
      if (abs(target - sum) <= cut + slack) {
        const residual = residual_of_mask(values, target, mask);
        if (residual < cut || (residual == cut && (!isRival || mask < best_mask))) {
          found = true;
          best = residual;
          best_mask = mask;
          if (objective == FEWEST) most = count;
          else if (objective == ANY) break;
        }
      }
    }
    if (step == end) break;
    const i = ctz(step), bit = (<u32>1) << i;
    mask ^= bit;
    const isTaken = (mask & bit) != 0;
    count += isTaken ? 1 : -1;
    const value = load<f64>(at(values, i));
    sum += isTaken ? value : -value;
    if ((step & (RUN - 1)) == 0) sum = add_masked(0, values, mask);
  }
  if (!found) return IMPOSSIBLE;
  store_mask(n, bits, best_mask);
  return FOUND;
}
