/**
 * s_ij := alpha · w_ij² · c_j        the saliency of a diagonal second order, f32
 *
 *   w   m × n   row-major, leading dimension ldw ≥ n     (f32 elements)
 *   c   n       contiguous: twice the mean square of each input, the curvature, … With m = 1, one a weight
 *   s   m × n   leading dimension lds ≥ n; may be w
 *
 * Pointers 4-byte aligned; c overlaps nothing. First the square, then times c, then times alpha. What falls below
 * 2⁻¹²⁶ on the way becomes +0, never a denormal; NaN and infinities spread as in multiplication.
 * Work 3mn flops, traffic 8mn + 4n bytes.
 */
import { flush_denormals } from "../math";

export function f32_square_by_column(
  m: u32, n: u32, alpha: f32, w: usize, ldw: u32, c: usize, s: usize, lds: u32,
): void {
  assert(ldw >= n && lds >= n);
  assert(((w | c | s) & 3) == 0);
  const quads = (<usize>(n & ~3)) << 2, end = (<usize>n) << 2;
  const factor = f32x4.splat(alpha);
  for (let i: u32 = 0; i < m; i++) {
    let at: usize = 0;
    for (; at < quads; at += 16) {
      v128.store(s + at, scaled(v128.load(w + at), v128.load(c + at), factor));
    }
    for (; at < end; at += 4) {
      const one = scaled(v128.load_zero<f32>(w + at), v128.load_zero<f32>(c + at), factor);
      v128.store_lane<f32>(s + at, one, 0);
    }
    w += (<usize>ldw) << 2;
    s += (<usize>lds) << 2;
  }
}

// @ts-ignore: decorator
@inline
function scaled(w: v128, c: v128, factor: v128): v128 {
  const square = flush_denormals(f32x4.mul(w, w));
  return flush_denormals(f32x4.mul(flush_denormals(f32x4.mul(square, c)), factor));
}
