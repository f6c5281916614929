/**
 * sums_ib := Σ scores_ij over the kept weights j of block b        the saliency of whole blocks, f32
 *
 *   scores   m × n   row-major, leading dimension lds ≥ n                          (f32 elements)
 *   mask     m × n   one bit per weight, 1 = kept; column j of a row is bit (j & 31) of word (j >> 5);
 *                    leading dimension ldm ≥ ⌈n / 32⌉ (u32 words)
 *   block    columns of a block; n is a multiple of it
 *   sums     m × n / block, contiguous, overwritten; +0 where nothing is kept
 *
 * Pointers are in bytes, 4-byte aligned, no overlap. Scores under pruned bits are not looked at. Each sum runs from the
 * left, in f32. Traffic 4mn bytes.
 */
export function f32_block_sums(
  m: u32, n: u32, scores: usize, lds: u32, mask: usize, ldm: u32, block: u32, sums: usize,
): void {
  assert(lds >= n);
  assert(ldm >= (n + 31) >> 5);
  assert(block > 0 && n % block == 0);
  assert(((scores | mask | sums) & 3) == 0);
  for (let i: u32 = 0; i < m; i++) {
    const row = scores + ((<usize>i * lds) << 2), bits = mask + ((<usize>i * ldm) << 2);
    for (let first: u32 = 0; first < n; first += block) {
      let sum: f32 = 0;
      for (let j = first; j < first + block; j++) {
        const kept = (load<u32>(bits + ((<usize>(j >> 5)) << 2)) >> (j & 31)) & 1;
        sum += reinterpret<f32>(load<u32>(row + ((<usize>j) << 2)) & (0 - kept));
      }
      store<f32>(sums, sum);
      sums += 4;
    }
  }
}
