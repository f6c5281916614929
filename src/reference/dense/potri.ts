/** Plain twin of assembly/dense/potri.ts. */
import type { Reals } from "./reals.js";

function potri(n: number, a: Reals, lda: number, _scratch: Uint8Array): void {
  const factor = a.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += factor[k * lda + i] * factor[k * lda + j];
      a[i * lda + j] = a[j * lda + i] = sum;
    }
  }
}

export const f32_potri = potri;
export const f64_potri = potri;
