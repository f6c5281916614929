import { expect, test } from "vitest";
import { f64_geqrf as reference } from "../../src/reference/dense/geqrf.js";
import { f64_ormqr } from "../../src/reference/dense/ormqr.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { UNIT_F64 } from "../harness/tolerance.js";
import { columns, SHAPES, scratchBytes } from "./columns.js";

const args = (m: number, n: number, a: Float64Array, lda: number): Argument[] => [
  ...[m, n, a, lda], new Float64Array(Math.min(m, n)).fill(NaN), new Uint8Array(scratchBytes(n)),
];

kernelTest("f64_geqrf", reference, {
  *cases(random) {
    for (const [m, n] of SHAPES) {
      const lda = m + ((m + n) % 3);
      yield args(m, n, columns(random, m, n, lda), lda);
    }
  },
  output: [2, 4],
  scratch: [5],
  unit: UNIT_F64,
  // |E| ≤ γ ‖A‖ by columns, and a condition of 3: elements stay below 8.
  terms: ([m, n]) => 4 * ((m as number) + (n as number)) + 16,
  magnitude: (all, output) => (all[output] as Float64Array).map(() => 8),
  special: {
    "columns of zeros have no reflector": () => args(5, 3, new Float64Array(15), 5),
    "what is triangular already stays": () => args(3, 3, Float64Array.of(1, 0, 0, 2, -3, 0, 4, 5, 6), 3),
    "a pivot that is 0": () => args(3, 2, Float64Array.of(0, 3, 4, 1, 1, 1), 3),
    "NaN spreads": () => args(3, 2, Float64Array.of(1, NaN, 3, 4, 5, 6), 3),
  },
  traps: { "lda < m": args(9, 2, new Float64Array(18), 8) },
});

test.each([[7, 4], [4, 7], [5, 5]])("the twins' Q R is A, %i × %i, and Q keeps norms", (m, n) => {
  const a = columns(new Random(2), m, n, m);
  const [factored, tau] = [a.slice(), new Float64Array(Math.min(m, n))];
  const scratch = new Uint8Array(0);
  reference(m, n, factored, m, tau, scratch);
  const product = factored.map((value, at) => (at % m > Math.floor(at / m) ? 0 : value));
  f64_ormqr(m, n, tau.length, factored, m, tau, product, m, scratch);
  for (const [at, value] of product.entries()) expect(value).toBeCloseTo(a[at], 14);
  const unit = Float64Array.from({ length: m }, (_, i) => Number(i === m - 1));
  f64_ormqr(m, 1, tau.length, factored, m, tau, unit, m, scratch);
  expect(unit.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 14);
});
