/**
 * table := all 2ⁿ subset sums of a pool, sorted, each with its subset; index := where to look
 * bits_t, sums_t := the subset with the sum nearest to target_t                     exact, one pool for many targets
 *
 * A sum in fixed point (fixed-point.ts) and its subset are one f64: sum · 2²² + subset, exact up to 2⁵². So the lists
 * S and S + (x · 2²² + 2ᵏ) are merged two lanes at a time, and subsets travel with their sums. A target is looked up in
 * 2¹⁵ buckets, then by bisection; sums that fixed point cannot tell from the nearest are summed anew in f64,
 * upwards, ties by the lower number. Where they are more than MOST_TRIED the sum is NaN and the subset empty: not
 * decided.
 *
 *   n        1 ≤ n ≤ 22
 *   pool     n, f64, finite, as their sum of magnitudes
 *   table    2^max(n, 2) + 4, f64, overwritten, 16-byte aligned
 *   index    TABLE_INDEX_BYTES = 131,264 bytes, overwritten, 16-byte aligned
 *   scratch  as table
 *   count, targets, bits, sums   as in nearest.ts
 *
 * Measured for n = 21: 20 ms for the table, 60 ns a target. Source: Horowitz & Sahni 1974, whose lists are of halves.
 */
import { MOST_TRIED, scale_of, side_of, to_fixed } from "./fixed-point";
import { first_four } from "./sorted-sums";
import { add_masked, lightest, magnitude_of } from "./sums";

const SUBSET_BITS: u32 = 22;
const SUBSETS: f64 = 4194304; // 2²²
const BUCKET_SHIFT: u64 = 36; // sums below 2²⁹ + n make 2¹⁵ buckets and one
const BUCKETS: u32 = 32769;

// The head of the index.
const SCALE: usize = 0;
const LOWEST: usize = 8;
const OFF: usize = 16;
const NEGATIVES: usize = 24;
const STARTS: usize = 64;

export function f64_subset_sums_table(n: u32, pool: usize, table: usize, index: usize, scratch: usize): void {
  assert(n >= 1 && n <= SUBSET_BITS);
  assert((pool & 7) == 0);
  assert(((table | index | scratch) & 15) == 0);
  const scale = scale_of(magnitude_of(n, pool, 0));
  const negatives = side_of(n, pool, -1);
  // Magnitudes stand where the starts of buckets will.
  const magnitudes = index + STARTS;
  store<i32>(magnitudes, 0, 4);
  store<f64>(index, scale, SCALE);
  store<f64>(index, add_masked(0, pool, negatives), LOWEST);
  store<f64>(index, to_fixed(n, pool, scale, true, magnitudes), OFF);
  store<u32>(index, negatives, NEGATIVES);

  const length = max<u32>(n, 2);
  let from = length & 1 ? scratch : table;
  let to = length & 1 ? table : scratch;
  first_four<f64>(key_of(magnitudes, 0), key_of(magnitudes, 1), from);
  for (let k: u32 = 2; k < length; k++) {
    merge(from, key_of(magnitudes, k), to, k);
    const next = from;
    from = to;
    to = next;
  }
  fill_index(table, 1 << length, index + STARTS);
}

/** A magnitude and its own bit. */
function key_of(magnitudes: usize, k: u32): f64 {
  return <f64>load<i32>(magnitudes + (<usize>k << 2)) * SUBSETS + <f64>(<u32>1 << k);
}

/** to := list merged with list + x, 2ᵏ keys each. */
function merge(list: usize, x: f64, to: usize, k: u32): void {
  const bytes = <usize>8 << k;
  store<f64>(list + bytes, Infinity);
  // What to add to the next two keys: nothing, or x; behind the list's end.
  const added = list + bytes + 16;
  v128.store(added, f64x2.splat(x));
  v128.store(added + 16, f64x2.splat(0));
  let p = list + 16;
  let q = p;
  let a = v128.load(list);
  let b = f64x2.add(a, f64x2.splat(x));
  const end = to + 2 * bytes;
  for (;;) {
    b = v128.shuffle<i64>(b, b, 1, 0);
    const low = f64x2.pmin(a, b);
    const high = f64x2.pmax(a, b);
    const firsts = v128.shuffle<i64>(low, high, 0, 2);
    const seconds = v128.shuffle<i64>(low, high, 1, 3);
    const smaller = f64x2.pmin(firsts, seconds);
    const larger = f64x2.pmax(firsts, seconds);
    v128.store(to, v128.shuffle<i64>(smaller, larger, 0, 2));
    b = v128.shuffle<i64>(smaller, larger, 1, 3);
    to += 16;
    if (to + 16 == end) break;
    const take = <usize>(load<f64>(p) <= load<f64>(q) + x);
    a = f64x2.add(v128.load(q + ((p - q) & (0 - take))), v128.load(added + (take << 4)));
    p += take << 4;
    q += (1 - take) << 4;
  }
  v128.store(to, b);
}

/** starts[b] := the place of the first key in bucket b or behind it. */
function fill_index(table: usize, count: u32, starts: usize): void {
  let bucket: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const own = <u32>(<u64>load<f64>(table + (<usize>i << 3)) >> BUCKET_SHIFT);
    for (; bucket <= own; bucket++) store<u32>(starts + (<usize>bucket << 2), i);
  }
  for (; bucket <= BUCKETS; bucket++) store<u32>(starts + (<usize>bucket << 2), count);
}

export function f64_subset_sums_look_up(
  count: u32, n: u32, pool: usize, table: usize, index: usize, targets: usize, bits: usize, sums: usize,
): void {
  assert(n >= 1 && n <= SUBSET_BITS);
  assert(((pool | targets | sums) & 7) == 0);
  assert((bits & 3) == 0 && ((table | index) & 15) == 0);
  const scale = load<f64>(index, SCALE);
  const lowest = load<f64>(index, LOWEST);
  const negatives = load<u32>(index, NEGATIVES);
  const positives = side_of(n, pool, 1);
  const highest = add_masked(0, pool, positives);
  // Two sums may each be off, the target is exact; subsets in the low bits make up to one step.
  const slack = ceil<f64>(2 * load<f64>(index, OFF) + 2.01) * SUBSETS;
  for (let t: u32 = 0; t < count; t++) {
    const target = load<f64>(targets + (<usize>t << 3));
    const to = bits + (<usize>t << 2);
    const sum = sums + (<usize>t << 3);
    if (target > lowest && target < highest) {
      look_up(n, pool, table, index, target, (target - lowest) * scale * SUBSETS, slack, to, sum);
    } else {
      const subset = lightest(n, pool, target, target >= highest ? positives : negatives);
      store<u32>(to, subset);
      store<f64>(sum, add_masked(0, pool, subset));
    }
  }
}

function look_up(
  n: u32, pool: usize, table: usize, index: usize, target: f64, key: f64, slack: f64, bits: usize, sum: usize,
): void {
  const bucket = index + STARTS + (<usize>(<u64>key >> BUCKET_SHIFT) << 2);
  let low = load<u32>(bucket);
  let high = load<u32>(bucket, 4);
  while (low < high) {
    const middle = (low + high) >> 1;
    const below = load<f64>(table + (<usize>middle << 3)) < key;
    low = below ? middle + 1 : low;
    high = below ? high : middle;
  }
  // The key before `low` is below the target's, if there is one; that at `low` is not, if there is one.
  const last: u32 = 1 << max<u32>(n, 2);
  let least = Infinity;
  if (low < last) least = load<f64>(table + (<usize>low << 3)) - key;
  if (low > 0) least = min<f64>(least, key - load<f64>(table + (<usize>(low - 1) << 3)));
  const limit = least + slack;
  store<u32>(bits, 0);
  store<f64>(sum, NaN);
  let first = low;
  while (first > 0 && key - load<f64>(table + (<usize>(first - 1) << 3)) <= limit) {
    if (low - --first > MOST_TRIED) return;
  }
  let end = low;
  while (end < last && load<f64>(table + (<usize>end << 3)) - key <= limit) {
    if (++end - first > MOST_TRIED) return;
  }
  let residual = Infinity;
  for (let i = first; i < end; i++) {
    const candidate = <u64>load<f64>(table + (<usize>i << 3));
    const subset = (<u32>(candidate & (<u64>SUBSETS - 1)) ^ load<u32>(index, NEGATIVES)) & ((1 << n) - 1);
    const exact = add_masked(0, pool, subset);
    const distance = abs<f64>(target - exact);
    if (distance > residual || (distance == residual && subset >= load<u32>(bits))) continue;
    residual = distance;
    store<u32>(bits, subset);
    store<f64>(sum, exact);
  }
}
