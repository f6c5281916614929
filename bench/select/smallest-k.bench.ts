import { f32_select_smallest_k as reference } from "../../src/reference/select/smallest-k.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_select_smallest_k", {
  sizes: [[32, 32], [300, 784]],
  arguments: (random, m, n) => {
    const ldm = Math.ceil(n / 32);
    const mask = new Uint32Array(m * ldm).fill(0xffffffff);
    if (n % 32) for (let i = 1; i <= m; i++) mask[i * ldm - 1] >>>= 32 - (n % 32);
    return [m, n, random.uniform(m * n, 0, 1), n, mask, ldm, Math.round(0.2 * m * n), new Uint32Array(2048)];
  },
  output: 4,
  restore: [4],
  flops: () => 0,
  bytes: (m, n) => 16 * m * n,
  opponents: { reference },
});
