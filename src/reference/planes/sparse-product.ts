/** Plain twin of assembly/planes/sparse-product.ts. */
import { f32_planes_windows } from "./windows.js";

export function f32_planes_spmm(
  m: number,
  positions: number,
  rowStarts: Uint32Array,
  offsets: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  y: Float32Array,
  yStride: number,
  bias: Float32Array | 0,
  residual: Float32Array | 0,
  rStride: number,
  low: number,
  high: number,
): void {
  const operands = [
    rowStarts,
    offsets,
    values,
    x,
    0,
    y,
    yStride,
    bias,
    residual,
    rStride,
    low,
    high,
  ] as const;
  f32_planes_windows(m, 1, positions, ...operands);
}
