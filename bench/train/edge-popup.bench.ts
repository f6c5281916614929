import { f32_edge_popup as reference } from "../../src/reference/train/edge-popup.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_edge_popup", {
  sizes: [[1000], [235_200]],
  arguments: (random, n) => {
    const [s, g, w, velocity] = Array.from({ length: 4 }, () => random.uniform(n));
    return [n, s, g, w, velocity, 0.1, 0.9, 1e-4];
  },
  output: 1,
  restore: [1, 4],
  flops: (n) => 8 * n,
  bytes: (n) => 24 * n,
  opponents: { reference },
});
