import { paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_panels_from_bytes as reference } from "../../src/reference/train/panels-from-bytes.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_panels_from_bytes", {
  sizes: [[64, 32], [784, 60]], // features, batch
  arguments: (random, features, batch) => {
    const x = Uint8Array.from({ length: 100 * features }, () => random.below(256));
    const indices = Uint32Array.from({ length: batch }, () => random.below(100));
    return [features, batch, x, indices, 1 / 255, new Float32Array(features * paddedBatch(batch))];
  },
  flops: (features, batch) => features * batch,
  bytes: (features, batch) => 5 * features * batch,
  opponents: { reference },
});
