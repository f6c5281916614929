/** Operands of the tests of Cholesky factors, solves and inverses, in either precision. */
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { UNIT_F32, UNIT_F64 } from "../harness/tolerance.js";

/** Around a tile, a strip, a block of rows and a block of terms. */
export const SIZES = [...new Set([...edges(4), ...edges(8), ...edges(64)])];

/** The precisions of kernels: their arrays and unit roundoffs. */
export const F32 = { Reals: Float32Array, unit: UNIT_F32 } as const;
export const F64 = { Reals: Float64Array, unit: UNIT_F64 } as const;

/** AAᵀ/n + I, n × n: eigenvalues from 1 to about 3; NaN above the diagonal and between the rows. */
export function positiveDefinite(random: Random, n: number, lda: number): Float64Array {
  const a = random.uniform(n * n);
  const h = new Float64Array(n * lda).fill(Number.NaN);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += (a[i * n + k] * a[j * n + k]) / n;
      h[i * lda + j] = sum;
    }
  }
  return h;
}

/** A lower triangle whose inverse has small elements; NaN above the diagonal and between the rows. */
export function lowerTriangle(random: Random, n: number, ldl: number): Float64Array {
  const l = new Float64Array(n * ldl).fill(Number.NaN);
  for (let i = 0; i < n; i++) {
    const row = random.uniform(i + 1);
    for (let j = 0; j < i; j++) l[i * ldl + j] = row[j] / n;
    l[i * ldl + i] = 1.5 + row[i] / 2;
  }
  return l;
}

/** A square matrix with +0 above the diagonal. */
export function withZerosAbove(a: Float64Array, n: number): Float64Array {
  return a.map((value, at) => (at % n > Math.floor(at / n) ? 0 : value));
}
