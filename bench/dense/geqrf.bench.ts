import { f64_geqrf } from "../../src/reference/dense/geqrf.js";
import { columns, scratchBytes } from "../../test/dense/columns.js";
import { kernelBench } from "../harness.js";

const flops = (m: number, n: number) => 2 * n * n * (m - n / 3);

kernelBench("f64_geqrf", {
  sizes: [
    [64, 48],
    [1000, 1000],
    [4000, 1000],
  ],
  arguments: (random, m, n) => [
    ...[m, n, columns(random, m, n, m), m],
    new Float64Array(n),
    new Uint8Array(scratchBytes(n)),
  ],
  output: 2,
  restore: [2],
  flops,
  bytes: (m, n) => 16 * m * n,
  terms: (m, n) => 64 * (m + n),
  opponents: { reference: f64_geqrf },
});
