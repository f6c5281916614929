/**
 * y := exp(x)        element by element, f32
 * y := log(x)        element by element, f64
 * y := cos 2πx, sin 2πx   of each x in f32, side by side in f64: y has 2n elements
 *
 * and, for the kernels beside this file, exp of four lanes, log, cos and sin of a turn (angle / 2π) and
 * the flush of denormals. One written order of operations, multiply and add never fused: the same bits
 * on every engine and in every variant, where the Math of two engines differs.
 *
 *   x, y   n   contiguous; f32 (4-byte aligned) or f64 (8-byte aligned)
 *
 * Pointers are in bytes; y may be x, and else overlaps it nowhere.
 * exp: < 1 ulp (tried for all 2³² inputs); +0 where exp x < 2⁻¹²⁶, never a denormal; Infinity where
 *      exp x ≥ 2¹²⁸. Cephes expf: n = round(x / ln 2), r = x − n ln 2 in two parts, polynomial, times 2ⁿ.
 * log: < 1 ulp; −Infinity of ±0, NaN of what is below. fdlibm e_log.c, without its branches near 1, as
 *      musl has it: x = 2ᵏ (1 + f), s = f / (2 + f), odd polynomial in s.
 * cos, sin: within 3 · 2⁻⁵³ of those of the turn x − ⌊x⌋, exact at the quarters; NaN of ±Infinity.
 * NaN gives NaN. Measured: 1.1 ns per exp, 9 ns per log.
 */
export const MIN_NORMAL: f32 = 1.1754943508222875e-38; // 2⁻¹²⁶
const LOG2_E: f32 = 1.4426950408889634;
const LN2_HIGH: f32 = 0.693359375; // 9 bits, so that n · LN2_HIGH is exact
const LN2_LOW: f32 = -2.12194440e-4;
const ROUNDER: f32 = 12582912; // 1.5 · 2²³: adding it rounds to an integer, kept in the low bits
const EXP_MIN: f32 = -87.33654; // smallest f32 with exp x ≥ 2⁻¹²⁶
const EXP_MAX: f32 = 88.72283; // largest f32 with exp x < 2¹²⁸

export function f32_exp(n: u32, x: usize, y: usize): void {
  assert(((x | y) & 3) == 0);
  const vector_end = n & ~3;
  for (let i: u32 = 0; i < vector_end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(y + at, exp_lanes(v128.load(x + at)));
  }
  for (let i = vector_end; i < n; i++) {
    const at = (<usize>i) << 2;
    v128.store_lane<f32>(y + at, exp_lanes(v128.load_zero<f32>(x + at)), 0);
  }
}

export function f64_log(n: u32, x: usize, y: usize): void {
  assert(((x | y) & 7) == 0);
  for (let i: u32 = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    store<f64>(y + at, log(load<f64>(x + at)));
  }
}

export function f64_cos_sin_turns(n: u32, x: usize, y: usize): void {
  assert((x & 3) == 0 && (y & 7) == 0);
  for (let i: u32 = 0; i < n; i++) {
    const turns = <f64>load<f32>(x + ((<usize>i) << 2));
    const within = turns - floor<f64>(turns); // NaN unless finite
    const pair = within >= 0 ? cos_sin_turn(within) : f64x2.splat(NaN);
    v128.store(y + ((<usize>i) << 4), pair);
  }
}

// @ts-ignore: decorator
@inline
export function exp_lanes(x: v128): v128 {
  const rounded = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDER));
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDER));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));

  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));

  const scaled = i32x4.add(p, i32x4.shl(rounded, 23)); // + n in the exponent
  const beyond = f32x4.mul(x, f32x4.splat(Infinity)); // Infinity, or NaN of NaN
  const result = v128.bitselect(scaled, beyond, f32x4.le(x, f32x4.splat(EXP_MAX)));
  return v128.andnot(result, f32x4.lt(x, f32x4.splat(EXP_MIN)));
}

export function log(x: f64): f64 {
  if (x == 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x == Infinity) return x;
  let exponent: i32 = -1023;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2⁵⁴: out of the denormals
    exponent -= 54;
  }
  // Adding the distance from √½ to 1 carries into the exponent where the fraction is beyond √2.
  const bits = reinterpret<u64>(x) + 0x00095f6200000000;
  exponent += <i32>(bits >> 52);
  const f = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000) - 1;

  const half_square = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239
    + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const k = <f64>exponent;
  return s * (half_square + (odd + even)) + k * 1.9082149292705877e-10 - half_square + f
    + k * 0.6931471803691238;
}

/** cos 2πu and sin 2πu in the f64 lanes, 0 ≤ u ≤ 1: reduced to an eighth of a turn without rounding. */
export function cos_sin_turn(u: f64): v128 {
  const nearest_quarter = nearest<f64>(4 * u);
  const x = (4 * u - nearest_quarter) * 1.5707963267948966;
  const quarter = <u64>nearest_quarter;
  const pair = f64x2.replace_lane(f64x2.splat(cos_kernel(x)), 1, sin_kernel(x));
  const turned = v128.shuffle<f64>(pair, pair, 1, 0);
  const odd = i64x2.splat(-(quarter & 1));
  const minus = i64x2.replace_lane(i64x2.splat(((quarter + 1) & 2) << 62), 1, (quarter & 2) << 62);
  return v128.xor(v128.bitselect(turned, pair, odd), minus);
}

/** fdlibm k_cos.c, |x| ≤ π/4. */
function cos_kernel(x: f64): f64 {
  const z = x * x;
  const low = z * (0.0416666666666666 + z * (-1.388888888887411e-3 + z * 2.480158728947673e-5));
  const high = -2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11);
  const r = low + z * z * (z * z) * high;
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + z * r);
}

/** fdlibm k_sin.c, |x| ≤ π/4. */
function sin_kernel(x: f64): f64 {
  const z = x * x;
  const low = 8.33333333332249e-3 + z * (-1.984126982985795e-4 + z * 2.7557313707070068e-6);
  const high = -2.5050760253406863e-8 + z * 1.58969099521155e-10;
  const r = low + z * (z * z) * high;
  return x + z * x * (-0.16666666666666632 + z * r);
}

/** +0 in the lanes whose magnitude is below `least`. */
// @ts-ignore: decorator
@inline
export function flush_below(v: v128, least: f32): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), f32x4.splat(least)));
}

/** +0 for denormals: as an operand they cost a hundred times as much as any other number. */
// @ts-ignore: decorator
@inline
export function flush_denormals(v: v128): v128 {
  return flush_below(v, MIN_NORMAL);
}
