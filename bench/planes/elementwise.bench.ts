import { f32_planes_combine, f32_planes_map } from "../../src/reference/planes/elementwise.js";
import { kernelBench } from "../harness.js";

/** Functions, rows, elements a row: a clamp, a sigmoid, hard-swish, gelu. */
const maps: [number, number, number][] = [[8, 16, 196], [12, 16, 3136], [16, 16, 3136], [18, 16, 3136]];

kernelBench("f32_planes_map", {
  sizes: maps,
  arguments: (random, op, rows, n) => [
    op, rows, n, random.uniform(rows * n), 4 * n, new Float32Array(rows * n), 4 * n, 0, 0.5,
  ],
  flops: (_, rows, n) => rows * n,
  bytes: (_, rows, n) => 8 * rows * n,
  opponents: { reference: f32_planes_map },
  terms: () => 16,
});

/** Functions, rows, elements a row. */
const combinations: [number, number, number][] = [[0, 16, 196], [2, 16, 3136]];

kernelBench("f32_planes_combine", {
  sizes: combinations,
  arguments: (random, op, rows, n) => [
    op, rows, n, random.uniform(rows * n), 4 * n, 4, random.uniform(rows), 4, 0, new Float32Array(rows * n), 4 * n,
  ],
  flops: (_, rows, n) => rows * n,
  bytes: (_, rows, n) => 8 * rows * n,
  opponents: { reference: f32_planes_combine },
  terms: () => 1,
});
