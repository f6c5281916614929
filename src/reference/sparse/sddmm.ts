/** Plain twins of assembly/sparse/sddmm.ts. Sums in f64; the kernels' rounding is judged against them. */
import { panelIndex } from "../dense/panels.js";
import type { Indices } from "./csr.js";

export function f32_sddmm_csr_u16(
  m: number,
  batch: number,
  n: number,
  row_starts: Uint32Array,
  columns: Indices,
  dy: Float32Array,
  x: Float32Array,
  g: Float32Array,
  flags: number,
): void {
  for (let i = 0; i < m; i++)
    for (let p = row_starts[i]; p < row_starts[i + 1]; p++) {
      let sum = flags & 1 ? g[p] : 0;
      for (let s = 0; s < batch; s++) {
        sum += dy[panelIndex(m, batch, i, s)] * x[panelIndex(n, batch, columns[p], s)];
      }
      g[p] = sum;
    }
}

export const f32_sddmm_csr_u32 = f32_sddmm_csr_u16;
