/**
 * Values of a pool in fixed point, for searches in integers: sums are then exact in any order, and f64 settles what
 * rounding leaves open.
 *
 * A pool a of n values becomes magnitudes round(|a_i| · 2ᵏ), k such that they add up to less than 2²⁹ + n. A subset
 * S is S xor N of the magnitudes, N the negative values: Σ_S a = Σ_N a + Σ_{S xor N} |a|. A target within the range
 * of the sums moves by Σ_N a and becomes a number from 0 to their total.
 */
/** Subsets that fixed point cannot tell apart of which so many are summed anew; where there are more, f64 decides. */
export const MOST_TRIED: u32 = 4096;

const MANTISSA_BITS = 52;
const EXPONENT_BIAS = 1023;

/** 2ᵏ, k such that total · 2ᵏ < 2²⁹; total ≥ 0, finite. */
export function scale_of(total: f64): f64 {
  const exponent = <i32>(reinterpret<u64>(total) >> MANTISSA_BITS) - EXPONENT_BIAS;
  return reinterpret<f64>(<u64>(EXPONENT_BIAS + min<i32>(28 - exponent, EXPONENT_BIAS)) << MANTISSA_BITS);
}

/** The values on one side of 0, as a subset: below for a sign of −1, above for 1. */
export function side_of(n: u32, values: usize, sign: f64): u32 {
  let bits: u32 = 0;
  for (let i: u32 = 0; i < n; i++) bits |= <u32>(load<f64>(values + (<usize>i << 3)) * sign > 0) << i;
  return bits;
}

/**
 * out := round(scale · a), n i32, or round(scale · |a|) for magnitudes
 *
 * @returns how far a sum of them may be from the sum of the values, in steps of fixed point
 */
export function to_fixed(n: u32, values: usize, scale: f64, magnitudes: bool, out: usize): f64 {
  let above: f64 = 0;
  let below: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const signed = load<f64>(values + (<usize>i << 3)) * scale;
    const exact = magnitudes ? abs<f64>(signed) : signed;
    const rounded = nearest<f64>(exact);
    store<i32>(out + (<usize>i << 2), <i32>rounded);
    above += max<f64>(rounded - exact, 0);
    below += max<f64>(exact - rounded, 0);
  }
  return max<f64>(above, below);
}
