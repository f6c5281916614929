import { f32_relu_gradient as reference } from "../../src/reference/train/relu-gradient.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_relu_gradient", {
  sizes: [[1000], [18_000]],
  arguments: (random, n) => [n, random.uniform(n), random.uniform(n)],
  flops: () => 0,
  bytes: (n) => 12 * n,
  opponents: { reference },
});
