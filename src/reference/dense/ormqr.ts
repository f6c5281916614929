/** Plain twins of assembly/dense/ormqr.ts. */
import { reflect } from "./reflectors.js";

/** The kernels' arguments. */
type Operands = [
  m: number,
  n: number,
  k: number,
  a: Float64Array,
  lda: number,
  tau: Float64Array,
  c: Float64Array,
  ldc: number,
  scratch: Uint8Array,
];

export function f64_ormqr(...operands: Operands): void {
  for (let i = operands[2] - 1; i >= 0; i--) reflectAll(i, operands);
}

export function f64_ormqr_transposed(...operands: Operands): void {
  for (let i = 0; i < operands[2]; i++) reflectAll(i, operands);
}

function reflectAll(i: number, [m, n, , a, lda, tau, c, ldc]: Operands): void {
  const v = a.subarray(i * lda + i, i * lda + m);
  for (let j = 0; j < n; j++) reflect(v, tau[i], c.subarray(j * ldc + i, j * ldc + m));
}
