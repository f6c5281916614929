/** Plain twin of assembly/select/block-sums.ts; same bits. */
export function f32_block_sums(
  m: number,
  n: number,
  scores: Float32Array,
  lds: number,
  mask: Uint32Array,
  ldm: number,
  block: number,
  sums: Float32Array,
): void {
  for (let i = 0; i < m; i++) {
    for (let first = 0; first < n; first += block) {
      let sum = 0;
      for (let j = first; j < first + block; j++) {
        const kept = (mask[i * ldm + (j >> 5)] >>> (j & 31)) & 1;
        if (kept) sum = Math.fround(sum + scores[i * lds + j]);
      }
      sums[(i * n + first) / block] = sum;
    }
  }
}
