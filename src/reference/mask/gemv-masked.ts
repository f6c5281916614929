/** Plain twin of assembly/mask/gemv-masked.ts. Sums in f64; the kernel's rounding is judged against it. */
export function f32_gemv_masked(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  x: Float32Array,
  y: Float32Array,
): void {
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const kept = (mask[i * ldm + (j >> 5)] >>> (j & 31)) & 1;
      sum += (kept ? a[i * lda + j] : 0) * x[j];
    }
    y[i] = sum;
  }
}
