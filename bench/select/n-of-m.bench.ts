import { f32_select_n_of_m as reference } from "../../src/reference/select/n-of-m.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_select_n_of_m", {
  sizes: [[32, 32], [300, 784]],
  arguments: (random, m, n) => {
    const ldm = Math.ceil(n / 32);
    const mask = new Uint32Array(m * ldm).fill(0xffffffff);
    return [m, n, random.uniform(m * n, 0, 1), n, mask, ldm, 2, 4];
  },
  output: 4,
  restore: [4],
  flops: () => 0,
  bytes: (m, n) => 12 * m * n,
  opponents: { reference },
});
