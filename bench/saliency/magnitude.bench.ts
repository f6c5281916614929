import { f32_abs as reference } from "../../src/reference/saliency/magnitude.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_abs", {
  sizes: [[1024], [235_200]],
  arguments: (random, n) => [n, random.uniform(n), new Float32Array(n)],
  flops: (n) => n,
  bytes: (n) => 8 * n,
  opponents: { reference },
});
