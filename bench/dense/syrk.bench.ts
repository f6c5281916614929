import { f32_pack_a_panels } from "../../src/reference/dense/pack.js";
import { f32_syrk_panels as reference } from "../../src/reference/dense/syrk.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_syrk_panels", {
  sizes: [[32, 32], [256, 256], [784, 256]], // features, batch: whole panels
  arguments: (random, n, batch) => {
    const x = random.uniform(n * batch);
    const packed = new Float32Array(n * batch);
    f32_pack_a_panels(n, batch, x, packed);
    return [n, batch, packed, x, new Float32Array(n * n), n, 0, new Float32Array(32896 / 4)];
  },
  output: 4,
  flops: (n, batch) => n * (n + 1) * batch,
  bytes: (n, batch) => 4 * (n * batch + n * n),
  opponents: { reference },
});
