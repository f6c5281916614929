/** Plain twin of assembly/prune/sparsegpt-block.ts: row by row, every step rounded to f32. */
export function f32_sparsegpt_block(
  m: number,
  n: number,
  w: Float32Array,
  ldw: number,
  u: Float32Array,
  ldu: number,
  mask: Uint32Array,
  ldm: number,
  group: number,
  quota: number,
  errors: Float32Array,
  losses: Float64Array,
  _scratch: Uint8Array,
): void {
  const f = Math.fround;
  errors.fill(0, 0, 4 * Math.ceil(m / 4) * n);
  for (let r = 0; r < m; r++) {
    const row = w.subarray(r * ldw, r * ldw + n);
    const bits = mask.subarray(r * ldm, (r + 1) * ldm);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (group && i % group === 0) choose(row, bits, u, ldu, i, group, quota);
      if (isKept(bits, i)) continue;
      const error = f(row[i] / -u[i * ldu + i]);
      for (let j = i + 1; j < n; j++) row[j] = f(row[j] + f(error * u[i * ldu + j]));
      row[i] = 0;
      errors[4 * ((r >> 2) * n + i) + (r & 3)] = error;
      sum += error * error;
    }
    losses[r] += sum / 2;
  }
}

function isKept(bits: Uint32Array, j: number): boolean {
  return ((bits[j >> 5] >>> (j & 31)) & 1) === 1;
}

/** Prunes in one group of a row until `quota` weights of it are pruned. */
function choose(
  row: Float32Array,
  bits: Uint32Array,
  u: Float32Array,
  ldu: number,
  first: number,
  group: number,
  quota: number,
): void {
  const columns = Array.from({ length: group }, (_, c) => first + c);
  const kept = columns.filter((j) => isKept(bits, j));
  const score = (j: number) => Math.fround(Math.fround(row[j] / u[j * ldu + j]) ** 2);
  const count = Math.max(0, quota - (group - kept.length));
  // Sorting is stable: ties by lower column.
  for (const j of kept.sort((a, b) => score(a) - score(b)).slice(0, count)) bits[j >> 5] &= ~(1 << (j & 31));
}
