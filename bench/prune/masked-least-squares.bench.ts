import { f64_masked_least_squares } from "../../src/reference/prune/masked-least-squares.js";
import { positiveDefinite } from "../../test/dense/triangles.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_masked_least_squares", {
  sizes: [[64], [784]],
  arguments: (random, n) => {
    const a = positiveDefinite(random, n, n);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
    const mask = Uint32Array.from({ length: Math.ceil(n / 32) }, () => 0x55555555);
    const scratch = new Uint8Array(8 * n * (n + 1) + 512 * (n + 8) + 12 * n + 172_352);
    return [n, a, n, 0, mask, random.uniform(n), new Float32Array(n), scratch];
  },
  output: 6,
  flops: (n) => n ** 3 / 24 + n * n,
  bytes: (n) => 4 * n * n,
  opponents: { reference: f64_masked_least_squares },
});
