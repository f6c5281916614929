/**
 * Subset sum by trimmed lists, a fully polynomial approximation scheme: the sorted list of sums is doubled by each
 * element and thinned, so that any two sums in it are more than tolerance / n apart.
 *
 *   n              ≤ 64
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0: how far the sum may be from the target
 *   objective      1: any
 *   limit          n: subsets of any size
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        16 bytes for each sum of the longest list before it is thinned, 16-byte aligned, at least 16
 *   node_budget    not looked at
 *
 * Returns 0 found, 1 impossible, 2 gave up: sums were dropped that may have been within the tolerance, or a list does
 * not fit the scratch. The sum of a subset is what its values add up to in f64 in ascending order of index.
 * Each element's thinning lets a sum be stood for by one at most a gap of tolerance / n below it, so a subset within
 * the tolerance leaves a sum from target − tolerance − n gaps to target + tolerance: when there is none, it is
 * impossible.
 * values are no NaN; bits is 4-byte aligned. Cost: n lists of at most 2·(Σ|a|·n / tolerance + 1) sums.
 * Source: Ibarra & Kim, "Fast approximation algorithms for the knapsack and sum of subset problems", 1975, with an
 * absolute gap in place of a ratio, for values of either sign.
 */
import { double_list, end_of, ENTRY, start_list } from "./lists";
import { ANY, at, FOUND, GAVE_UP, IMPOSSIBLE, residual_of_mask, slack_of, store_mask } from "./sums";

export function f64_subset_sum_trimming(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(n <= 64 && limit == n && objective == ANY);
  assert((scratch & 15) == 0 && scratch_bytes >= 16);
  if (abs(target) <= tolerance) {
    store_mask(n, bits, 0);
    return FOUND;
  }
  const gap = tolerance / <f64>max<u32>(n, 1), room = scratch_bytes >> 4;
  start_list(scratch);
  let size: u32 = 1;
  for (let i: u32 = 0; i < n; i++) {
    if (size << 1 > room) return GAVE_UP;
    double_list(scratch, size, load<f64>(at(values, i)), (<u64>1) << i);
    size = thin(scratch, size << 1, gap);
  }
  const slack = slack_of(n, values, target);
  let best = Infinity, mask: u64 = 0, answer = IMPOSSIBLE;
  for (let entry = scratch; entry < end_of(scratch, size); entry += ENTRY) {
    const excess = load<f64>(entry) - target;
    if (excess >= -tolerance - <f64>n * gap - slack && excess <= tolerance + slack) answer = GAVE_UP;
    if (!(abs(excess) < best)) continue;
    best = abs(excess);
    mask = load<u64>(entry, 8);
  }
  if (residual_of_mask(values, target, mask) > tolerance) return answer;
  store_mask(n, bits, mask);
  return FOUND;
}

/** Drops each sum that is at most `gap` above the last one that stays. Returns how many stay. */
function thin(list: usize, size: u32, gap: f64): u32 {
  let last: u32 = 0;
  for (let k: u32 = 1; k < size; k++) {
    if (load<f64>(end_of(list, k)) - load<f64>(end_of(list, last)) <= gap) continue;
    last++;
    v128.store(end_of(list, last), v128.load(end_of(list, k)));
  }
  return last + 1;
}
