/**
 * s := |w|        magnitude as saliency, f32
 *
 *   w, s   n   contiguous, may be the same array; NaN stays NaN
 *
 * Pointers 4-byte aligned. Traffic 8n bytes.
 */
export function f32_abs(n: u32, w: usize, s: usize): void {
  assert(((w | s) & 3) == 0);
  const end = (<usize>(n & ~3)) << 2;
  let at: usize = 0;
  for (; at < end; at += 16) v128.store(s + at, f32x4.abs(v128.load(w + at)));
  for (; at < (<usize>n) << 2; at += 4) store<f32>(s + at, abs<f32>(load<f32>(w + at)));
}
