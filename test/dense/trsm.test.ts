import { f64_trsm, f64_trsm_transposed, f64_trtri } from "../../src/reference/dense/trsm.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { F32, F64, lowerTriangle, SIZES } from "./triangles.js";

for (const { solve, solveTransposed, invert, Reals, unit } of [
  { solve: "f32_trsm", solveTransposed: "f32_trsm_transposed", invert: "f32_trtri", ...F32 },
  { solve: "f64_trsm", solveTransposed: "f64_trsm_transposed", invert: "f64_trtri", ...F64 },
] as const) {
  const scratch = () => new Uint8Array(8320 + 20480 * Reals.BYTES_PER_ELEMENT);
  const args = (random: Random, n: number, m: number, pad: number): Argument[] => {
    const [ldl, ldb] = [n + pad, m + 2 * pad];
    const b = new Reals(n * ldb);
    b.set(random.uniform(n * ldb));
    return [n, m, new Reals(lowerTriangle(random, n, ldl)), ldl, b, ldb, scratch()];
  };

  for (const [name, twin] of [
    [solve, f64_trsm],
    [solveTransposed, f64_trsm_transposed],
  ] as const) {
    kernelTest(name, twin, {
      *cases(random) {
        for (const n of SIZES) for (const m of [0, 1, 9]) yield args(random, n, m, n % 2);
        for (const m of edges(8)) yield args(random, 67, m, 3);
        yield args(random, 325, 5, 1);
      },
      output: 4,
      scratch: [6],
      unit,
      // The solution stays below 2; each of its elements sums up to n products of at most that.
      terms: ([n]) => 2 * (n as number) + 4,
      magnitude: (all) => (all[4] as Float32Array).map(() => 4),
      traps: {
        "ldl < n": [9, 1, new Reals(81), 8, new Reals(9), 1, scratch()],
        "ldb < m": [9, 2, new Reals(81), 9, new Reals(18), 1, scratch()],
      },
    });
  }

  kernelTest(invert, f64_trtri, {
    *cases(random) {
      for (const n of [...SIZES, 325]) {
        for (const pad of n === 325 ? [1] : [0, 3]) {
          const l = lowerTriangle(random, n, n + pad);
          for (let i = 0; i < n; i++) l.fill(0, i * (n + pad) + n, (i + 1) * (n + pad));
          yield [n, new Reals(l), n + pad, scratch()];
        }
      }
    },
    output: 1,
    scratch: [3],
    unit,
    terms: ([n]) => 2 * (n as number) + 4,
    magnitude: (all) => (all[1] as Float32Array).map(() => 4),
    traps: { "ldl < n": [9, new Reals(81), 8, scratch()] },
  });
}
