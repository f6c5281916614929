import { f32_panels_from_rows, paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_bias_gradient as reference } from "../../src/reference/train/bias-gradient.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";


kernelTest("f32_bias_gradient", reference, {
  *cases(random) {
    for (const features of edges(1))
      for (const batch of [...edges(4), ...edges(32), 60]) {
        const dy = new Float32Array(features * paddedBatch(batch));
        f32_panels_from_rows(features, batch, random.uniform(features * batch), features, dy);
        yield [features, batch, dy, new Float32Array(features).fill(NaN)];
      }
  },
  output: 3,
  terms: ([, batch]) => Number(batch),
  special: {
    "Inf and NaN go through": () => [2, 2, Float32Array.of(Infinity, 1, 0, 0, NaN, 1, 0, 0), new Float32Array(2)],
  },
  traps: { "db not aligned": [1, 1, new Float32Array(1), 2] },
});
