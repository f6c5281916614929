import { f32_gru_cell, f32_lstm_cell } from "../../src/reference/planes/recurrent.js";
import { kernelBench } from "../harness.js";

const sizes: [number][] = [[64], [256]];

kernelBench("f32_lstm_cell", {
  sizes,
  arguments: (random, n) => [
    n, random.uniform(4 * n), random.uniform(n), new Float32Array(n), new Float32Array(n), new Float32Array(n),
  ],
  flops: (n) => 4 * n,
  bytes: (n) => 32 * n,
  opponents: { reference: f32_lstm_cell },
});

kernelBench("f32_gru_cell", {
  sizes,
  arguments: (random, n) => [
    n, random.uniform(3 * n), random.uniform(n), random.uniform(n), new Float32Array(n), new Float32Array(n),
  ],
  flops: (n) => 5 * n,
  bytes: (n) => 28 * n,
  opponents: { reference: f32_gru_cell },
});
