import { f32_planes_copy, f32_planes_fill } from "../../src/reference/planes/copy.js";
import { kernelBench } from "../harness.js";

/** Channels, positions; whether channels lie side by side in x. */
const sizes: [number, number, number][] = [[16, 196, 1], [64, 3136, 1], [64, 3136, 0], [3, 50176, 1]];

kernelBench("f32_planes_copy", {
  sizes,
  arguments: (random, c, n, isTransposed) => {
    const steps = isTransposed ? [4, 4 * c] : [4 * n, 4];
    return [1, 1, c, n, random.uniform(c * n), 0, 0, ...steps, new Float32Array(c * n), 0, 0, 4 * n, 4];
  },
  flops: () => 0,
  bytes: (c, n) => 8 * c * n,
  opponents: { reference: f32_planes_copy },
  output: 9,
});

kernelBench("f32_planes_fill", {
  sizes: [[16, 196], [16, 3136]],
  arguments: (_, rows, n) => [rows, n, new Float32Array(rows * n), 4 * n, 1],
  flops: () => 0,
  bytes: (rows, n) => 4 * rows * n,
  opponents: { reference: f32_planes_fill },
});
