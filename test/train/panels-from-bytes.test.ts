import { paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_panels_from_bytes as reference } from "../../src/reference/train/panels-from-bytes.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const SAMPLES = 7;

kernelTest("f32_panels_from_bytes", reference, {
  *cases(random) {
    for (const features of edges(16))
      for (const batch of [...edges(4), ...edges(32), 60]) {
        const x = Uint8Array.from({ length: SAMPLES * features }, () => random.below(256));
        const indices = Uint32Array.from({ length: batch }, () => random.below(SAMPLES));
        yield [features, batch, x, indices, 1 / 255, new Float32Array(features * paddedBatch(batch)).fill(NaN)];
      }
  },
  output: 5,
});
