import { f32_gemm, f32_gemm_panels, f32_gemm_panels_transposed } from "../../src/reference/dense/gemm.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { kernelBench } from "../harness.js";

const SCRATCH = 32896 / 4;
const packedLength = (m: number, k: number) => Math.ceil(m / 4) * 4 * k;

kernelBench("f32_gemm", {
  sizes: [[16, 16, 16], [64, 64, 64], [384, 384, 384]],
  arguments: (random, m, n, k) => {
    const [a, b] = [random.uniform(packedLength(m, k)), random.uniform(k * n)];
    return [m, n, k, a, b, n, new Float32Array(m * n), n, 0, 0, new Float32Array(SCRATCH)];
  },
  output: 6,
  flops: (m, n, k) => 2 * m * n * k,
  bytes: (m, n, k) => 4 * (m * k + k * n + m * n),
  opponents: { reference: f32_gemm },
});

kernelBench("f32_gemm_panels", {
  sizes: [[10, 60, 16], [100, 60, 300], [300, 60, 784]], // outputs, batch, inputs
  arguments: (random, m, batch, k) => {
    const padded = paddedBatch(batch);
    const [a, x] = [random.uniform(packedLength(m, k)), random.uniform(k * padded)];
    return [m, batch, k, a, x, new Float32Array(m * padded), 0, 0, new Float32Array(SCRATCH)];
  },
  output: 5,
  flops: (m, batch, k) => 2 * m * batch * k,
  bytes: (m, batch, k) => 4 * (m * k + k * batch + m * batch),
  opponents: { reference: f32_gemm_panels },
});

kernelBench("f32_gemm_panels_transposed", {
  sizes: [[10, 16, 60], [100, 300, 60], [300, 784, 60]], // outputs, inputs, batch
  arguments: (random, m, n, batch) => {
    const padded = paddedBatch(batch);
    const [a, x] = [random.uniform(packedLength(m, padded)), random.uniform(n * padded)];
    return [m, n, batch, a, x, new Float32Array(m * n), n, 0, new Float32Array(SCRATCH)];
  },
  output: 5,
  flops: (m, n, batch) => 2 * m * n * batch,
  bytes: (m, n, batch) => 4 * (m * batch + batch * n + m * n),
  opponents: { reference: f32_gemm_panels_transposed },
});
