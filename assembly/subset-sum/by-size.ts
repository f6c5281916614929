/**
 * bits_t := the best subset of pool_t by growing size, sums_t := its sum      many targets
 *
 * Sizes 0, 1, 2, … up to a limit. The search ends at the first size with a subset within the tolerance, and takes the
 * nearest of that size: the fewest values, least residual among those; the empty set when no size has one. With a
 * tolerance below 0 it ends at the limit: the nearest subset of at most so many values. Ties go to the lower number.
 *
 * The sums of all subsets of k values, in the order of their largest value (colexicographic), are one run a value j:
 * a_j + the first (j choose k − 1) sums of k − 1 values. So each size is made from the one before in long runs of
 * additions, four at a time, and the place of a sum names its subset. In fixed point; what its rounding cannot tell
 * from the best is summed anew in f64, upwards.
 *
 *   count      targets
 *   n          1 ≤ n ≤ 24 values a pool
 *   pools      f64; pool t begins `stride` values after pool t − 1; stride 0 = one pool for all
 *   targets    count, f64
 *   tolerance  where the search may end
 *   limit      most values, ≤ n
 *   bits       count, u32, overwritten: value i of the pool is bit i
 *   sums       count, f64, overwritten: the sum of those values, upwards
 *   scratch    4,096 bytes and 8 · max over k ≤ limit of (n choose k) + 128, 16-byte aligned
 *
 * Where fixed point cannot tell more than MOST_TRIED subsets of a size apart (values that are equal, 0, or small beside
 * others), or a target is beyond 2⁴⁵ steps, so that residuals round, the sum is NaN and the subset empty: not decided.
 * Work: Σ_k (n choose k) additions and comparisons. Source: Burkholz et al. 2022, whose search grows the size.
 */
import { MOST_TRIED, scale_of, side_of, to_fixed } from "./fixed-point";
import { add_masked, magnitude_of } from "./sums";

const BEYOND: i32 = 1 << 30;
/** Steps from which on the rounding of a residual is more than what the slack allows for it. */
const FAR: f64 = 35184372088832; // 2⁴⁵

/** (j choose k) stands at row j, column k. */
const ROW: usize = 25;
const VALUES: usize = 2560;
const BITS: usize = 2688;
const SUM: usize = 2696;
const TABLES: usize = 4096;

export function f64_subset_sums_by_size(
  count: u32, n: u32, pools: usize, stride: u32, targets: usize, tolerance: f64, limit: u32, bits: usize, sums: usize,
  scratch: usize,
): void {
  assert(n >= 1 && n <= 24);
  assert(limit <= n);
  assert(((pools | targets | sums) & 7) == 0);
  assert((bits & 3) == 0 && (scratch & 15) == 0);
  pascal(n, scratch);
  let widest: u32 = 1;
  for (let k: u32 = 1; k <= limit; k++) widest = max<u32>(widest, choose(scratch, n, k));
  const table_bytes = ((<usize>widest << 2) + 79) & ~15;
  for (let t: u32 = 0; t < count; t++) {
    const at = <usize>t << 3;
    store<u32>(scratch, 0, BITS);
    store<f64>(scratch, 0, SUM);
    solve(scratch, n, pools + (<usize>t * stride << 3), load<f64>(targets + at), tolerance, limit, table_bytes);
    store<u32>(bits + (at >> 1), load<u32>(scratch, BITS));
    store<f64>(sums + at, load<f64>(scratch, SUM));
  }
}

function solve(
  search: usize, n: u32, pool: usize, target: f64, tolerance: f64, limit: u32, table_bytes: usize,
): void {
  if (abs<f64>(target) <= tolerance) return;
  const scale = scale_of(magnitude_of(n, pool, 0));
  if (abs<f64>(target) * scale > FAR) return leave(search);
  const off = to_fixed(n, pool, scale, false, search + VALUES);
  // A target beyond all sums has the same nearest ones as the last sum.
  const lowest = add_masked(0, pool, side_of(n, pool, -1));
  const highest = add_masked(0, pool, side_of(n, pool, 1));
  const exact = min<f64>(max<f64>(target, lowest), highest) * scale;
  const wanted = <i32>nearest<f64>(exact);
  const slack = <i32>ceil<f64>(2 * (off + abs<f64>(<f64>wanted - exact)) + 0.01);
  // In f64, where a tolerance of any size fits.
  const reach = tolerance < 0 ? Infinity : tolerance * scale + <f64>slack;
  let from = search + TABLES;
  let to = from + table_bytes;
  store<i32>(from, 0);
  let least: i32 = abs<i32>(wanted);
  for (let k: u32 = 1; k <= limit; k++) {
    const length = grow(search, n, k, from, to);
    const distance = nearest_in(length, to, wanted);
    if (distance <= least + slack && <f64>distance <= reach) {
      least = min<i32>(least, distance);
      if (!try_size(search, n, k, pool, target, to, wanted, least + slack)) return leave(search);
      if (abs<f64>(target - load<f64>(search, SUM)) <= tolerance) return;
    }
    const next = from;
    from = to;
    to = next;
  }
  if (tolerance < 0) return;
  store<u32>(search, 0, BITS);
  store<f64>(search, 0, SUM);
}

/** What is written of a target that is not decided. */
function leave(search: usize): void {
  store<u32>(search, 0, BITS);
  store<f64>(search, NaN, SUM);
}

/** to := the sums of all subsets of k values, from those of k − 1; some words behind them are far from any target. */
function grow(search: usize, n: u32, k: u32, from: usize, to: usize): u32 {
  let out = to;
  for (let j = k - 1; j < n; j++) {
    const x = i32x4.splat(load<i32>(search + VALUES + (<usize>j << 2)));
    const bytes = <usize>choose(search, j, k - 1) << 2;
    // What is written too much is overwritten by the next run.
    for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, i32x4.add(v128.load(from + at), x));
    out += bytes;
  }
  v128.store(out, i32x4.splat(BEYOND));
  return <u32>(out - to) >> 2;
}

/** The least distance of a target to the sums of a table. */
function nearest_in(length: u32, table: usize, target: i32): i32 {
  const t = i32x4.splat(target);
  let least = i32x4.splat(i32.MAX_VALUE);
  const end = table + (<usize>length << 2);
  for (let at = table; at < end; at += 16) {
    least = i32x4.min_s(least, i32x4.abs(i32x4.sub(v128.load(at), t)));
  }
  least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
  return min<i32>(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1));
}

/** Tries the subsets of k values whose sums are near enough. @returns whether they were not too many */
function try_size(
  search: usize, n: u32, k: u32, pool: usize, target: f64, table: usize, wanted: i32, limit: i32,
): bool {
  const t = i32x4.splat(wanted);
  const near = i32x4.splat(limit);
  const length = choose(search, n, k);
  let tried: u32 = 0;
  for (let first: u32 = 0; first < length; first += 4) {
    const distance = i32x4.abs(i32x4.sub(v128.load(table + (<usize>first << 2)), t));
    let hits = <u32>i32x4.bitmask(i32x4.le_s(distance, near));
    for (; hits != 0; hits &= hits - 1) {
      const place = first + ctz(hits);
      if (place >= length) return true;
      if (tried++ >= MOST_TRIED) return false;
      const subset = subset_at(search, k, place);
      const sum = add_masked(0, pool, subset);
      const residual = abs<f64>(target - sum);
      const best = abs<f64>(target - load<f64>(search, SUM));
      if (residual > best || (residual == best && subset >= load<u32>(search, BITS))) continue;
      store<u32>(search, subset, BITS);
      store<f64>(search, sum, SUM);
    }
  }
  return true;
}

/** The subset of k values at a place in their order: its largest value j is the last with (j choose k) ≤ place. */
function subset_at(search: usize, k: u32, place: u32): u32 {
  let subset: u32 = 0;
  for (; k > 0; k--) {
    let j = k - 1;
    while (choose(search, j + 1, k) <= place) j++;
    subset |= 1 << j;
    place -= choose(search, j, k);
  }
  return subset;
}

// @ts-ignore: decorator
@inline
function choose(search: usize, j: u32, k: u32): u32 {
  return load<u32>(search + ((<usize>j * ROW + k) << 2));
}

/** Pascal's triangle down to row n, 0 beside it. */
function pascal(n: u32, search: usize): void {
  memory.fill(search, 0, (<usize>n + 1) * ROW << 2);
  for (let j: u32 = 0; j <= n; j++) {
    store<u32>(search + (<usize>j * ROW << 2), 1);
    for (let k: u32 = 1; k <= j; k++) {
      store<u32>(search + ((<usize>j * ROW + k) << 2), choose(search, j - 1, k - 1) + choose(search, j - 1, k));
    }
  }
}
