/** Plain twin of assembly/mask/apply.ts. */
export function f32_mask_apply(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const kept = (mask[i * ldm + (j >> 5)] >>> (j & 31)) & 1;
      if (!kept) a[i * lda + j] = 0;
    }
  }
}
