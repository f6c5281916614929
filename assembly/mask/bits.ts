/**
 * out := a ∧ b        bit masks, and
 * count(a)            number of bits set
 *
 *   a, b, out   words   contiguous u32
 *
 * Pointers are in bytes, 4-byte aligned; out may be a or b, and else overlaps them nowhere.
 * Padding bits are counted like any other: masks keep them 0.
 * Memory-bound: 12 bytes a word for the product, 4 for the count.
 */
export function u32_mask_and(words: u32, a: usize, b: usize, out: usize): void {
  assert(((a | b | out) & 3) == 0);
  const vector_end = words & ~3;
  for (let i: u32 = 0; i < vector_end; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(out + at, v128.and(v128.load(a + at), v128.load(b + at)));
  }
  for (let i = vector_end; i < words; i++) {
    const at = (<usize>i) << 2;
    store<u32>(out + at, load<u32>(a + at) & load<u32>(b + at));
  }
}

export function u32_mask_count(words: u32, a: usize): u32 {
  assert((a & 3) == 0);
  const vector_end = words & ~3;
  let counts = i32x4.splat(0);
  for (let i: u32 = 0; i < vector_end; i += 4) {
    const of_bytes = i8x16.popcnt(v128.load(a + ((<usize>i) << 2)));
    const of_halves = i16x8.extadd_pairwise_i8x16_u(of_bytes);
    counts = i32x4.add(counts, i32x4.extadd_pairwise_i16x8_u(of_halves));
  }
  let count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1)
    + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (let i = vector_end; i < words; i++) count += popcnt<u32>(load<u32>(a + ((<usize>i) << 2)));
  return count;
}
