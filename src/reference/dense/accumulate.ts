/** Plain twin of assembly/dense/accumulate.ts. */
export function f64_add_f32(count: number, x: Float32Array, y: Float64Array): void {
  for (let i = 0; i < count; i++) y[i] += x[i];
}
