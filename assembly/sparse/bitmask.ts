/**
 * Bit mask and values, the form in which sparse matrices are stored: 1 bit a weight and 4 bytes a kept
 * weight.
 *
 *   a        m × n row-major, leading dimension lda ≥ n (f32 elements)
 *   mask     m × n, bit (j & 31) of word (j >> 5) of a row, leading dimension ldm (u32 words); 1 = kept
 *   values   the kept weights, row after row
 *
 * Bits beyond column n are not looked at. NaN and Inf are copied. Pointers 4-byte aligned, no overlap.
 * Work O(m·n / 32 + kept), unpacking O(m·n).
 */

/** values := the kept elements of a; returns their number. */
export function f32_bitmask_pack(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, values: usize,
): u32 {
  assert(lda >= n && ldm >= (n + 31) >> 5);
  assert(((a | mask | values) & 3) == 0);
  const start = values;
  for (let i: u32 = 0; i < m; i++) {
    for (let word: u32 = 0; word < n; word += 32) {
      for (let bits = kept_bits(mask, word, n); bits; bits &= bits - 1) {
        store<f32>(values, load<f32>(a + ((<usize>(word + ctz(bits))) << 2)));
        values += 4;
      }
    }
    a += (<usize>lda) << 2;
    mask += (<usize>ldm) << 2;
  }
  return <u32>((values - start) >> 2);
}

/** a := values where kept, +0 elsewhere; returns the number of values used. */
export function f32_bitmask_unpack(
  m: u32, n: u32, mask: usize, ldm: u32, values: usize, a: usize, lda: u32,
): u32 {
  assert(lda >= n && ldm >= (n + 31) >> 5);
  assert(((a | mask | values) & 3) == 0);
  const start = values;
  for (let i: u32 = 0; i < m; i++) {
    memory.fill(a, 0, (<usize>n) << 2);
    for (let word: u32 = 0; word < n; word += 32) {
      for (let bits = kept_bits(mask, word, n); bits; bits &= bits - 1) {
        store<f32>(a + ((<usize>(word + ctz(bits))) << 2), load<f32>(values));
        values += 4;
      }
    }
    a += (<usize>lda) << 2;
    mask += (<usize>ldm) << 2;
  }
  return <u32>((values - start) >> 2);
}

/** The mask word of columns j … j + 31; none beyond n. */
// @ts-ignore: decorator
@inline
function kept_bits(row: usize, j: u32, n: u32): u32 {
  const bits = load<u32>(row + ((<usize>j) >> 3));
  return n - j < 32 ? bits & ((1 << (n - j)) - 1) : bits;
}
