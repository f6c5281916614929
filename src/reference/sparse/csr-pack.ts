/** Plain twins of assembly/sparse/csr-pack.ts. */
import type { Indices } from "./csr.js";

function kept(mask: Uint32Array, ldm: number, row: number, column: number): boolean {
  return ((mask[row * ldm + (column >> 5)] >>> (column & 31)) & 1) === 1;
}

export function csr_row_starts(
  m: number,
  first: number,
  last: number,
  start: number,
  mask: Uint32Array,
  ldm: number,
  row_starts: Uint32Array,
): number {
  row_starts[0] = start;
  for (let i = 0; i < m; i++) {
    for (let j = first; j < last; j++) if (kept(mask, ldm, i, j)) start++;
    row_starts[i + 1] = start;
  }
  return start;
}

export function f32_csr_pack_u16(
  m: number,
  first: number,
  last: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  row_starts: Uint32Array,
  columns: Indices,
  values: Float32Array,
): void {
  let p = row_starts[0];
  for (let i = 0; i < m; i++)
    for (let j = first; j < last; j++) {
      if (!kept(mask, ldm, i, j)) continue;
      columns[p] = j;
      values[p++] = a[i * lda + j];
    }
}

export function f32_csr_gather_values_u16(
  m: number,
  row_starts: Uint32Array,
  columns: Indices,
  a: Float32Array,
  lda: number,
  values: Float32Array,
): void {
  for (let i = 0; i < m; i++)
    for (let p = row_starts[i]; p < row_starts[i + 1]; p++) values[p] = a[i * lda + columns[p]];
}

export function f32_csr_scatter_values_u16(
  m: number,
  row_starts: Uint32Array,
  columns: Indices,
  values: Float32Array,
  a: Float32Array,
  lda: number,
): void {
  for (let i = 0; i < m; i++)
    for (let p = row_starts[i]; p < row_starts[i + 1]; p++) a[i * lda + columns[p]] = values[p];
}

export function csr_transpose_u16(
  m: number,
  n: number,
  blocks: number,
  row_starts: Uint32Array,
  columns: Indices,
  column_starts: Uint32Array,
  rows: Indices,
  order: Uint32Array,
): void {
  let to = 0;
  for (let j = 0; j < n; j++) {
    column_starts[j] = to;
    for (let row = 0; row < m * blocks; row++)
      for (let p = row_starts[row]; p < row_starts[row + 1]; p++) {
        if (columns[p] !== j) continue;
        rows[to] = row % m;
        order[to++] = p;
      }
  }
  column_starts[n] = to;
}

export function f32_csr_reorder(
  count: number,
  order: Uint32Array,
  values: Float32Array,
  out: Float32Array,
): void {
  for (let p = 0; p < count; p++) out[p] = values[order[p]];
}

export const f32_csr_pack_u32 = f32_csr_pack_u16;
export const f32_csr_gather_values_u32 = f32_csr_gather_values_u16;
export const f32_csr_scatter_values_u32 = f32_csr_scatter_values_u16;
export const csr_transpose_u32 = csr_transpose_u16;
