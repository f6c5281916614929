/** Plain twins of assembly/dense/gemm.ts. Sums in f64; the rounding of the kernels is judged against them. */
import { paddedBatch, panelIndex, panelWidth } from "./panels.js";

const ACCUMULATE = 1;
const RELU = 2;

/** Element (i, k) of a matrix packed in panels of 4 rows, `length` columns each. */
function packedAt(packed: Float32Array, length: number, i: number, k: number): number {
  return packed[(i - (i % 4)) * length + k * 4 + (i % 4)];
}

function finish(sum: number, flags: number): number {
  return flags & RELU && sum < 0 ? 0 : sum;
}

export function f32_gemm(
  m: number,
  n: number,
  k: number,
  packed: Float32Array,
  b: Float32Array,
  ldb: number,
  c: Float32Array,
  ldc: number,
  bias: Float32Array | 0,
  flags: number,
  _scratch?: unknown,
): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = flags & ACCUMULATE ? c[i * ldc + j] : bias ? bias[i] : 0;
      for (let kk = 0; kk < k; kk++) sum += packedAt(packed, k, i, kk) * b[kk * ldb + j];
      c[i * ldc + j] = finish(sum, flags);
    }
}

export function f32_gemm_panels(
  m: number,
  batch: number,
  k: number,
  packed: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
  scratch?: unknown,
): void {
  for (let s = 0; s < batch; s += 32) {
    const width = panelWidth(batch - s);
    const from = x.subarray(s * k);
    f32_gemm(m, width, k, packed, from, width, y.subarray(s * m), width, bias, flags, scratch);
  }
}

export function f32_gemm_panels_transposed(
  m: number,
  n: number,
  batch: number,
  packed: Float32Array,
  x: Float32Array,
  c: Float32Array,
  ldc: number,
  flags: number,
  _scratch?: unknown,
): void {
  const padded = paddedBatch(batch);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = flags & ACCUMULATE ? c[i * ldc + j] : 0;
      for (let s = 0; s < batch; s++) sum += packedAt(packed, padded, i, s) * x[panelIndex(n, batch, j, s)];
      c[i * ldc + j] = sum;
    }
}
