import { f32_count_correct as reference } from "../../src/reference/train/count-correct.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_count_correct", {
  sizes: [[10, 32], [10, 256]],
  arguments: (random, classes, batch) => [
    classes, batch, random.uniform(classes * batch),
    Uint32Array.from({ length: batch }, () => random.below(classes)),
  ],
  flops: (classes, batch) => classes * batch,
  bytes: (classes, batch) => 4 * classes * batch,
  opponents: { reference },
});
