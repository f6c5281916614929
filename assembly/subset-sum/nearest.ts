/**
 * bits_t := argmin over S of |target_t − Σ_S pool_t|, sums_t := Σ        exact, many targets, each with its own pool
 *
 * Meet in the middle with the last value or two left out: the others are halved, the sums of both halves sorted
 * (sorted-sums.ts), and for every choice of those left out the two lists are walked, two walks side by side. A walk
 * goes by blocks: all 16 pairs of four left and four right sums are compared, then the list whose block ends first
 * goes on. What is nearest lies in some pair of blocks, for what is passed has met a partner as near as any it has
 * not met. The search is in fixed point; all pairs that its rounding cannot tell from the best one are summed anew
 * in f64, upwards, and the least residual wins, ties by the lower number.
 *
 *   count     targets
 *   n         1 ≤ n ≤ 24 values a pool
 *   pools     f64; pool t begins `stride` values after pool t − 1; stride 0 = one pool for all
 *   targets   count, f64
 *   bits      count, u32, overwritten: value i of the pool is bit i
 *   sums      count, f64, overwritten: the sum of those values, upwards
 *   scratch   2,048 + 24 · 2ʰ bytes, h = ⌊(max(n, 5) − 1) / 2⌋, 16-byte aligned
 *
 * Values and targets are finite, and Σ |pool| is. Where fixed point cannot tell more than MOST_TRIED pairs apart
 * (values that are equal, 0, or small beside others) the sum is NaN and the subset empty: not decided.
 * Work for n = 21: 4,096 merged sums, 1,022 pairs of blocks. Source: Horowitz & Sahni 1974; Pensia et al. 2020,
 * section 4.
 */
import { MOST_TRIED, scale_of, side_of, to_fixed } from "./fixed-point";
import { i32_sorted_sums, list_bytes } from "./sorted-sums";
import { make_mask_tables, MASK_TABLES_BYTES, subset_with_sum } from "./subset-masks";
import { add_masked, lightest, magnitude_of } from "./sums";

/** Steps of a walk whose least distance is kept together. */
const CHUNK: u32 = 32;
const SHORTEST: u32 = 5;

// The search of one target at the beginning of the scratch: addresses, numbers, then f64.
const POOL: usize = 0;
const LENGTH: usize = 4;
const NEGATIVES: usize = 8;
const HALF: usize = 12;
const BITS: usize = 16;
const TRIED: usize = 20;
const LIMIT: usize = 24;
const WANTED: usize = 32;
const SUM: usize = 40;
const RESIDUAL: usize = 48;
const MAGNITUDES: usize = 64;
const LEFT_MASKS: usize = 192;
const RIGHT_MASKS: usize = LEFT_MASKS + MASK_TABLES_BYTES;
const LISTS: usize = RIGHT_MASKS + MASK_TABLES_BYTES;

/** What a chunk leaves: the least distances of both walks, and where they began. */
const CHUNK_BYTES: usize = 48;

export function f64_subset_sums_nearest(
  count: u32, n: u32, pools: usize, stride: u32, targets: usize, bits: usize, sums: usize, scratch: usize,
): void {
  assert(n >= 1 && n <= 24);
  assert(((pools | targets | sums) & 7) == 0);
  assert((bits & 3) == 0 && (scratch & 15) == 0);
  for (let t: u32 = 0; t < count; t++) {
    const at = <usize>t << 3;
    store<usize>(scratch, pools + (<usize>t * stride << 3), POOL);
    store<u32>(scratch, n, LENGTH);
    store<f64>(scratch, load<f64>(targets + at), WANTED);
    store<f64>(scratch, Infinity, RESIDUAL);
    store<u32>(scratch, 0, TRIED);
    solve(scratch);
    const isDecided = load<u32>(scratch, TRIED) <= MOST_TRIED;
    store<u32>(bits + (at >> 1), isDecided ? load<u32>(scratch, BITS) : 0);
    store<f64>(sums + at, isDecided ? load<f64>(scratch, SUM) : NaN);
  }
}

function solve(search: usize): void {
  const n = load<u32>(search, LENGTH);
  const pool = load<usize>(search, POOL);
  const wanted = load<f64>(search, WANTED);
  const negatives = side_of(n, pool, -1);
  const positives = side_of(n, pool, 1);
  const lowest = add_masked(0, pool, negatives);
  // Beyond all sums: the last one is the nearest.
  if (wanted <= lowest) return try_subset(search, lightest(n, pool, wanted, negatives));
  if (wanted >= add_masked(0, pool, positives)) return try_subset(search, lightest(n, pool, wanted, positives));

  const length = max<u32>(n, SHORTEST);
  const half = (length - 1) >> 1;
  store<u32>(search, negatives, NEGATIVES);
  store<u32>(search, half, HALF);
  const magnitudes = search + MAGNITUDES;
  const scale = scale_of(magnitude_of(n, pool, 0));
  const exact = (wanted - lowest) * scale;
  const target = <i32>nearest<f64>(exact);
  // The best pair and another one may each be off by this; rounding in f64 is far below a step.
  const off = to_fixed(n, pool, scale, true, magnitudes) + abs<f64>(<f64>target - exact);
  for (let i = n; i < SHORTEST; i++) store<i32>(magnitudes + (<usize>i << 2), 0);

  const right = magnitudes + (<usize>half << 2);
  const extras = right + (<usize>half << 2);
  const working = search + LISTS + 2 * list_bytes(half);
  i32_sorted_sums(half, magnitudes, right, search + LISTS, working);
  make_mask_tables(half, magnitudes, search + LEFT_MASKS);
  make_mask_tables(half, right, search + RIGHT_MASKS);

  const x = load<i32>(extras);
  const hasTwo = length - 2 * half > 1;
  const y = hasTwo ? load<i32>(extras, 4) : 0;
  const steps = (1 << (half - 1)) - 1;
  const record = CHUNK_BYTES * <usize>((steps + CHUNK - 1) / CHUNK);
  let least = walk_two(search, steps, target, x, working);
  if (hasTwo) least = i32x4.min_s(least, walk_two(search, steps, target - y, x, working + record));
  store<i32>(search, lane_min(least) + <i32>ceil<f64>(2 * off + 0.01), LIMIT);
  look_through(search, steps, target, x, 0, working);
  if (hasTwo) look_through(search, steps, target - y, x, 2, working + record);
}

/**
 * Walks the lists for a target and for target − x.
 *
 * @returns the least distances, in four lanes; `record` holds those of each chunk
 */
function walk_two(search: usize, steps: u32, target: i32, x: i32, record: usize): v128 {
  const half = load<u32>(search, HALF);
  let p = search + LISTS + 16;
  let q = p + list_bytes(half) + (<usize>4 << half) - 16;
  let p1 = p;
  let q1 = q;
  const t = i32x4.splat(target);
  const target1 = target - x;
  const t1 = i32x4.splat(target1);
  let least = i32x4.splat(i32.MAX_VALUE);
  while (steps > 0) {
    store<usize>(record, p, 32);
    store<usize>(record, q, 36);
    store<usize>(record, p1, 40);
    store<usize>(record, q1, 44);
    let low = i32x4.splat(i32.MAX_VALUE);
    let low1 = low;
    const chunk = min<u32>(steps, CHUNK);
    for (let s: u32 = 0; s < chunk; s++) {
      low = i32x4.min_s(low, distances(v128.load(p), i32x4.sub(t, v128.load(q))));
      low1 = i32x4.min_s(low1, distances(v128.load(p1), i32x4.sub(t1, v128.load(q1))));
      const left = <usize>(load<i32>(p, 12) <= target - load<i32>(q));
      const left1 = <usize>(load<i32>(p1, 12) <= target1 - load<i32>(q1));
      p += left << 4;
      q -= (1 - left) << 4;
      p1 += left1 << 4;
      q1 -= (1 - left1) << 4;
    }
    v128.store(record, low);
    v128.store(record, low1, 16);
    least = i32x4.min_s(least, i32x4.min_s(low, low1));
    record += CHUNK_BYTES;
    steps -= chunk;
  }
  return least;
}

/** Of each of four left sums the least distance to four others. */
// @ts-ignore: decorator
@inline
function distances(a: v128, z: v128): v128 {
  const d0 = i32x4.abs(i32x4.sub(a, z));
  const d1 = i32x4.abs(i32x4.sub(a, v128.shuffle<i32>(z, z, 1, 2, 3, 0)));
  const d2 = i32x4.abs(i32x4.sub(a, v128.shuffle<i32>(z, z, 2, 3, 0, 1)));
  const d3 = i32x4.abs(i32x4.sub(a, v128.shuffle<i32>(z, z, 3, 0, 1, 2)));
  return i32x4.min_s(i32x4.min_s(d0, d1), i32x4.min_s(d2, d3));
}

function lane_min(v: v128): i32 {
  const pairs = i32x4.min_s(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return min<i32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1));
}

/** Goes again through the chunks that came near enough, and tries what is there. */
function look_through(search: usize, steps: u32, target: i32, x: i32, choice: u32, record: usize): void {
  const limit = load<i32>(search, LIMIT);
  while (steps > 0 && load<u32>(search, TRIED) <= MOST_TRIED) {
    const chunk = min<u32>(steps, CHUNK);
    if (lane_min(v128.load(record)) <= limit) {
      look(search, chunk, target, choice, load<usize>(record, 32), load<usize>(record, 36));
    }
    if (lane_min(v128.load(record, 16)) <= limit) {
      look(search, chunk, target - x, choice + 1, load<usize>(record, 40), load<usize>(record, 44));
    }
    record += CHUNK_BYTES;
    steps -= chunk;
  }
}

/** One walk again, from its left and right place at the beginning of a chunk. */
function look(search: usize, steps: u32, target: i32, choice: u32, p: usize, q: usize): void {
  const limit = load<i32>(search, LIMIT);
  const t = i32x4.splat(target);
  for (; steps > 0; steps--) {
    if (lane_min(distances(v128.load(p), i32x4.sub(t, v128.load(q)))) <= limit) {
      for (let i: usize = 0; i < 16; i += 4) {
        for (let j: usize = 0; j < 16; j += 4) {
          if (abs<i32>(load<i32>(p + i) + load<i32>(q + j) - target) <= limit) {
            try_around(search, target, choice, p + i, q + j);
            if (load<u32>(search, TRIED) > MOST_TRIED) return;
          }
        }
      }
    }
    const left = <usize>(load<i32>(p, 12) <= target - load<i32>(q));
    p += left << 4;
    q -= (1 - left) << 4;
  }
}

/**
 * Tries the pairs of sums near two: those near enough to the target that no pair of blocks brought together are
 * here.
 */
function try_around(search: usize, target: i32, choice: u32, p: usize, q: usize): void {
  const limit = load<i32>(search, LIMIT);
  let first = p;
  let other = q;
  while (load<i32>(first - 4) >= load<i32>(p) - limit) first -= 4;
  while (load<i32>(other - 4) >= load<i32>(q) - limit) other -= 4;
  for (let i = first; load<i32>(i) <= load<i32>(p) + limit; i += 4) {
    // Equal sums stand side by side, and are tried together.
    if (i > first && load<i32>(i) == load<i32>(i - 4)) continue;
    for (let j = other; load<i32>(j) <= load<i32>(q) + limit; j += 4) {
      if (j > other && load<i32>(j) == load<i32>(j - 4)) continue;
      if (abs<i32>(load<i32>(i) + load<i32>(j) - target) > limit) continue;
      try_pair(search, choice, load<i32>(i), load<i32>(j));
      if (load<u32>(search, TRIED) > MOST_TRIED) return;
    }
  }
}

/** Tries all subsets whose left and right sums are these. */
function try_pair(search: usize, choice: u32, left: i32, right: i32): void {
  const half = load<u32>(search, HALF);
  const negatives = load<u32>(search, NEGATIVES);
  const all: u32 = (1 << load<u32>(search, LENGTH)) - 1;
  const end: u32 = 1 << half;
  let u = subset_with_sum(half, search + LEFT_MASKS, left, 0);
  for (; u < end; u = subset_with_sum(half, search + LEFT_MASKS, left, u + 1)) {
    let v = subset_with_sum(half, search + RIGHT_MASKS, right, 0);
    for (; v < end; v = subset_with_sum(half, search + RIGHT_MASKS, right, v + 1)) {
      if (load<u32>(search, TRIED) > MOST_TRIED) return;
      try_subset(search, ((u | (v << half) | (choice << (2 * half))) ^ negatives) & all);
    }
  }
}

/** Keeps a subset if it is better than the best. */
function try_subset(search: usize, subset: u32): void {
  const sum = add_masked(0, load<usize>(search, POOL), subset);
  const residual = abs<f64>(load<f64>(search, WANTED) - sum);
  const best = load<f64>(search, RESIDUAL);
  store<u32>(search, load<u32>(search, TRIED) + 1, TRIED);
  if (residual > best || (residual == best && subset >= load<u32>(search, BITS))) return;
  store<u32>(search, subset, BITS);
  store<f64>(search, sum, SUM);
  store<f64>(search, residual, RESIDUAL);
}
