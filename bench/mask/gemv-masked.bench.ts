import { f32_gemv_masked as reference } from "../../src/reference/mask/gemv-masked.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_gemv_masked", {
  sizes: [[64, 64], [512, 512], [2048, 2048]], // L1, L2, memory
  arguments: (random, m, n) => {
    const ldm = Math.ceil(n / 32);
    const mask = random.bits(m * ldm);
    return [m, n, random.uniform(m * n), n, mask, ldm, random.uniform(n), new Float32Array(m)];
  },
  flops: (m, n) => 2 * m * n,
  bytes: (m, n) => 4 * m * n + (m * n) / 8 + 4 * (m + n),
  opponents: { reference },
});
