/** Plain twins of assembly/dense/gemv.ts. Sums in f64; the rounding of the kernels is judged against them. */

const ACCUMULATE = 1;
const RELU = 2;

export function f32_gemv(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let i = 0; i < m; i++) {
    let sum = flags & ACCUMULATE ? y[i] : bias ? bias[i] : 0;
    for (let j = 0; j < n; j++) sum += a[i * lda + j] * x[j];
    y[i] = flags & RELU && sum < 0 ? 0 : sum;
  }
}

export function f32_gemv_transposed(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  x: Float32Array,
  y: Float32Array,
  flags: number,
): void {
  for (let j = 0; j < n; j++) {
    let sum = flags & ACCUMULATE ? y[j] : 0;
    for (let i = 0; i < m; i++) sum += a[i * lda + j] * x[i];
    y[j] = sum;
  }
}

export function f32_gemv_packed(
  m: number,
  k: number,
  packed: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let i = 0; i < m; i++) {
    let sum = flags & ACCUMULATE ? y[i] : bias ? bias[i] : 0;
    for (let kk = 0; kk < k; kk++) sum += packed[(i - (i % 4)) * k + kk * 4 + (i % 4)] * x[kk];
    y[i] = flags & RELU && sum < 0 ? 0 : sum;
  }
}
