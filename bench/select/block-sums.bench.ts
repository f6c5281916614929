import { f32_block_sums as reference } from "../../src/reference/select/block-sums.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_block_sums", {
  sizes: [[32, 32], [300, 784]],
  arguments: (random, m, n) => {
    const ldm = Math.ceil(n / 32);
    return [m, n, random.uniform(m * n), n, random.bits(m * ldm), ldm, 4, new Float32Array((m * n) / 4)];
  },
  flops: (m, n) => m * n,
  bytes: (m, n) => 4 * m * n,
  opponents: { reference },
});
