/** Plain twin of assembly/train/relu-gradient.ts; same bits. */
export function f32_relu_gradient(n: number, a: Float32Array, d: Float32Array): void {
  for (let i = 0; i < n; i++) if (!(a[i] > 0)) d[i] = 0;
}
