/**
 * Subset sum by meeting in the middle: the sorted sums of both halves, and two pointers that walk towards each other.
 *
 *   n              ≤ 40
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0, may be Infinity: how far the sum may be from the target
 *   objective      0 nearest: least |target − sum|; 1 any; 2 fewest elements, and least |target − sum| of those
 *   limit          the most elements a subset may have
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        at least 320 + 16·(2^⌊n/2⌋ + 2·2^⌈n/2⌉) bytes, 16-byte aligned
 *   node_budget    the most subsets that are summed again where the rounding of the halves leaves it open
 *
 * Returns 0 found, 1 impossible, 2 gave up. The sum of a subset is what its values add up to in f64 in ascending order
 * of index. Impossible is proven; the least residual is least up to the rounding of the sums, 2·(n + 4)·2⁻⁵²·Σ|a|.
 * With a limit, or for the fewest, each half is sorted within the subsets of one size, and the pairs of sizes are
 * walked in the order of the whole's size.
 * values and node_budget are no NaN; bits is 4-byte aligned. Cost: about 4·2^(n/2) steps; n/2 times that with sizes.
 * Source: Horowitz & Sahni, "Computing partitions with applications to the knapsack problem", 1974.
 */
import { build_list, end_of, ENTRY } from "./lists";
import { ANY, FEWEST, FOUND, GAVE_UP, IMPOSSIBLE, residual_of_mask, slack_of, store_mask, word_at } from "./sums";

/** Bytes of the words that say where the sizes of a half start: 21 sizes of at most 20 elements, and two more words. */
const STARTS: usize = 96;

@unmanaged
class Search {
  values: usize;
  target: f64;
  tolerance: f64;
  slack: f64;
  /** A residual that need not be improved. */
  enough: f64;
  best: f64;
  mask: u64;
  /** Subsets that may still be summed again. */
  budget: f64;
  left: usize;
  right: usize;
  leftStarts: usize;
  rightStarts: usize;
  /** The largest size of a half's subsets; 0 when sizes do not matter. */
  leftMost: u32;
  rightMost: u32;
}

export function f64_subset_sum_meet_in_the_middle(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  const left = n >> 1, right = n - left;
  assert(n <= 40 && limit <= n && objective <= FEWEST);
  assert((scratch & 15) == 0);
  assert(scratch_bytes >= 320 + (((<u32>1) << left) << 4) + (((<u32>2) << right) << 4));
  const s = changetype<Search>(scratch);
  s.values = values;
  s.target = target;
  s.tolerance = tolerance;
  s.slack = slack_of(n, values, target);
  s.enough = objective == ANY ? max<f64>(tolerance - s.slack, 0) : 0;
  s.budget = node_budget;
  s.leftStarts = scratch + 128;
  s.rightStarts = s.leftStarts + STARTS;
  s.left = s.rightStarts + STARTS;
  s.right = end_of(s.left, (<u32>1) << left);
  const isSized = objective == FEWEST || limit < n;
  s.leftMost = isSized ? left : 0;
  s.rightMost = isSized ? right : 0;
  const room = end_of(s.right, (<u32>1) << right);
  build_list(room, 0, left, values, 1);
  sort_by_size(room, left, s.left, s.leftStarts, isSized);
  build_list(room, left, right, values, 1);
  sort_by_size(room, right, s.right, s.rightStarts, isSized);
  let answer = IMPOSSIBLE;
  if (objective == FEWEST) {
    for (let size: u32 = 0; size <= limit && answer == IMPOSSIBLE; size++) answer = search(s, size, size);
  } else answer = search(s, 0, isSized ? limit : 0);
  if (answer == FOUND) store_mask(n, bits, s.mask);
  return answer;
}

/** Copies a list so that the subsets of a size stand together, still sorted; size k starts at entry starts[k]. */
function sort_by_size(list: usize, count: u32, to: usize, starts: usize, isSized: bool): void {
  memory.fill(starts, 0, STARTS);
  const end = end_of(list, (<u32>1) << count);
  for (let entry = list; entry < end; entry += ENTRY) {
    const next = word_at(starts, (isSized ? <u32>popcnt(load<u64>(entry, 8)) : 0) + 2);
    store<u32>(next, load<u32>(next) + 1);
  }
  for (let k: u32 = 1; k <= count; k++) {
    store<u32>(word_at(starts, k + 1), load<u32>(word_at(starts, k + 1)) + load<u32>(word_at(starts, k)));
  }
  for (let entry = list; entry < end; entry += ENTRY) {
    const next = word_at(starts, (isSized ? <u32>popcnt(load<u64>(entry, 8)) : 0) + 1);
    v128.store(end_of(to, load<u32>(next)), v128.load(entry));
    store<u32>(next, load<u32>(next) + 1);
  }
}

/** The nearest subset of lowest … highest elements; if it just misses the tolerance, any that meets it. */
function search(s: Search, lowest: u32, highest: u32): u32 {
  s.best = Infinity;
  walk(s, lowest, highest, false);
  if (s.best < Infinity && residual_of_mask(s.values, s.target, s.mask) <= s.tolerance) return FOUND;
  return s.best > s.tolerance + s.slack ? IMPOSSIBLE : walk(s, lowest, highest, true);
}

/** Goes through the pairs of sizes in order of their sum. */
function walk(s: Search, lowest: u32, highest: u32, isBand: bool): u32 {
  for (let size = lowest; size <= highest; size++) {
    for (let k: u32 = size > s.rightMost ? size - s.rightMost : 0; k <= min(size, s.leftMost); k++) {
      const i = end_of(s.left, load<u32>(word_at(s.leftStarts, k)));
      const iEnd = end_of(s.left, load<u32>(word_at(s.leftStarts, k + 1)));
      const jFirst = end_of(s.right, load<u32>(word_at(s.rightStarts, size - k)));
      const j = end_of(s.right, load<u32>(word_at(s.rightStarts, size - k + 1))) - ENTRY;
      if (isBand) {
        const answer = search_band(s, i, iEnd, jFirst, j);
        if (answer != IMPOSSIBLE) return answer;
      } else {
        approach(s, i, iEnd, jFirst, j);
        if (s.best <= s.enough) return FOUND;
      }
    }
  }
  return IMPOSSIBLE;
}

/** The best pair of the entries i … iEnd of the left and jFirst … j of the right, if better than the best so far. */
function approach(s: Search, i: usize, iEnd: usize, jFirst: usize, j: usize): void {
  const target = s.target, enough = s.enough;
  let best = s.best, mask = s.mask;
  while (i < iEnd && j >= jFirst) {
    const excess = load<f64>(i) + load<f64>(j) - target;
    if (abs(excess) < best) {
      best = abs(excess);
      mask = load<u64>(i, 8) | load<u64>(j, 8);
      if (best <= enough) break;
    }
    if (excess > 0) j -= ENTRY;
    else i += ENTRY;
  }
  s.best = best;
  s.mask = mask;
}

/** Sums every pair again that may be within the tolerance, until one is. */
function search_band(s: Search, i: usize, iEnd: usize, jFirst: usize, j: usize): u32 {
  const width = s.tolerance + s.slack;
  for (; i < iEnd; i += ENTRY) {
    const rest = load<f64>(i);
    while (j >= jFirst && rest + load<f64>(j) - s.target > width) j -= ENTRY;
    for (let near = j; near >= jFirst && rest + load<f64>(near) - s.target >= -width; near -= ENTRY) {
      if (s.budget < 1) return GAVE_UP;
      s.budget--;
      s.mask = load<u64>(i, 8) | load<u64>(near, 8);
      if (residual_of_mask(s.values, s.target, s.mask) <= s.tolerance) return FOUND;
    }
  }
  return IMPOSSIBLE;
}
