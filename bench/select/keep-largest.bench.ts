import { f32_keep_largest as reference } from "../../src/reference/select/keep-largest.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_keep_largest", {
  sizes: [[32, 32], [784, 300]],
  arguments: (random, features, batch) => {
    const [n, words] = [features * batch, Math.ceil(batch / 32) * features];
    const ldm = Math.ceil(features / 32);
    return [
      features, batch, random.uniform(words * 32), new Uint32Array(words), new Uint32Array(batch * ldm), ldm,
      Math.round(0.3 * n), 0.65, 0.75, new Uint32Array(2), new Uint32Array(words + 2 * n),
    ];
  },
  output: 4,
  restore: [3, 4],
  flops: () => 0,
  bytes: (features, batch) => 4 * features * batch,
  opponents: { reference },
});
