import { f32_csr_from_panels_u16 as reference } from "../../src/reference/sparse/csr-panels.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_csr_from_panels_u16", {
  sizes: [[32, 32], [784, 128]],
  arguments: (random, features, batch) => {
    const x = random.uniform(features * batch).map((value) => (random.below(5) === 0 ? value : 0));
    const room = features * batch;
    return [features, batch, x, new Uint32Array(features + 1), new Uint16Array(room), new Float32Array(room)];
  },
  terms: () => 0,
  flops: () => 0,
  bytes: (features, batch) => 5.2 * features * batch,
  opponents: { reference },
});
