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
 *   scratch        at least 65,664 + 96·2^⌈n/4⌉ bytes, 16-byte aligned
 *   node_budget    the most sums that are looked at
 *
 * Returns 0 found, 1 impossible, 2 gave up: over the budget, or rounding leaves open which of more than 4,096 sums of a
 * half is the best; up to 24 values have no more. The sum of a subset is what its values add up to in f64 in ascending
 * order of index. Impossible is proven, and no residual is less.
 *
 * The last sums of the lower half that came out are kept in a window: for each upper sum those that are as near as the
 * nearest, or nearer than the best, but for rounding, are made anew in order.
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

/** Entries of a window: a sum of the lower half (f64) and its elements (u64). */
const ROOM: u32 = 4096;

/** Lower sums from number `first` to `end`, in order; those before `pass` are no more than what an upper sum lacks. */
@unmanaged
class Window {
  entries: usize;
  first: u32;
  pass: u32;
  end: u32;
  isFull: bool;
  slack: f64;
}

export function f64_subset_sum_schroeppel_shamir(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(n <= 48 && limit == n && objective <= ANY);
  assert((scratch & 15) == 0);
  assert(scratch_bytes >= 96 * ((<u32>1) << ((n + 3) >> 2)) + 65664);
  const left = changetype<Half>(scratch), right = changetype<Half>(scratch + 32);
  const window = changetype<Window>(scratch + 64);
  const slack = slack_of(n, values, target);
  window.entries = scratch + 128;
  window.first = window.pass = window.end = 0;
  window.isFull = false;
  window.slack = slack;
  const middle = (n >> 2) + ((n + 1) >> 2);
  const between = start_half(left, end_of(window.entries, ROOM), 0, n >> 2, (n + 1) >> 2, values, 1);
  start_half(right, between, middle, (n + 2) >> 2, (n + 3) >> 2, values, -1);
  let best = tolerance, mask: u64 = 0, isFound = false, budget = node_budget;
  for (; load<f64>(right.heap) < Infinity; advance(right)) {
    const wanted = target + load<f64>(right.heap);
    budget -= 1 + <f64>go_to(window, left, wanted);
    if (window.isFull || budget < 0) return GAVE_UP;
    let nearest = Infinity;
    if (window.pass > window.first) nearest = wanted - sum_at(window, window.pass - 1);
    if (window.pass < window.end) nearest = min(nearest, sum_at(window, window.pass) - wanted);
    const reach = min(nearest + 2 * slack, best + slack);
    if (nearest > reach) continue;
    const upper = top_mask(right);
    let k = window.pass;
    while (k > window.first && wanted - sum_at(window, k - 1) <= reach) k--;
    for (; k < window.end || draw(window, left); k++) {
      if (sum_at(window, k) - wanted > reach) break;
      if (--budget < 0) return GAVE_UP;
      const subset = upper | load<u64>(place_of(window, k), 8);
      const residual = residual_of_mask(values, target, subset);
      if (residual > best || (residual == best && isFound)) continue;
      best = residual;
      mask = subset;
      isFound = true;
      if (objective == ANY || best == 0) break;
    }
    if (window.isFull) return GAVE_UP;
    if (isFound && (objective == ANY || best == 0)) break;
  }
  if (!isFound) return IMPOSSIBLE;
  store_mask(n, bits, mask);
  return FOUND;
}

// @ts-ignore: decorator
@inline
function place_of(window: Window, k: u32): usize {
  return end_of(window.entries, k & (ROOM - 1));
}

// @ts-ignore: decorator
@inline
function sum_at(window: Window, k: u32): f64 {
  return load<f64>(place_of(window, k));
}

/** pass := the first lower sum beyond what is wanted. @returns how many were passed */
function go_to(window: Window, left: Half, wanted: f64): u32 {
  const before = window.pass;
  while ((window.pass < window.end || draw(window, left)) && sum_at(window, window.pass) <= wanted) window.pass++;
  return window.pass - before;
}

/** Takes the next lower sum into the window. @returns false when there is none, or no room */
function draw(window: Window, left: Half): bool {
  if (load<f64>(left.heap) == Infinity) return false;
  if (window.end - window.first == ROOM) {
    // What is wanted only rises, so that the last sum below it stays nearer than those before by more than the slack.
    const last = window.pass > window.first ? sum_at(window, window.pass - 1) - 2 * window.slack : -Infinity;
    while (window.first < window.end && sum_at(window, window.first) < last) window.first++;
    window.isFull = window.end - window.first == ROOM;
    if (window.isFull) return false;
  }
  const place = place_of(window, window.end++);
  store<f64>(place, load<f64>(left.heap));
  store<u64>(place, top_mask(left), 8);
  advance(left);
  return true;
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
