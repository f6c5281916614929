import { f32_relu_gradient as reference } from "../../src/reference/train/relu-gradient.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

kernelTest("f32_relu_gradient", reference, {
  *cases(random) {
    for (const n of edges(4)) yield [n, random.uniform(n), random.uniform(n)];
  },
  output: 2,
  special: {
    "0, -0 and NaN stop the gradient, Inf lets it through": () => [
      7, Float32Array.of(0, -0, NaN, Infinity, NaN, 0, Infinity), Float32Array.of(1, 2, 3, NaN, 5, 6, 7),
    ],
  },
  traps: { "d not aligned": [1, new Float32Array(1), 2] },
});
