import { f64_geqp3 } from "../../src/reference/dense/geqp3.js";
import { columns } from "../../test/dense/columns.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_geqp3", {
  sizes: [[48], [300]],
  arguments: (random, n) => [
    ...[n, n, columns(random, n, n, n), n, 0, new Uint32Array(n)],
    new Float64Array(n),
    new Uint8Array(16 * n),
  ],
  output: 2,
  restore: [2],
  flops: (n) => (4 * n ** 3) / 3,
  bytes: (n) => 16 * n * n,
  terms: (n) => 256 * n,
  opponents: { reference: f64_geqp3 },
});
