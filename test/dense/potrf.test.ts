import { describe, expect, test } from "vitest";
import { f64_potrf as reference } from "../../src/reference/dense/potrf.js";
import { f64_potri } from "../../src/reference/dense/potri.js";
import { f64_trtri } from "../../src/reference/dense/trsm.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { F32, F64, positiveDefinite, SIZES } from "./triangles.js";

for (const { name, Reals, unit } of [
  { name: "f32_potrf", ...F32 },
  { name: "f64_potrf", ...F64 },
] as const) {
  const scratch = (n: number) => new Uint8Array(64 * Reals.BYTES_PER_ELEMENT * (n + 8) + 128);
  const args = (random: Random, n: number, lda = n): Argument[] => {
    const a = positiveDefinite(random, n, lda);
    for (let i = 0; i < n; i++) a.fill(0, i * lda + n, (i + 1) * lda);
    return [n, new Reals(a), lda, scratch(n)];
  };
  const withPivot = (i: number, value: number) => (random: Random) => {
    const all = args(random, 70);
    (all[1] as Float64Array)[i * 71] = value;
    return all;
  };

  kernelTest(name, reference, {
    *cases(random) {
      for (const n of SIZES) for (const pad of [0, 3]) yield args(random, n, n + pad);
    },
    output: 1,
    scratch: [3],
    returns: true,
    unit,
    // |A − LLᵀ| ≤ γ |L||L|ᵀ; the factor of a matrix with a condition of 3 is as near.
    terms: ([n]) => (n as number) + 2,
    magnitude: ([, a]) => (a as Float32Array).map(() => 8),
    traps: { "lda < n": [9, new Reals(81), 8, scratch(9)] },
  });

  describe(name, () => {
    test("the twin tells the pivot that is not positive", () => {
      const info = (make: (random: Random) => Argument[]) => {
        const [n, a, lda, space] = make(new Random(5));
        return reference(n as number, a as Float64Array, lda as number, space as Uint8Array);
      };
      expect(info(withPivot(0, 0))).toBe(1);
      expect(info(withPivot(69, -1))).toBe(70);
      expect(info(withPivot(66, Number.NaN))).toBe(67);
    });
  });

  kernelTest(name, (...all: Parameters<typeof reference>) => reference(...all), {
    *cases(random) {
      for (const i of [0, 3, 63, 64, 69]) for (const value of [0, -1, NaN]) yield withPivot(i, value)(random);
    },
    output: [],
    scratch: [1, 3],
    returns: true,
  });
}

test("the twins' inverse times the matrix is the identity", () => {
  const n = 9;
  const a = positiveDefinite(new Random(11), n, n);
  const inverse = a.slice();
  const scratch = new Uint8Array(0);
  expect(reference(n, inverse, n, scratch)).toBe(0);
  f64_trtri(n, inverse, n, scratch);
  f64_potri(n, inverse, n, scratch);
  const full = (i: number, j: number) => a[Math.max(i, j) * n + Math.min(i, j)];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += full(i, k) * inverse[k * n + j];
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  }
});
