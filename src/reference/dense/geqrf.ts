/** Plain twin of assembly/dense/geqrf.ts. */
import { makeReflector, reflect } from "./reflectors.js";

export function f64_geqrf(
  m: number,
  n: number,
  a: Float64Array,
  lda: number,
  tau: Float64Array,
  _scratch: Uint8Array,
): void {
  for (let k = 0; k < Math.min(m, n); k++) {
    const column = (j: number) => a.subarray(j * lda + k, j * lda + m);
    tau[k] = makeReflector(column(k));
    for (let j = k + 1; j < n; j++) reflect(column(k), tau[k], column(j));
  }
}
