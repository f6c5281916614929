import {
  f32_random_normal,
  f32_random_signs,
  f32_random_uniform,
  u32_random_bits,
  u32_random_permutation,
} from "../src/reference/random.js";
import { kernelBench } from "./harness.js";

kernelBench("u32_random_bits", {
  sizes: [[1000], [100_000]],
  arguments: (_, n) => [n, 1, 2, 3, 4, new Uint32Array(n)],
  flops: (n) => 10 * n,
  bytes: (n) => 4 * n,
  opponents: { reference: u32_random_bits },
});

kernelBench("f32_random_uniform", {
  sizes: [[1000], [100_000]],
  arguments: (_, n) => [n, -1, 1, 1, 2, 3, 4, new Float32Array(n)],
  flops: (n) => 12 * n,
  bytes: (n) => 4 * n,
  opponents: { reference: f32_random_uniform },
});

kernelBench("f32_random_normal", {
  sizes: [[1000], [100_000]],
  arguments: (_, n) => [n, 0, 1, 1, 2, 3, 4, new Float32Array(n)],
  flops: (n) => 60 * n,
  bytes: (n) => 4 * n,
  opponents: { reference: f32_random_normal },
});

kernelBench("f32_random_signs", {
  sizes: [[1000], [100_000]],
  arguments: (_, n) => [n, 0.5, 1, 2, 3, 4, new Float32Array(n)],
  flops: (n) => 1 * n,
  bytes: (n) => 4 * n,
  opponents: { reference: f32_random_signs },
});

kernelBench("u32_random_permutation", {
  sizes: [[1000], [100_000]],
  arguments: (_, n) => [n, 1, 2, 3, 4, new Uint32Array(n)],
  flops: (n) => 15 * n,
  bytes: (n) => 4 * n,
  opponents: { reference: u32_random_permutation },
});
