import { f32_bias_gradient as reference } from "../../src/reference/train/bias-gradient.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_bias_gradient", {
  sizes: [[10, 32], [300, 64]],
  arguments: (random, features, batch) => [
    features, batch, random.uniform(features * batch), new Float32Array(features),
  ],
  flops: (features, batch) => features * batch,
  bytes: (features, batch) => 4 * features * batch,
  opponents: { reference },
});
