import { f32_planes_normalize, f32_planes_reduce, f32_planes_softmax } from "../../src/reference/planes/rows.js";
import { kernelBench } from "../harness.js";

/** Rows, elements a row. */
const sizes: [number, number][] = [[16, 49], [64, 3136], [40, 6625]];

kernelBench("f32_planes_reduce", {
  sizes,
  arguments: (random, rows, n) => [0, rows, n, random.uniform(rows * n), 4 * n, 4, new Float32Array(rows), 4, n],
  flops: (rows, n) => rows * n,
  bytes: (rows, n) => 4 * rows * n,
  opponents: { reference: f32_planes_reduce },
  terms: () => 2,
});

kernelBench("f32_planes_softmax", {
  sizes,
  arguments: (random, rows, n) => [rows, n, random.uniform(rows * n), 4 * n, 4, new Float32Array(rows * n), 4 * n, 4],
  flops: (rows, n) => rows * n,
  bytes: (rows, n) => 8 * rows * n,
  opponents: { reference: f32_planes_softmax },
  terms: (_, n) => n + 8,
});

kernelBench("f32_planes_normalize", {
  sizes,
  arguments: (random, rows, n) => [
    rows, n, random.uniform(rows * n), 4 * n, new Float32Array(rows * n), 4 * n, random.uniform(n), random.uniform(n),
    0, 4, 1e-5,
  ],
  flops: (rows, n) => 6 * rows * n,
  bytes: (rows, n) => 8 * rows * n,
  opponents: { reference: f32_planes_normalize },
  output: 4,
  terms: () => 64,
});
