/** Plain twin of assembly/dense/quadratic-form.ts. */
export function f64_quadratic_forms(
  m: number,
  n: number,
  d: Float32Array,
  ldd: number,
  h: Float64Array,
  ldh: number,
  q: Float64Array,
  _scratch: Float64Array,
): void {
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) {
      let product = 0;
      for (let j = 0; j < n; j++) product += h[k * ldh + j] * d[i * ldd + j];
      sum += d[i * ldd + k] * product;
    }
    q[i] = sum;
  }
}
