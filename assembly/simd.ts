/**
 * The lane helpers every kernel uses. The only file that knows the variant:
 * `relaxed` may fuse a multiply-add (one rounding or two, as the host likes), `simd` never does.
 */

// @ts-ignore: decorator
@inline
export function madd<T>(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, sum);
  else return v128.add<T>(sum, v128.mul<T>(a, b));
}

/** sum − a·b */
// @ts-ignore: decorator
@inline
export function nmadd<T>(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, sum);
  else return v128.sub<T>(sum, v128.mul<T>(a, b));
}

/** (lane 0 + lane 1) + (lane 2 + lane 3) */
// @ts-ignore: decorator
@inline
export function f32_hsum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** All ones in lane i where bit i of the low four bits is set. */
// @ts-ignore: decorator
@inline
export function lanes_of_bits(bits: u32): v128 {
  const own_bit = i32x4(1, 2, 4, 8);
  return i32x4.eq(v128.and(i32x4.splat(bits), own_bit), own_bit);
}

/** Transposes a 4 × 4 block of f32: rows in, store column c at `to + c·step` bytes. */
// @ts-ignore: decorator
@inline
export function store_transposed_4x4(
  r0: v128, r1: v128, r2: v128, r3: v128, to: usize, step: usize,
): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + step * 2, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + step * 3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Byte i of the result is byte index[i] of v; every index must be below 16. */
// @ts-ignore: decorator
@inline
export function permute_bytes(v: v128, index: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(v, index);
  else return i8x16.swizzle(v, index);
}
