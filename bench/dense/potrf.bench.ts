import { f64_potrf } from "../../src/reference/dense/potrf.js";
import { F32, F64, positiveDefinite, withZerosAbove } from "../../test/dense/triangles.js";
import { kernelBench } from "../harness.js";

for (const { name, Reals } of [
  { name: "f32_potrf", ...F32 },
  { name: "f64_potrf", ...F64 },
] as const) {
  const bytes = Reals.BYTES_PER_ELEMENT;
  kernelBench(name, {
    sizes: [[64], [784]],
    arguments: (random, n) => [
      ...[n, new Reals(withZerosAbove(positiveDefinite(random, n, n), n)), n],
      new Uint8Array(64 * bytes * (n + 8) + 128),
    ],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => 64 * n,
    opponents: { reference: f64_potrf },
  });
}
