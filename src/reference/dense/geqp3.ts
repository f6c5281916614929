/** Plain twin of assembly/dense/geqp3.ts: it sums up each norm anew. */
import { makeReflector, reflect } from "./reflectors.js";

export function f64_geqp3(
  m: number,
  n: number,
  a: Float64Array,
  lda: number,
  tolerance: number,
  pivots: Uint32Array,
  tau: Float64Array,
  _scratch: Uint8Array,
): number {
  for (let j = 0; j < n; j++) pivots[j] = j;
  let threshold = 0;
  for (let k = 0; k < Math.min(m, n); k++) {
    const column = (j: number, first = k) => a.subarray(j * lda + first, j * lda + m);
    let best = k;
    for (let j = k; j < n; j++) if (norm(column(j)) > norm(column(best))) best = j;
    if (k === 0) threshold = tolerance * norm(column(best));
    if (!(norm(column(best)) > threshold)) return k;
    const values = column(k, 0).slice();
    column(k, 0).set(column(best, 0));
    column(best, 0).set(values);
    [pivots[k], pivots[best]] = [pivots[best], pivots[k]];
    tau[k] = makeReflector(column(k));
    for (let j = k + 1; j < n; j++) reflect(column(k), tau[k], column(j));
  }
  return Math.min(m, n);
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
}
