/**
 * A := A ⊙ M        in place, f32
 *
 *   a     m × n   row-major, leading dimension lda ≥ n            (f32 elements)
 *   mask  m × n   one bit per weight, 1 = kept; column j of a row is bit (j & 31) of
 *                 word (j >> 5); leading dimension ldm ≥ ⌈n / 32⌉    (u32 words)
 *
 * Pointers are in bytes, 4-byte aligned; a does not overlap mask.
 * A pruned weight becomes +0 whatever stood there, NaN and infinities too; a kept one keeps its bits.
 * Traffic 8mn + mn/8 bytes (memory-bound).
 */
import { lanes_of_bits } from "../simd";

export function f32_mask_apply(m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32): void {
  assert(lda >= n);
  assert(ldm >= (n + 31) >> 5);
  assert(((a | mask) & 3) == 0);

  const vector_end = n & ~3;
  for (let i: u32 = 0; i < m; i++) {
    const row = a + ((<usize>i * lda) << 2);
    const bits = mask + ((<usize>i * ldm) << 2);
    let word: u32 = 0;
    for (let j: u32 = 0; j < vector_end; j += 4) {
      word = j & 31 ? word >> 4 : load<u32>(bits + (j >> 3));
      const at = row + ((<usize>j) << 2);
      v128.store(at, v128.and(v128.load(at), lanes_of_bits(word)));
    }
    for (let j = vector_end; j < n; j++) {
      const kept = (load<u32>(bits + ((<usize>(j >> 5)) << 2)) >> (j & 31)) & 1;
      if (!kept) store<f32>(row + ((<usize>j) << 2), 0);
    }
  }
}
