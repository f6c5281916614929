import { f64_potri } from "../../src/reference/dense/potri.js";
import { F32, F64, lowerTriangle, withZerosAbove } from "../../test/dense/triangles.js";
import { kernelBench } from "../harness.js";

for (const { name, Reals } of [
  { name: "f32_potri", ...F32 },
  { name: "f64_potri", ...F64 },
] as const) {
  const bytes = Reals.BYTES_PER_ELEMENT;
  kernelBench(name, {
    sizes: [[64], [784]],
    arguments: (random, n) => [
      ...[n, new Reals(withZerosAbove(lowerTriangle(random, n, n), n)), n],
      new Uint8Array(8320 + 16384 * bytes),
    ],
    output: 1,
    restore: [1],
    flops: (n) => n ** 3 / 3,
    bytes: (n) => bytes * n * n,
    terms: (n) => n + 2,
    opponents: { reference: f64_potri },
  });
}
