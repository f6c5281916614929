/**
 * bits_t := the first subset of pool_t within the tolerance of target_t, sums_t := its sum     many targets
 *
 * First by its number, of the subsets of the first 14 values: sums of the first 1, 2, 4, 8 … subsets are made by
 * doubling, four at a time in f32, until one is near enough. What f32 says counts only where its rounding cannot
 * matter, and the sum is made anew in f64, upwards. Most targets need a few dozen sums; for the others ask the
 * exact search.
 *
 *   count      targets
 *   n          1 ≤ n ≤ 32 values a pool
 *   pools      f64; pool t begins `stride` values after pool t − 1; stride 0 = one pool for all
 *   targets    count, f64
 *   tolerance  ≥ 0
 *   bits       count, u32, overwritten: value i of the pool is bit i; the empty set where none was found
 *   sums       count, f64, overwritten: the sum of those values, upwards
 *   scratch    65,536 bytes, 16-byte aligned
 *
 * Values beyond f32 make no subset near: the exact search is then asked. Source: Pensia et al. 2020, section 4, whose
 * experiment accepts any subset within ε.
 */
import { add_masked, residual_of_mask } from "./sums";

const LADDER: u32 = 14;
const F32_STEP: f64 = 1.1920928955078125e-7; // 2⁻²³: twice the relative rounding of an f32

export function f64_subset_sums_first(
  count: u32, n: u32, pools: usize, stride: u32, targets: usize, tolerance: f64, bits: usize, sums: usize,
  scratch: usize,
): void {
  assert(n >= 1 && n <= 32);
  assert(((pools | targets | sums) & 7) == 0);
  assert((bits & 3) == 0 && (scratch & 15) == 0);
  for (let t: u32 = 0; t < count; t++) {
    const pool = pools + (<usize>t * stride << 3);
    const target = load<f64>(targets + (<usize>t << 3));
    const subset = abs<f64>(target) <= tolerance ? 0 : first_within(n, pool, target, tolerance, scratch);
    store<u32>(bits + (<usize>t << 2), subset);
    store<f64>(sums + (<usize>t << 3), add_masked(0, pool, subset));
  }
}

/** The number of the first subset that is near, 0 when there is none. */
function first_within(n: u32, pool: usize, target: f64, tolerance: f64, table: usize): u32 {
  const t = f32x4.splat(<f32>target);
  let magnitude = abs<f64>(target);
  store<f32>(table, 0);
  const values = min<u32>(n, LADDER);
  for (let k: u32 = 0; k < values; k++) {
    const value = load<f64>(pool + (<usize>k << 3));
    magnitude += abs<f64>(value);
    const limit = f32x4.splat(<f32>(tolerance - <f64>(k + 4) * F32_STEP * magnitude));
    const x = f32x4.splat(<f32>value);
    const end: u32 = 1 << k;
    const out = table + (<usize>end << 2);
    // The first two doublings are shorter than four lanes: what they write too much is overwritten by the next one.
    const lanes: u32 = (1 << min<u32>(end, 4)) - 1;
    for (let s: u32 = 0; s < end; s += 4) {
      const sum = f32x4.add(v128.load(table + (<usize>s << 2)), x);
      v128.store(out + (<usize>s << 2), sum);
      const near = f32x4.le(f32x4.abs(f32x4.sub(sum, t)), limit);
      if (!v128.any_true(near)) continue;
      const subset = first_exact(pool, target, tolerance, <u32>i32x4.bitmask(near) & lanes, end + s);
      if (subset != 0) return subset;
    }
  }
  return 0;
}

/** The first of up to four subsets that is within the tolerance in f64, 0 when none is. */
function first_exact(pool: usize, target: f64, tolerance: f64, near: u32, first: u32): u32 {
  for (; near != 0; near &= near - 1) {
    const subset = first + ctz(near);
    if (residual_of_mask(pool, target, subset) <= tolerance) return subset;
  }
  return 0;
}
