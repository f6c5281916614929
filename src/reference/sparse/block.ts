/** Plain twins of assembly/sparse/block.ts. Sums in f64; the kernels' rounding is judged against them. */
import { panelWidth } from "../dense/panels.js";

const ACCUMULATE = 1;
const RELU = 2;

export function f32_spmm_block_4x1(
  m: number,
  batch: number,
  n: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let s = 0; s < batch; s += 32) {
    const width = panelWidth(batch - s);
    const [from, to] = [x.subarray(s * n), y.subarray(s * m)];
    for (let i = 0; i < m; i++)
      for (let c = 0; c < width; c++) {
        let sum = startOf(flags, to[i * width + c], bias, i);
        for (let p = row_starts[i >> 2]; p < row_starts[(i >> 2) + 1]; p++)
          sum += values[4 * p + (i & 3)] * from[columns[p] * width + c];
        to[i * width + c] = flags & RELU && sum < 0 ? 0 : sum;
      }
  }
}

export function f32_spmm_block_1x4(
  m: number,
  batch: number,
  n: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  for (let s = 0; s < batch; s += 32) {
    const width = panelWidth(batch - s);
    const [from, to] = [x.subarray(s * n), y.subarray(s * m)];
    for (let i = 0; i < m; i++)
      for (let c = 0; c < width; c++) {
        let sum = startOf(flags, to[i * width + c], bias, i);
        for (let p = row_starts[i]; p < row_starts[i + 1]; p++)
          for (let j = 4 * columns[p]; j < Math.min(n, 4 * columns[p] + 4); j++)
            sum += values[4 * p + (j & 3)] * from[j * width + c];
        to[i * width + c] = flags & RELU && sum < 0 ? 0 : sum;
      }
  }
}

export function f32_spmv_block_4x1(
  m: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  f32_spmm_block_4x1(m, 1, x.length, row_starts, columns, values, x, y, bias, flags);
}

export function f32_spmv_block_1x4(
  m: number,
  n: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  bias: Float32Array | 0,
  flags: number,
): void {
  f32_spmm_block_1x4(m, 1, n, row_starts, columns, values, x, y, bias, flags);
}

export function f32_block_reorder(
  count: number,
  order: Uint32Array,
  values: Float32Array,
  out: Float32Array,
): void {
  for (let i = 0; i < 4 * count; i++) out[i] = values[4 * order[i >> 2] + (i & 3)];
}

function startOf(flags: number, y: number, bias: Float32Array | 0, i: number): number {
  return flags & ACCUMULATE ? y : bias ? bias[i] : 0;
}
