import { f64_trsm, f64_trsm_transposed, f64_trtri } from "../../src/reference/dense/trsm.js";
import { F32, F64, lowerTriangle, withZerosAbove } from "../../test/dense/triangles.js";
import { kernelBench } from "../harness.js";

for (const { solve, solveTransposed, invert, Reals } of [
  { solve: "f32_trsm", solveTransposed: "f32_trsm_transposed", invert: "f32_trtri", ...F32 },
  { solve: "f64_trsm", solveTransposed: "f64_trsm_transposed", invert: "f64_trtri", ...F64 },
] as const) {
  const bytes = Reals.BYTES_PER_ELEMENT;
  const scratch = () => new Uint8Array(8320 + 20480 * bytes);
  for (const [name, reference] of [
    [solve, f64_trsm],
    [solveTransposed, f64_trsm_transposed],
  ] as const) {
    kernelBench(name, {
      sizes: [
        [64, 16],
        [784, 300],
      ],
      arguments: (random, n, m) => {
        const l = new Reals(withZerosAbove(lowerTriangle(random, n, n), n));
        const b = new Reals(n * m);
        b.set(random.uniform(n * m));
        return [n, m, l, n, b, m, scratch()];
      },
      output: 4,
      restore: [4],
      flops: (n, m) => n * n * m,
      bytes: (n, m) => bytes * (n * n + 2 * n * m),
      terms: (n) => 64 * n,
      opponents: { reference },
    });
  }
  kernelBench(invert, {
    sizes: [[64], [784]],
    arguments: (random, n) => [n, new Reals(withZerosAbove(lowerTriangle(random, n, n), n)), n, scratch()],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => 64 * n,
    opponents: { reference: f64_trtri },
  });
}
