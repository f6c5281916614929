/** Plain twins of assembly/dense/trsm.ts. */
import type { Reals } from "./reals.js";

function trsm(
  n: number,
  m: number,
  l: Reals,
  ldl: number,
  b: Reals,
  ldb: number,
  _scratch: Uint8Array,
): void {
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++) {
      let sum = b[i * ldb + j];
      for (let c = 0; c < i; c++) sum -= l[i * ldl + c] * b[c * ldb + j];
      b[i * ldb + j] = sum / l[i * ldl + i];
    }
  }
}

function trsmTransposed(
  n: number,
  m: number,
  l: Reals,
  ldl: number,
  b: Reals,
  ldb: number,
  _scratch: Uint8Array,
): void {
  for (let j = 0; j < m; j++) {
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i * ldb + j];
      for (let c = i + 1; c < n; c++) sum -= l[c * ldl + i] * b[c * ldb + j];
      b[i * ldb + j] = sum / l[i * ldl + i];
    }
  }
}

function trtri(n: number, l: Reals, ldl: number, scratch: Uint8Array): void {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  trsm(n, n, l, ldl, inverse, n, scratch);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) l[i * ldl + j] = j > i ? 0 : inverse[i * n + j];
  }
}

export const f32_trsm = trsm;
export const f64_trsm = trsm;
export const f32_trsm_transposed = trsmTransposed;
export const f64_trsm_transposed = trsmTransposed;
export const f32_trtri = trtri;
export const f64_trtri = trtri;
