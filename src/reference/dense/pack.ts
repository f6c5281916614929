/** Plain twins of assembly/dense/pack.ts. */
import { paddedBatch, panelIndex } from "./panels.js";

function kept(mask: Uint32Array | 0, ldm: number, row: number, column: number): boolean {
  return !mask || ((mask[row * ldm + (column >> 5)] >>> (column & 31)) & 1) === 1;
}

export function f32_pack_a(
  m: number,
  k: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array | 0,
  ldm: number,
  packed: Float32Array,
): void {
  packed.fill(0);
  for (let i = 0; i < m; i++)
    for (let kk = 0; kk < k; kk++)
      if (kept(mask, ldm, i, kk)) packed[(i - (i % 4)) * k + kk * 4 + (i % 4)] = a[i * lda + kk];
}

export function f32_pack_a_transposed(
  m: number,
  k: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array | 0,
  ldm: number,
  packed: Float32Array,
): void {
  packed.fill(0);
  for (let i = 0; i < m; i++)
    for (let kk = 0; kk < k; kk++)
      if (kept(mask, ldm, kk, i)) packed[(i - (i % 4)) * k + kk * 4 + (i % 4)] = a[kk * lda + i];
}

export function f32_pack_a_panels(m: number, batch: number, y: Float32Array, packed: Float32Array): void {
  const padded = paddedBatch(batch);
  packed.fill(0);
  for (let i = 0; i < m; i++)
    for (let s = 0; s < padded; s++)
      packed[(i - (i % 4)) * padded + s * 4 + (i % 4)] = y[panelIndex(m, batch, i, s)];
}
