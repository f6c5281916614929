import { expect, test } from "vitest";
import { f64_geqp3 as reference } from "../../src/reference/dense/geqp3.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { UNIT_F64 } from "../harness/tolerance.js";
import { variants } from "../harness/variants.js";
import { SHAPES } from "./columns.js";

/** m × n column-major, columns of norms that fall by a third in an order of their own: no two pivots are near. */
function graded(random: Random, m: number, n: number, lda: number): Float64Array {
  const a = new Float64Array(lda * n).fill(NaN);
  for (let j = 0; j < n; j++) {
    const size = 0.7 ** ((j * 5) % n);
    a.set(random.uniform(m, -size, size), j * lda);
  }
  return a;
}

const args = (m: number, n: number, a: Float64Array, lda: number, tolerance = 0): Argument[] => [
  ...[m, n, a, lda, tolerance, new Uint32Array(n).fill(99)], new Float64Array(Math.min(m, n)), new Uint8Array(16 * n),
];

kernelTest("f64_geqp3", reference, {
  *cases(random) {
    for (const [m, n] of SHAPES.filter(([m, n]) => m <= 65 && n <= 34)) {
      const lda = m + ((m + n) % 3);
      yield args(m, n, graded(random, m, n, lda), lda);
      yield args(m, n, graded(random, m, n, lda), lda, 1e-2);
    }
    // Norms that are near each other: the order of the pivots hangs on how they are kept.
    for (const [m, n] of [[33, 20], [20, 33], [30, 30]]) yield args(m, n, Float64Array.from(random.uniform(m * n)), m);
  },
  output: [2, 5, 6],
  scratch: [7],
  returns: true,
  unit: UNIT_F64,
  terms: ([m, n]) => 64 * ((m as number) + (n as number)),
  magnitude: (all, output) => (all[output] as Float64Array).map(() => 64),
  special: {
    "all zero: rank 0": () => args(4, 3, new Float64Array(12), 4),
    "a tolerance of 1 stops at once": () => args(2, 2, Float64Array.of(1, 2, 3, 4), 2, 1),
    "the first of equal columns": () => args(2, 3, Float64Array.of(0, 1, 0, 2, 2, 0), 2),
    "NaN everywhere: rank 0": () => args(2, 1, Float64Array.of(NaN, 1), 2),
  },
  traps: { "lda < m": args(9, 2, new Float64Array(18), 8) },
});

const accepted = variants.filter((variant) => variant.accepted);
test.each(accepted)("the rank of products, the diagonal falling ($name)", (variant) => {
  const core = variant.open();
  const random = new Random(5);
  for (const [m, n, rank] of [[40, 40, 7], [60, 35, 34], [35, 60, 1]]) {
    const [left, right] = [random.uniform(m * rank), random.uniform(n * rank)];
    const a = Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let l = 0; l < rank; l++) sum += left[(at % m) * rank + l] * right[Math.floor(at / m) * rank + l];
      return sum;
    });
    const all = args(m, n, a.slice(), m, 1e-13);
    expect(core.call("f64_geqp3", all)).toBe(rank);
    const factored = all[2] as Float64Array;
    const diagonal = Array.from({ length: rank }, (_, i) => Math.abs(factored[i * m + i]));
    for (let i = 1; i < rank; i++) expect(diagonal[i]).toBeLessThanOrEqual(diagonal[i - 1] * (1 + 1e-12));
    expect([...(all[5] as Uint32Array)].sort((x, y) => x - y)).toEqual([...Array(n).keys()]);
  }
});
