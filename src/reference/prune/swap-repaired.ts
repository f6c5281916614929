/** Plain twin of assembly/prune/swap-repaired.ts: sweeps of the whole matrix, with the vector as one more column. */
export function f64_swap_repaired(
  n: number,
  m: Float64Array,
  ldm: number,
  isInverse: number,
  weights: Float64Array,
  state: Uint8Array,
  group: number,
  limit: number,
  errors: Float64Array,
  _scratch: Uint8Array,
): number {
  const rows = Array.from({ length: n }, (_, i) => {
    const row = m.slice(i * ldm, i * ldm + n);
    return [...row, isInverse ? weights[i] : row.reduce((sum, x, k) => sum + x * weights[k], 0)];
  });
  const isActive = (i: number) => (state[i] === 1) !== Boolean(isInverse);
  for (let k = 0; k < n; k++) if (isActive(k) && !sweep(rows, k)) return -1 - k;
  const measure = () => weights.reduce((sum, w, i) => sum + (state[i] === 1 ? 0 : w * rows[i][n]), 0);
  let error = measure();
  errors[0] = error;
  let count = 0;
  while (count < limit) {
    const [i, j] = bestSwap(n, rows, state, group, -(2 ** -40) * error);
    if (i < 0) break;
    sweep(rows, i);
    sweep(rows, j);
    [state[i], state[j]] = [1, 0];
    count++;
    const before = error;
    error = measure();
    if (!(error < before)) break;
  }
  errors[1] = measure();
  for (let i = 0; i < n; i++) weights[i] = state[i] === 1 ? rows[i][n] : 0;
  return count;
}

/** Sweeps column k in, or out when it is; false where its pivot is not positive. */
function sweep(rows: number[][], k: number): boolean {
  const pivot = rows[k][k];
  if (!(pivot > 0)) return false;
  rows[k] = rows[k].map((value, j) => (j === k ? 1 : value) / pivot);
  rows.forEach((row, i) => {
    if (i === k) return;
    const factor = row[k];
    row[k] = 0;
    rows[k].forEach((value, j) => {
      row[j] -= factor * value;
    });
  });
  return true;
}

/** The pruned i and kept j whose change of error is least and below `best`; −1 for both where there are none. */
function bestSwap(
  n: number,
  rows: number[][],
  state: Uint8Array,
  group: number,
  best: number,
): [number, number] {
  let found: [number, number] = [-1, -1];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (state[i] !== 0 || state[j] !== 1) continue;
      if (group && Math.floor(i / group) !== Math.floor(j / group)) continue;
      const [r, c, weight, p, b] = [rows[i][n], rows[i][i], rows[j][n], rows[j][j], rows[j][i]];
      const change = (c * weight * weight - p * r * r - 2 * b * weight * r) / (c * p + b * b);
      if (change >= best) continue;
      best = change;
      found = [i, j];
    }
  }
  return found;
}
