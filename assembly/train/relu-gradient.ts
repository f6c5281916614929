/**
 * d := d ⊙ [a > 0]: carries a gradient back through ReLU, in place, f32.
 *
 *   a   n   what ReLU gave
 *   d   n   the gradient of a on entry, of ReLU's input on return; +0 where a ≤ 0 or a is NaN
 *
 * Element-wise, so any layout does. Pointers 4-byte aligned, no overlap. Traffic 12n bytes.
 */
export function f32_relu_gradient(n: u32, a: usize, d: usize): void {
  assert(((a | d) & 3) == 0);
  const zero = f32x4.splat(0);
  const end = (<usize>(n & ~3)) << 2;
  let at: usize = 0;
  for (; at < end; at += 16) {
    v128.store(d + at, v128.and(v128.load(d + at), f32x4.gt(v128.load(a + at), zero)));
  }
  for (; at < (<usize>n) << 2; at += 4) {
    if (!(load<f32>(a + at) > 0)) store<f32>(d + at, 0);
  }
}
