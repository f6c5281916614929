import { f64_geqrf } from "../../src/reference/dense/geqrf.js";
import { f64_ormqr, f64_ormqr_transposed } from "../../src/reference/dense/ormqr.js";
import { columns, scratchBytes } from "../../test/dense/columns.js";
import { kernelBench } from "../harness.js";

for (const [name, reference] of [
  ["f64_ormqr", f64_ormqr],
  ["f64_ormqr_transposed", f64_ormqr_transposed],
] as const) {
  kernelBench(name, {
    sizes: [
      [64, 10, 48],
      [2000, 10, 500],
    ],
    arguments: (random, m, n, k) => {
      const [a, tau] = [columns(random, m, k, m), new Float64Array(k)];
      f64_geqrf(m, k, a, m, tau, new Uint8Array(0));
      const c = Float64Array.from(random.uniform(m * n));
      return [m, n, k, a, m, tau, c, m, new Uint8Array(scratchBytes(n))];
    },
    output: 6,
    restore: [6],
    flops: (m, n, k) => 2 * n * k * (2 * m - k),
    bytes: (m, n, k) => 8 * m * (k + 2 * n),
    terms: (m, _n, k) => 64 * (m + k),
    opponents: { reference },
  });
}
