/**
 * y := (A ⊙ M) x        masked matrix-vector product, f32
 *
 *   a     m × n   row-major, leading dimension lda ≥ n            (f32 elements)
 *   mask  m × n   one bit per weight, 1 = kept; column j of a row is bit (j & 31) of
 *                 word (j >> 5); leading dimension ldm ≥ ⌈n / 32⌉    (u32 words)
 *   x     n       contiguous
 *   y     m       contiguous, overwritten; may hold NaN on entry
 *
 * Pointers are in bytes, 4-byte aligned; y overlaps no other operand.
 * A pruned weight reads as +0 whatever is stored there: Inf or NaN under a 0 bit stays out of y.
 * Work 2mn flops, traffic 4mn + mn/8 bytes (0.49 flop/byte: memory-bound outside cache).
 */
import { f32_hsum, lanes_of_bits, madd } from "../simd";

export function f32_gemv_masked(
  m: u32, n: u32,
  a: usize, lda: u32,
  mask: usize, ldm: u32,
  x: usize,
  y: usize,
): void {
  assert(lda >= n);
  assert(ldm >= (n + 31) >> 5);
  assert(((a | mask | x | y) & 3) == 0);

  const vector_end = n & ~3;
  for (let i: u32 = 0; i < m; i++) {
    const row = a + ((<usize>i * lda) << 2);
    const bits = mask + ((<usize>i * ldm) << 2);

    let acc = f32x4.splat(0);
    for (let j: u32 = 0; j < vector_end; j += 4) {
      const at = (<usize>j) << 2;
      const kept = v128.and(v128.load(row + at), lanes_of_bits(bits_from(bits, j)));
      acc = madd<f32>(acc, kept, v128.load(x + at));
    }
    let sum = f32_hsum(acc);

    for (let j = vector_end; j < n; j++) {
      const at = (<usize>j) << 2;
      const kept = bits_from(bits, j) & 1 ? load<f32>(row + at) : 0;
      sum += kept * load<f32>(x + at);
    }
    store<f32>(y + ((<usize>i) << 2), sum);
  }
}

/** The mask word of column j, shifted so that bit 0 belongs to column j. */
// @ts-ignore: decorator
@inline
function bits_from(bits: usize, j: u32): u32 {
  return load<u32>(bits + ((<usize>(j >> 5)) << 2)) >> (j & 31);
}
