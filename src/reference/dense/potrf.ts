/** Plain twin of assembly/dense/potrf.ts. */
import type { Reals } from "./reals.js";

function potrf(n: number, a: Reals, lda: number, _scratch: Uint8Array): number {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * lda + j];
      for (let c = 0; c < j; c++) sum -= a[i * lda + c] * a[j * lda + c];
      if (j < i) a[i * lda + j] = sum / a[j * lda + j];
      else if (sum > 0) a[i * lda + i] = Math.sqrt(sum);
      else return i + 1;
    }
  }
  for (let i = 0; i < n; i++) a.fill(0, i * lda + i + 1, i * lda + n);
  return 0;
}

export const f32_potrf = potrf;
export const f64_potrf = potrf;
