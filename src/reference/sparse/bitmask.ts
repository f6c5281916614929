/** Plain twins of assembly/sparse/bitmask.ts. */

function kept(mask: Uint32Array, ldm: number, row: number, column: number): boolean {
  return ((mask[row * ldm + (column >> 5)] >>> (column & 31)) & 1) === 1;
}

export function f32_bitmask_pack(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  values: Float32Array,
): number {
  let count = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) if (kept(mask, ldm, i, j)) values[count++] = a[i * lda + j];
  return count;
}

export function f32_bitmask_unpack(
  m: number,
  n: number,
  mask: Uint32Array,
  ldm: number,
  values: Float32Array,
  a: Float32Array,
  lda: number,
): number {
  let count = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) a[i * lda + j] = kept(mask, ldm, i, j) ? values[count++] : 0;
  return count;
}
