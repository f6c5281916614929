import { f32_mask_apply as reference } from "../../src/reference/mask/apply.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_mask_apply", {
  sizes: [[32, 32], [300, 784]],
  arguments: (random, m, n) => {
    const ldm = Math.ceil(n / 32);
    return [m, n, random.uniform(m * n), n, random.bits(m * ldm), ldm];
  },
  output: 2,
  flops: () => 0,
  bytes: (m, n) => 8 * m * n,
  opponents: { reference },
});
