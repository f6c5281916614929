import { f32_sgd as reference } from "../../src/reference/train/sgd.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_sgd", {
  sizes: [[1000], [235_200]],
  arguments: (random, n) => [n, random.uniform(n), random.uniform(n), random.uniform(n), 0.1, 0.9, 1e-4],
  output: 1,
  restore: [1, 3],
  flops: (n) => 6 * n,
  bytes: (n) => 20 * n,
  opponents: { reference },
});
