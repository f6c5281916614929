import { f64_add_f32 } from "../../src/reference/dense/accumulate.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_add_f32", {
  sizes: [[4096], [614656]],
  arguments: (random, n) => [n, random.uniform(n), new Float64Array(n)],
  restore: [2],
  flops: (n) => n,
  bytes: (n) => 20 * n,
  opponents: { reference: f64_add_f32 },
});
