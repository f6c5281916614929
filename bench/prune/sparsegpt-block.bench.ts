import { f32_sparsegpt_block } from "../../src/reference/prune/sparsegpt-block.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_sparsegpt_block", {
  sizes: [
    [32, 32],
    [768, 128],
    [3072, 128],
  ],
  arguments: (random, m, n) => {
    const u = random.uniform(n * n, -1 / n, 1 / n);
    for (let i = 0; i < n; i++) u[i * (n + 1)] = 1;
    const [words, mask] = [n / 32, random.bits((m * n) / 32)];
    const scratch = new Uint8Array(128 * (2 * n + words + 10));
    const outputs = [new Float32Array(m * n), new Float64Array(m), scratch] as const;
    return [m, n, random.uniform(m * n), n, u, n, mask, words, 0, 0, ...outputs];
  },
  output: 10,
  restore: [2],
  flops: (m, n) => m * n * n,
  bytes: (m, n) => 12 * m * n,
  opponents: { reference: f32_sparsegpt_block },
});
