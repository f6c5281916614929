import { f32_exp, f64_cos_sin_turns, f64_log } from "../src/reference/math.js";
import { kernelBench } from "./harness.js";

kernelBench("f32_exp", {
  sizes: [[1024], [65_536]],
  arguments: (random, n) => [n, random.uniform(n, -20, 20), new Float32Array(n)],
  flops: (n) => 20 * n,
  bytes: (n) => 8 * n,
  opponents: { reference: f32_exp },
});

kernelBench("f64_log", {
  sizes: [[1024], [65_536]],
  arguments: (random, n) => [n, Float64Array.from(random.uniform(n, 0.001, 100)), new Float64Array(n)],
  flops: (n) => 25 * n,
  bytes: (n) => 16 * n,
  opponents: { reference: f64_log },
});

kernelBench("f64_cos_sin_turns", {
  sizes: [[1024], [65_536]],
  arguments: (random, n) => [n, random.uniform(n, -3, 3), new Float64Array(2 * n)],
  flops: (n) => 40 * n,
  bytes: (n) => 20 * n,
  opponents: { reference: f64_cos_sin_turns },
});
