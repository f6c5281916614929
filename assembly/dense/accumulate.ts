/**
 * y += x, x in f32 and y in f64: sums of many parts that are each short enough for f32.
 *
 *   count  of elements
 *   x      f32, 4-byte aligned
 *   y      f64, 8-byte aligned
 *
 * NaN and Inf in either reach y. Traffic 20 bytes an element.
 */
export function f64_add_f32(count: u32, x: usize, y: usize): void {
  assert((x & 3) == 0 && (y & 7) == 0);
  const pairs = count & ~1;
  for (let i: u32 = 0; i < pairs; i += 2) {
    const at = y + ((<usize>i) << 3);
    v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(v128.load64_zero(x + ((<usize>i) << 2)))));
  }
  if (count & 1) {
    const at = y + ((<usize>pairs) << 3);
    store<f64>(at, load<f64>(at) + <f64>load<f32>(x + ((<usize>pairs) << 2)));
  }
}
