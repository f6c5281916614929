import { f32_softmax_cross_entropy as reference } from "../../src/reference/train/softmax-cross-entropy.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_softmax_cross_entropy", {
  sizes: [[10, 32], [10, 256]], // classes, batch
  arguments: (random, classes, batch) => [
    classes, batch, random.uniform(classes * batch, -5, 5),
    Uint32Array.from({ length: batch }, () => random.below(classes)), 1 / batch, new Float32Array(classes * batch),
  ],
  flops: (classes, batch) => 25 * classes * batch,
  bytes: (classes, batch) => 8 * classes * batch,
  opponents: { reference },
});
