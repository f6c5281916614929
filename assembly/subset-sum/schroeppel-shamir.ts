/**
 * Subset sum in the time of meeting in the middle and the square root of its memory: the sums of a half come out of a
 * heap over the sums of two quarters, in order, and are never held together.
 *
 *   n              ≤ 48
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0, may be Infinity: how far the sum may be from the target
 *   objective      0 nearest: least |target − sum|; 1 any
 *   limit          n: subsets of any size
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        at least 64 + 96·2^⌈n/4⌉ bytes, 16-byte aligned
 *   node_budget    the most sums of halves that are looked at
 *
 * Returns 0 found, 1 impossible, 2 gave up: over the budget, or rounding leaves open whether the best subset is within
 * the tolerance. The sum of a subset is what its values add up to in f64 in ascending order of index. Impossible is
 * proven; the least residual is least up to the rounding of the sums, 2·(n + 4)·2⁻⁵²·Σ|a|.
 * values and node_budget are no NaN; bits is 4-byte aligned. Cost: up to 2·2^(n/2) steps of n/4 comparisons.
 * Source: Schroeppel & Shamir, "A T = O(2^(n/2)), S = O(2^(n/4)) algorithm for certain NP-complete problems", 1981.
 */
import { build_list, end_of, ENTRY } from "./lists";
import { ANY, FOUND, GAVE_UP, IMPOSSIBLE, residual_of_mask, slack_of, store_mask } from "./sums";

/** A half: the sums of two quarters, and a heap of 16-byte entries: the sum of a pair (f64), its two indices (u32). */
@unmanaged
class Half {
  heap: usize;
  size: u32;
  first: usize;
  second: usize;
  secondSize: u32;
}

export function f64_subset_sum_schroeppel_shamir(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(n <= 48 && limit == n && objective <= ANY);
  assert((scratch & 15) == 0);
  assert(scratch_bytes >= 96 * ((<u32>1) << ((n + 3) >> 2)) + 64);
  const slack = slack_of(n, values, target);
  const enough = objective == ANY ? max<f64>(tolerance - slack, 0) : 0;
  const left = changetype<Half>(scratch), right = changetype<Half>(scratch + 32);
  const middle = (n >> 2) + ((n + 1) >> 2);
  const between = start_half(left, scratch + 64, 0, n >> 2, (n + 1) >> 2, values, 1);
  start_half(right, between, middle, (n + 2) >> 2, (n + 3) >> 2, values, -1);
  let best = Infinity, mask: u64 = 0;
  for (let step: f64 = 0; ; step++) {
    const low = load<f64>(left.heap), high = load<f64>(right.heap);
    if (low == Infinity || high == Infinity) break;
    if (step >= node_budget) return GAVE_UP;
    const excess = low - high - target;
    if (abs(excess) < best) {
      best = abs(excess);
      mask = top_mask(left) | top_mask(right);
      if (best <= enough) break;
    }
    advance(excess > 0 ? right : left);
  }
  if (residual_of_mask(values, target, mask) <= tolerance) {
    store_mask(n, bits, mask);
    return FOUND;
  }
  return best > tolerance + slack ? IMPOSSIBLE : GAVE_UP;
}

/** Lists two quarters from element `from` on and heaps each sum of the first on the least of the second. */
function start_half(
  half: Half, room: usize, from: u32, firstCount: u32, secondCount: u32, values: usize, sign: f64,
): usize {
  half.size = (<u32>1) << firstCount;
  half.secondSize = (<u32>1) << secondCount;
  half.first = room;
  half.second = end_of(half.first, half.size);
  half.heap = end_of(half.second, half.secondSize);
  build_list(half.first, from, firstCount, values, sign);
  build_list(half.second, from + firstCount, secondCount, values, sign);
  for (let i: u32 = 0; i < half.size; i++) {
    const slot = end_of(half.heap, i);
    store<f64>(slot, load<f64>(end_of(half.first, i)) + load<f64>(half.second));
    store<u32>(slot, i, 8);
    store<u32>(slot, 0, 12);
  }
  return end_of(half.heap, half.size);
}

/** The elements of the least sum. */
function top_mask(half: Half): u64 {
  return load<u64>(end_of(half.first, load<u32>(half.heap, 8)), 8)
    | load<u64>(end_of(half.second, load<u32>(half.heap, 12)), 8);
}

/** Replaces the least sum by its successor in the second quarter, Infinity when there is none. */
function advance(half: Half): void {
  const heap = half.heap, size = half.size;
  const i = load<u32>(heap, 8), j = load<u32>(heap, 12) + 1;
  const sum = j < half.secondSize ? load<f64>(end_of(half.first, i)) + load<f64>(end_of(half.second, j)) : Infinity;
  let slot = heap;
  for (let child: u32 = 1; child < size; ) {
    let place = end_of(heap, child);
    if (child + 1 < size && load<f64>(place, 16) < load<f64>(place)) {
      place += ENTRY;
      child++;
    }
    if (!(load<f64>(place) < sum)) break;
    v128.store(slot, v128.load(place));
    slot = place;
    child = 2 * child + 1;
  }
  store<f64>(slot, sum);
  store<u32>(slot, i, 8);
  store<u32>(slot, j, 12);
}
