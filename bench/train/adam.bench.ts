import { f32_adam as reference } from "../../src/reference/train/adam.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_adam", {
  sizes: [[1000], [235_200]],
  arguments: (random, n) => [
    n, random.uniform(n), random.uniform(n), random.uniform(n), random.uniform(n, 0, 1),
    1e-3, 0.9, 0.999, 1e-8, 1.1, 0,
  ],
  output: 1,
  restore: [1, 3, 4],
  flops: (n) => 13 * n,
  bytes: (n) => 28 * n,
  opponents: { reference },
});
