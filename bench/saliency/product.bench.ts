import { f32_abs_product, f32_product } from "../../src/reference/saliency/product.js";
import { kernelBench } from "../harness.js";

for (const reference of [f32_product, f32_abs_product]) {
  kernelBench(reference.name as "f32_product" | "f32_abs_product", {
    sizes: [[1024], [235_200]],
    arguments: (random, n) => [n, random.uniform(n), random.uniform(n), new Float32Array(n)],
    flops: (n) => n,
    bytes: (n) => 12 * n,
    opponents: { reference },
  });
}
