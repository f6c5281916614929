/**
 * mask := the k scores of largest magnitude, when most of them are known: a top-k that follows its scores from
 * step to step
 *
 *   scores   features × batch in panels (dense/panels.ts): the score of weight (s, f) stands at feature f of sample
 *            s, −0 = +0; padding lanes are not looked at
 *   mask     batch × features, one bit per weight, 1 = kept; feature f of a row is bit (f & 31) of word (f >> 5);
 *            leading dimension ldm ≥ ⌈features / 32⌉ (u32 words). Only bits that change are written
 *   kept     the same bits as they stand in the panels: ⌈batch / 32⌉ · features u32, bit (s & 31) of word
 *            (s >> 5) · features + f; in step with mask at every call, all 0 with an empty mask
 *   k        ≤ features · batch
 *   low, high  a guess of the k-th largest magnitude from below and above, 0 ≤ low ≤ high; 0 and Infinity always fit
 *   info     two words, overwritten: the k-th largest magnitude (f32; `high` when all k are above it), and how many
 *            bits of mask changed (u32)
 *   scratch  4 · (⌈batch / 32⌉ · features + 2 · features · batch) bytes, overwritten
 *
 * Exactly k bits are 1; among equal magnitudes those of the lower row, then the lower column, go first. A NaN
 * counts as larger than Infinity. Returns 0; 1 when the k-th largest is not from low to high: mask, kept and info
 * are unchanged then.
 *
 * Pointers are in bytes, 4-byte aligned; operands overlap nowhere.
 * One pass over the scores, 4 a comparison, collects those from low to high; bisection on their bits finds the
 * k-th largest, without a branch that could be guessed wrong. 300 × 784 scores, 1 % of them from low to high:
 * 40 µs; all of them: 2 ms (the radix search of smallest-k.ts, which guesses nothing, takes 1 ms).
 */
import { panel_width } from "../dense/panels";

const MAGNITUDE: i32 = 0x7fffffff;

export function f32_keep_largest(
  features: u32, batch: u32, scores: usize, kept: usize, mask: usize, ldm: u32,
  k: u32, low: f32, high: f32, info: usize, scratch: usize,
): u32 {
  assert(ldm >= (features + 31) >> 5 && k <= features * batch && low >= 0 && low <= high);
  assert(((scores | kept | mask | info | scratch) & 3) == 0);
  const words = ((batch + 31) >> 5) * features;
  const keys = scratch + ((<usize>words) << 2), places = keys + ((<usize>features * batch) << 2);
  const least = reinterpret<i32>(low), most = reinterpret<i32>(high);
  let above: u32 = 0, count: u32 = 0;
  let word = scratch;
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const real: u32 = batch - s >= 32 ? -1 : (1 << (batch - s)) - 1;
    for (let f: u32 = 0; f < features; f++) {
      const larger = real & (width == 32 ? larger_32(scores, most) : larger_than(scores, width, most));
      const reaching = real & (width == 32 ? larger_32(scores, least - 1) : larger_than(scores, width, least - 1));
      store<u32>(word, larger);
      above += popcnt(larger);
      for (let between = reaching & ~larger; between; between &= between - 1) {
        const i = ctz(between);
        const at = (<usize>count) << 2;
        store<i32>(keys + at, load<i32>(scores + ((<usize>i) << 2)) & MAGNITUDE);
        store<u32>(places + at, (s + i) * features + f);
        count++;
      }
      word += 4;
      scores += (<usize>width) << 2;
    }
  }
  if (above > k || above + count < k) return 1;
  const threshold = above == k ? most : keep_largest_of(count, keys, places, k - above, least, most, features, scratch);
  store<i32>(info, threshold);
  store<u32>(info, flip_changed(features, batch, scratch, kept, mask, ldm), 4);
  return 0;
}

/** Sets the bits of the `need` ≥ 1 largest candidates; returns the smallest key among them. */
function keep_largest_of(
  count: u32, keys: usize, places: usize, need: u32, least: i32, most: i32, features: u32, words: usize,
): i32 {
  // The largest key that so many reach.
  let low = least, high = most;
  while (low < high) {
    const middle = low + ((high - low + 1) >> 1);
    if (count_reaching(count, keys, middle) >= need) low = middle;
    else high = middle - 1;
  }
  // Of those with this very key the ones in the highest places stay.
  const ties_kept = need - count_reaching(count, keys, low + 1);
  let first: u32 = 0;
  if (ties_kept < count_equal(count, keys, places, low, 0)) {
    let last: u32 = -1;
    while (first < last) {
      const middle = first + ((last - first) >> 1) + 1;
      if (count_equal(count, keys, places, low, middle) >= ties_kept) first = middle;
      else last = middle - 1;
    }
  }
  for (let c: u32 = 0; c < count; c++) {
    const key = load<i32>(keys + ((<usize>c) << 2));
    if (key < low) continue;
    const place = load<u32>(places + ((<usize>c) << 2));
    if (key == low && place < first) continue;
    const s = place / features;
    const word = words + ((<usize>((s >> 5) * features + (place - s * features))) << 2);
    store<u32>(word, load<u32>(word) | (1 << (s & 31)));
  }
  return low;
}

/** How many keys are ≥ bound > 0. */
function count_reaching(count: u32, keys: usize, bound: i32): u32 {
  const limit = i32x4.splat(bound - 1);
  const quads = keys + ((<usize>(count & ~3)) << 2), end = keys + ((<usize>count) << 2);
  let found = i32x4.splat(0);
  for (; keys < quads; keys += 16) found = i32x4.sub(found, i32x4.gt_s(v128.load(keys), limit));
  let sum = i32x4.extract_lane(found, 0) + i32x4.extract_lane(found, 1);
  sum += i32x4.extract_lane(found, 2) + i32x4.extract_lane(found, 3);
  for (; keys < end; keys += 4) sum += i32(load<i32>(keys) >= bound);
  return sum;
}

/** How many have this key and stand at `first` or beyond. */
function count_equal(count: u32, keys: usize, places: usize, key: i32, first: u32): u32 {
  let found: u32 = 0;
  for (let c: u32 = 0; c < count; c++) {
    const at = (<usize>c) << 2;
    found += u32(load<i32>(keys + at) == key) & u32(load<u32>(places + at) >= first);
  }
  return found;
}

/** kept := words, and the same changes in mask; returns how many bits they are. */
function flip_changed(features: u32, batch: u32, words: usize, kept: usize, mask: usize, ldm: u32): u32 {
  let changed: u32 = 0;
  for (let s: u32 = 0; s < batch; s += 32) {
    for (let f: u32 = 0; f < features; f++) {
      const now = load<u32>(words);
      let difference = now ^ load<u32>(kept);
      words += 4;
      kept += 4;
      if (!difference) continue;
      store<u32>(kept - 4, now);
      changed += popcnt(difference);
      for (; difference; difference &= difference - 1) {
        const bits = mask + ((<usize>(s + ctz(difference)) * ldm + (f >> 5)) << 2);
        store<u32>(bits, load<u32>(bits) ^ (1 << (f & 31)));
      }
    }
  }
  return changed;
}

/** Bit i is set where the magnitude of the i-th of 32 scores has larger bits than `bound`. */
// @ts-ignore: decorator
@inline
function larger_32(run: usize, bound: i32): u32 {
  return larger_16(run, bound) | (larger_16(run + 64, bound) << 16);
}

// @ts-ignore: decorator
@inline
function larger_16(run: usize, bound: i32): u32 {
  const low = i16x8.narrow_i32x4_s(larger(v128.load(run), bound), larger(v128.load(run, 16), bound));
  const high = i16x8.narrow_i32x4_s(larger(v128.load(run, 32), bound), larger(v128.load(run, 48), bound));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}

/** The same of the last panel, `width` = 1 or a multiple of 4. */
// @ts-ignore: decorator
@inline
function larger_than(run: usize, width: u32, bound: i32): u32 {
  if (width == 1) return i32x4.bitmask(larger(v128.load_zero<f32>(run), bound)) & 1;
  let bits: u32 = 0;
  for (let i: u32 = 0; i < width; i += 4) {
    bits |= i32x4.bitmask(larger(v128.load(run + ((<usize>i) << 2)), bound)) << i;
  }
  return bits;
}

// @ts-ignore: decorator
@inline
function larger(scores: v128, bound: i32): v128 {
  return i32x4.gt_s(v128.and(scores, i32x4.splat(MAGNITUDE)), i32x4.splat(bound));
}
