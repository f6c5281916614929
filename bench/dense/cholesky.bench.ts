import { f64_add_f32 } from "../../src/reference/dense/accumulate.js";
import { f64_potrf } from "../../src/reference/dense/potrf.js";
import { f64_potri } from "../../src/reference/dense/potri.js";
import { f64_trsm, f64_trsm_transposed, f64_trtri } from "../../src/reference/dense/trsm.js";
import { lowerTriangle, PRECISIONS, positiveDefinite } from "../../test/dense/triangles.js";
import { kernelBench } from "../harness.js";

/** With +0 above the diagonal, where positiveDefinite and lowerTriangle have NaN. */
const lower = (a: Float64Array, n: number) =>
  a.map((value, at) => (at % n > Math.floor(at / n) ? 0 : value));

for (const { prefix, Reals } of PRECISIONS) {
  const bytes = Reals.BYTES_PER_ELEMENT;
  const trsmScratch = () => new Uint8Array(8320 + 20480 * bytes);
  kernelBench(`${prefix}_potrf`, {
    sizes: [[64], [784]],
    arguments: (random, n) => [
      ...[n, new Reals(lower(positiveDefinite(random, n, n), n)), n],
      new Uint8Array(64 * bytes * (n + 8) + 128),
    ],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => 64 * n,
    opponents: { reference: f64_potrf },
  });
  kernelBench(`${prefix}_trtri`, {
    sizes: [[64], [784]],
    arguments: (random, n) => [n, new Reals(lower(lowerTriangle(random, n, n), n)), n, trsmScratch()],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => 64 * n,
    opponents: { reference: f64_trtri },
  });
  kernelBench(`${prefix}_potri`, {
    sizes: [[64], [784]],
    arguments: (random, n) => [n, new Reals(lower(lowerTriangle(random, n, n), n)), n, trsmScratch()],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => n + 2,
    opponents: { reference: f64_potri },
  });
  for (const [form, reference] of [
    ["trsm", f64_trsm],
    ["trsm_transposed", f64_trsm_transposed],
  ] as const) {
    kernelBench(`${prefix}_${form}`, {
      sizes: [
        [64, 16],
        [784, 300],
      ],
      arguments: (random, n, m) => {
        const l = new Reals(lower(lowerTriangle(random, n, n), n));
        const b = new Reals(n * m);
        b.set(random.uniform(n * m));
        return [n, m, l, n, b, m, trsmScratch()];
      },
      output: 4,
      restore: [4],
      flops: (n, m) => n * n * m,
      bytes: (n, m) => bytes * (n * n + 2 * n * m),
      terms: (n) => 64 * n,
      opponents: { reference },
    });
  }
}

kernelBench("f64_add_f32", {
  sizes: [[4096], [614656]],
  arguments: (random, n) => [n, random.uniform(n), new Float64Array(n)],
  restore: [2],
  flops: (n) => n,
  bytes: (n) => 20 * n,
  opponents: { reference: f64_add_f32 },
});
