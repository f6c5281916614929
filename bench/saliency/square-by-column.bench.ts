import { f32_square_by_column as reference } from "../../src/reference/saliency/square-by-column.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_square_by_column", {
  sizes: [[32, 32], [300, 784]],
  arguments: (random, m, n) => [
    m, n, 0.5, random.uniform(m * n), n, random.uniform(n, 0, 1), new Float32Array(m * n), n,
  ],
  flops: (m, n) => 3 * m * n,
  bytes: (m, n) => 8 * m * n + 4 * n,
  opponents: { reference },
});
