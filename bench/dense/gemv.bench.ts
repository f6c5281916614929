import { f32_gemv, f32_gemv_packed, f32_gemv_transposed } from "../../src/reference/dense/gemv.js";
import { kernelBench } from "../harness.js";

const flops = (m: number, n: number) => 2 * m * n;
const bytes = (m: number, n: number) => 4 * (m * n + m + n);
const sizes: [number, number][] = [[64, 64], [300, 784], [1024, 1024]];

kernelBench("f32_gemv", {
  sizes,
  arguments: (random, m, n) => [
    m, n, random.uniform(m * n), n, random.uniform(n), new Float32Array(m), 0, 0,
  ],
  flops,
  bytes,
  opponents: { reference: f32_gemv },
});

kernelBench("f32_gemv_transposed", {
  sizes,
  arguments: (random, m, n) => [m, n, random.uniform(m * n), n, random.uniform(m), new Float32Array(n), 0],
  flops,
  bytes,
  opponents: { reference: f32_gemv_transposed },
});

kernelBench("f32_gemv_packed", {
  sizes,
  arguments: (random, m, k) => [m, k, random.uniform(m * k), random.uniform(k), new Float32Array(m), 0, 0],
  flops,
  bytes,
  opponents: { reference: f32_gemv_packed },
});
