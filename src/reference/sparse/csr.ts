/** Plain twins of assembly/sparse/csr.ts. Sums in f64; the rounding of the kernels is judged against them. */
import { panelWidth } from "../dense/panels.js";

const ACCUMULATE = 1;
const RELU = 2;

/** Column or row numbers of the entries: 16 bits where they fit. */
export type Indices = Uint16Array | Uint32Array;

export function f32_spmv_csr_u16(
  m: number,
  row_starts: Uint32Array,
  columns: Indices,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  product(m, 1, row_starts, columns, values, x, y, bias, flags);
}

export function f32_spmm_csr_u16(
  m: number,
  batch: number,
  n: number,
  row_starts: Uint32Array,
  columns: Indices,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let s = 0; s < batch; s += 32) {
    const width = panelWidth(batch - s);
    product(m, width, row_starts, columns, values, x.subarray(s * n), y.subarray(s * m), bias, flags);
  }
}

export const f32_spmv_csr_u32 = f32_spmv_csr_u16;
export const f32_spmm_csr_u32 = f32_spmm_csr_u16;

/** One panel: x and y have `width` samples. */
function product(
  m: number,
  width: number,
  row_starts: Uint32Array,
  columns: Indices,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let i = 0; i < m; i++)
    for (let s = 0; s < width; s++) {
      let sum = flags & ACCUMULATE ? y[i * width + s] : bias ? bias[i] : 0;
      for (let p = row_starts[i]; p < row_starts[i + 1]; p++) sum += values[p] * x[columns[p] * width + s];
      y[i * width + s] = flags & RELU && sum < 0 ? 0 : sum;
    }
}
