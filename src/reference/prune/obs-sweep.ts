/** Plain twin of assembly/prune/obs-sweep.ts: a downdate after every removal, in f64. */

/** Index of element (i, j), j ≤ i, among the strips of 8 columns of a lower triangle. */
function at(i: number, j: number, padded: number): number {
  const strip = j >> 3;
  return 8 * strip * (padded - 4 - 4 * strip) + 8 * i + (j & 7);
}

export function f32_obs_pack(n: number, h: Float64Array, ldh: number, packed: Float32Array): void {
  const padded = (n + 7) & ~7;
  for (let j = 0; j < padded; j++) {
    for (let i = j & ~7; i < padded; i++) {
      packed[at(i, j, padded)] = i < n && j < n ? h[i * ldh + j] : 0;
    }
  }
}

export function f32_obs_sweep(
  n: number,
  h: Float32Array,
  diagonal: Float32Array,
  weights: Float32Array,
  unit: number,
  group: number,
  quota: number,
  order: Uint32Array,
  loss: Float32Array,
  _scratch: Uint8Array,
): number {
  const padded = (n + 7) & ~7;
  const inverse = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => h[at(Math.max(i, j), Math.min(i, j), padded)]),
  );
  const w = Float64Array.from(weights);
  const isAlive = new Uint8Array(n).fill(1);
  const given = new Uint32Array(n);
  let found = 0;
  for (;;) {
    let [least, first] = [Infinity, -1];
    for (let q = 0; q < n; q += unit) {
      if (!isAlive[q] || (group && given[Math.floor(q / group)] >= quota)) continue;
      const cost = removalCost(inverse, w, q, unit);
      if (cost < least) [least, first] = [cost, q];
    }
    if (first < 0) return found;
    order[found] = first;
    loss[found++] = least / 2;
    if (group) given[Math.floor(first / group)]++;
    for (let q = first; q < first + unit; q++) remove(inverse, w, isAlive, diagonal, q);
  }
}

/** Takes weight q out: the others move as its loss wants it, the inverse becomes that of what is left. */
function remove(
  inverse: Float64Array[],
  w: Float64Array,
  isAlive: Uint8Array,
  diagonal: Float32Array,
  q: number,
): void {
  const column = inverse[q].slice();
  const step = w[q] / column[q];
  isAlive[q] = 0;
  for (let i = 0; i < w.length; i++) {
    w[i] = isAlive[i] ? w[i] - step * column[i] : 0;
    for (let j = 0; j < w.length; j++) inverse[i][j] -= (column[i] * column[j]) / column[q];
    if (isAlive[i]) inverse[i][i] = Math.max(inverse[i][i], 1 / diagonal[i]);
  }
}

/** w_B ([H⁻¹]_BB)⁻¹ w_Bᵀ by elimination. */
function removalCost(inverse: Float64Array[], w: Float64Array, first: number, unit: number): number {
  const a = Array.from({ length: unit }, (_, i) => [
    ...inverse[first + i].subarray(first, first + unit),
    w[first + i],
  ]);
  let cost = 0;
  for (let k = 0; k < unit; k++) {
    cost += a[k][unit] ** 2 / a[k][k];
    for (let i = k + 1; i < unit; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j <= unit; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return cost;
}
