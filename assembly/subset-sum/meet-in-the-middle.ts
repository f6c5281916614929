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
 *   node_budget    the most sums that are made anew
 *
 * Returns 0 found, 1 impossible, 2 gave up. The sum of a subset is what its values add up to in f64 in ascending order
 * of index, and the answer is exact for that sum, whatever it rounds: among equals the lowest mask, but for 1.
 *
 * The sums of the lower half are made in that order. What the elements of an upper subset make of a lower sum, added
 * one by one, never falls when the lower sum rises, for rounding is monotone. So where the plain sum of both cannot
 * tell whether an upper subset comes nearer than the best, bisection finds where its sums pass the target.
 * With a limit, or for the fewest, each half is sorted within the subsets of one size, and the pairs of sizes are
 * walked in the order of the whole's size.
 * values and node_budget are no NaN; bits is 4-byte aligned. Cost: about 4·2^(n/2) steps, n/2 times that with sizes,
 * and n²/8 additions for each upper subset that is in question.
 * Source: Horowitz & Sahni, "Computing partitions with applications to the knapsack problem", 1974; that rounding is
 * monotone is IEEE 754's, what is made of it ours.
 */
import { build_list, end_of, ENTRY } from "./lists";
import { add_masked, ANY, FEWEST, FOUND, GAVE_UP, IMPOSSIBLE, slack_of, store_mask, word_at } from "./sums";

/** Bytes of the words that say where the sizes of a half start: 21 sizes of at most 20 elements, and two more words. */
const STARTS: usize = 96;

@unmanaged
class Search {
  values: usize;
  target: f64;
  slack: f64;
  /** The residual that counts: at first the tolerance, then the least so far. */
  best: f64;
  /** The lowest upper subset that has it. */
  upper: u64;
  /** Sums that may still be made anew. */
  budget: f64;
  left: usize;
  right: usize;
  leftStarts: usize;
  rightStarts: usize;
  /** The largest size of a half's subsets; 0 when sizes do not matter. */
  leftMost: u32;
  rightMost: u32;
  isFound: bool;
  isAny: bool;
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
  s.slack = slack_of(n, values, target);
  s.best = tolerance;
  s.isFound = false;
  s.isAny = objective == ANY;
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
  let size: u32 = 0;
  for (; size <= (isSized ? limit : 0); size++) {
    if (walk(s, size)) return GAVE_UP;
    if (s.isFound && (s.isAny || objective == FEWEST)) break;
  }
  if (!s.isFound) return IMPOSSIBLE;
  store_mask(n, bits, s.upper | lowest_lower(s, isSized ? min(size, limit) : left));
  return FOUND;
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

/** Goes through the pairs of sizes that add up to one. @returns whether the budget is used up */
function walk(s: Search, size: u32): bool {
  for (let k: u32 = size > s.rightMost ? size - s.rightMost : 0; k <= min(size, s.leftMost); k++) {
    const first = end_of(s.left, load<u32>(word_at(s.leftStarts, k)));
    const end = end_of(s.left, load<u32>(word_at(s.leftStarts, k + 1)));
    const jFirst = end_of(s.right, load<u32>(word_at(s.rightStarts, size - k)));
    // The first lower sum with which the upper one is beyond the target; the next upper sum is no greater.
    let i = first;
    for (let j = end_of(s.right, load<u32>(word_at(s.rightStarts, size - k + 1))) - ENTRY; j >= jFirst; j -= ENTRY) {
      const wanted = s.target - load<f64>(j);
      while (i < end && load<f64>(i) <= wanted) i += ENTRY;
      const cut = s.best + s.slack;
      const isNear = (i < end && load<f64>(i) - wanted <= cut) || (i > first && wanted - load<f64>(i - ENTRY) <= cut);
      if (!isNear) continue;
      const place = pass(s, load<u64>(j, 8), first, i, end);
      if (s.budget < 0) return true;
      if (place > first) keep(s, place - ENTRY, load<u64>(j, 8));
      if (place < end) keep(s, place, load<u64>(j, 8));
      if (s.isFound && s.isAny) return false;
    }
  }
  return false;
}

/** The sum that counts, of a lower subset and an upper one. */
// @ts-ignore: decorator
@inline
function sum_of(s: Search, lower: usize, upper: u64): f64 {
  s.budget--;
  return add_masked(load<f64>(lower), s.values, upper);
}

/** The first lower sum of first … end whose sum with an upper subset is beyond the target, looked for from i on. */
function pass(s: Search, upper: u64, first: usize, i: usize, end: usize): usize {
  // Everything before `low` is not beyond, everything from `high` on is.
  let low = i, high = i;
  let step: usize = ENTRY;
  if (i < end && sum_of(s, i, upper) <= s.target) {
    for (; low + step <= end && sum_of(s, low + step - ENTRY, upper) <= s.target; step <<= 1) low += step;
    high = min(end, low + step);
  } else {
    for (; high >= first + step && sum_of(s, high - step, upper) > s.target; step <<= 1) high -= step;
    low = high >= first + step ? high - step : first;
  }
  while (low < high) {
    const middle = low + ((((high - low) >> 4) >> 1) << 4);
    if (sum_of(s, middle, upper) > s.target) high = middle;
    else low = middle + ENTRY;
  }
  return low;
}

/** Keeps the residual of a pair if it is no more than the best, and its upper subset if none of those is lower. */
function keep(s: Search, lower: usize, upper: u64): void {
  const residual = abs(s.target - sum_of(s, lower, upper));
  if (residual > s.best || (residual == s.best && s.isFound && upper > s.upper)) return;
  s.best = residual;
  s.upper = upper;
  s.isFound = true;
}

/** The lowest lower subset that has the best residual with the upper one, of a whole of at most so many elements. */
function lowest_lower(s: Search, most: u32): u64 {
  const upper = s.upper;
  const end = s.right;
  const wanted = s.target - add_masked(0, s.values, upper);
  let lowest: u64 = u64.MAX_VALUE;
  for (let entry = s.left; entry < end; entry += ENTRY) {
    const lower = load<u64>(entry, 8);
    if (lower >= lowest || abs(load<f64>(entry) - wanted) > s.best + s.slack) continue;
    if (s.leftMost > 0 && <u32>popcnt(lower | upper) > most) continue;
    if (abs(s.target - sum_of(s, entry, upper)) == s.best) lowest = lower;
  }
  return lowest;
}
