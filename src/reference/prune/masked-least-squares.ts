/** Plain twin of assembly/prune/masked-least-squares.ts: Gauss–Jordan elimination in f64. */
export function f64_masked_least_squares(
  n: number,
  a: Float64Array,
  lda: number,
  inverted: number,
  mask: Uint32Array,
  w: Float32Array,
  out: Float32Array,
  _scratch: Uint8Array,
): number {
  const isKept = (j: number) => ((mask[j >> 5] >>> (j & 31)) & 1) === 1;
  const columns = [...Array(n).keys()];
  const places = columns.filter((j) => isKept(j) !== (inverted !== 0));
  const pruned = columns.filter((j) => !isKept(j));
  const right = (i: number) => (inverted ? w[i] : pruned.reduce((sum, s) => sum + a[s * lda + i] * w[s], 0));
  const system = places.map((i) => [...places.map((j) => a[i * lda + j]), right(i)]);
  const k = places.length;
  for (let p = 0; p < k; p++) {
    if (!(system[p][p] > 0)) return p + 1;
    for (let i = p + 1; i < k; i++) {
      const factor = system[i][p] / system[p][p];
      for (let j = p; j <= k; j++) system[i][j] -= factor * system[p][j];
    }
  }
  for (let p = k - 1; p >= 0; p--) {
    system[p][k] /= system[p][p];
    for (let i = 0; i < p; i++) system[i][k] -= system[i][p] * system[p][k];
  }
  const moved = Float64Array.from(w);
  places.forEach((place, i) => {
    if (!inverted) moved[place] += system[i][k];
    else for (const j of columns) moved[j] -= a[place * lda + j] * system[i][k];
  });
  for (const j of columns) out[j] = isKept(j) ? moved[j] : 0;
  return 0;
}
