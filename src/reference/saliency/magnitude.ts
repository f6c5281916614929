/** Plain twin of assembly/saliency/magnitude.ts; same bits. */
export function f32_abs(n: number, w: Float32Array, s: Float32Array): void {
  for (let i = 0; i < n; i++) s[i] = Math.abs(w[i]);
}
