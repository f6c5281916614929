/** Plain twins of assembly/sparse/block-pack.ts. */

function kept(mask: Uint32Array, ldm: number, row: number, column: number): boolean {
  return ((mask[row * ldm + (column >> 5)] >>> (column & 31)) & 1) === 1;
}

/** Positions of a block's four weights, row and column; those beyond m × n are left out. */
function weightsOf(m: number, n: number, height: number, r: number, c: number): [number, number, number][] {
  const all = [0, 1, 2, 3].map((k): [number, number, number] =>
    height === 4 ? [4 * r + k, c, k] : [r, 4 * c + k, k],
  );
  return all.filter(([i, j]) => i < m && j < n);
}

/** Blocks with a kept weight, by block row: what counting and packing agree on. */
function* blocksOf(m: number, n: number, height: number, mask: Uint32Array, ldm: number) {
  const [rows, columns] = height === 4 ? [Math.ceil(m / 4), n] : [m, Math.ceil(n / 4)];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const weights = weightsOf(m, n, height, r, c);
      if (weights.some(([i, j]) => kept(mask, ldm, i, j))) yield { r, c, weights };
    }
}

function rowStarts(
  m: number,
  n: number,
  height: number,
  mask: Uint32Array,
  ldm: number,
  row_starts: Uint32Array,
): number {
  let count = 0;
  row_starts.fill(0);
  for (const { r } of blocksOf(m, n, height, mask, ldm)) {
    row_starts[r + 1]++;
    count++;
  }
  for (let r = 1; r < row_starts.length; r++) row_starts[r] += row_starts[r - 1];
  return count;
}

function pack(
  m: number,
  n: number,
  height: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  columns: Uint32Array,
  values: Float32Array,
): void {
  let p = 0;
  for (const { c, weights } of blocksOf(m, n, height, mask, ldm)) {
    columns[p] = c;
    values.fill(0, 4 * p, 4 * p + 4);
    for (const [i, j, k] of weights) if (kept(mask, ldm, i, j)) values[4 * p + k] = a[i * lda + j];
    p++;
  }
}

export function block_4x1_row_starts(
  m: number,
  n: number,
  mask: Uint32Array,
  ldm: number,
  row_starts: Uint32Array,
): number {
  return rowStarts(m, n, 4, mask, ldm, row_starts);
}

export function block_1x4_row_starts(
  m: number,
  n: number,
  mask: Uint32Array,
  ldm: number,
  row_starts: Uint32Array,
): number {
  return rowStarts(m, n, 1, mask, ldm, row_starts);
}

export function f32_block_4x1_pack(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  columns: Uint32Array,
  values: Float32Array,
): void {
  pack(m, n, 4, a, lda, mask, ldm, columns, values);
}

export function f32_block_1x4_pack(
  m: number,
  n: number,
  a: Float32Array,
  lda: number,
  mask: Uint32Array,
  ldm: number,
  columns: Uint32Array,
  values: Float32Array,
): void {
  pack(m, n, 1, a, lda, mask, ldm, columns, values);
}

export function f32_block_4x1_scatter(
  m: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  a: Float32Array,
  lda: number,
): void {
  for (let r = 0; r < Math.ceil(m / 4); r++)
    for (let p = row_starts[r]; p < row_starts[r + 1]; p++)
      for (const [i, j, k] of weightsOf(m, lda, 4, r, columns[p])) a[i * lda + j] = values[4 * p + k];
}

export function f32_block_1x4_scatter(
  m: number,
  n: number,
  row_starts: Uint32Array,
  columns: Uint32Array,
  values: Float32Array,
  a: Float32Array,
  lda: number,
): void {
  for (let r = 0; r < m; r++)
    for (let p = row_starts[r]; p < row_starts[r + 1]; p++)
      for (const [i, j, k] of weightsOf(m, n, 1, r, columns[p])) a[i * lda + j] = values[4 * p + k];
}
