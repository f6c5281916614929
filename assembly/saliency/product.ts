/**
 * z := x ⊙ y        element by element, f32
 * z := |x ⊙ y|
 *
 *   x, y, z   n   contiguous; any may be the same array
 *
 * Pointers 4-byte aligned. What falls below 2⁻¹²⁶ becomes +0, never a denormal; NaN and infinities spread as in
 * multiplication. Traffic 12n bytes.
 */
import { flush_denormals } from "../math";

export function f32_product(n: u32, x: usize, y: usize, z: usize): void {
  assert(((x | y | z) & 3) == 0);
  products(n, x, y, z, false);
}

export function f32_abs_product(n: u32, x: usize, y: usize, z: usize): void {
  assert(((x | y | z) & 3) == 0);
  products(n, x, y, z, true);
}

/** `absolute` is a constant at each call. */
// @ts-ignore: decorator
@inline
function products(n: u32, x: usize, y: usize, z: usize, absolute: bool): void {
  const quads = (<usize>(n & ~3)) << 2, end = (<usize>n) << 2;
  let at: usize = 0;
  for (; at < quads; at += 16) {
    v128.store(z + at, product(v128.load(x + at), v128.load(y + at), absolute));
  }
  for (; at < end; at += 4) {
    const one = product(v128.load_zero<f32>(x + at), v128.load_zero<f32>(y + at), absolute);
    v128.store_lane<f32>(z + at, one, 0);
  }
}

// @ts-ignore: decorator
@inline
function product(x: v128, y: v128, absolute: bool): v128 {
  const z = flush_denormals(f32x4.mul(x, y));
  return absolute ? f32x4.abs(z) : z;
}
