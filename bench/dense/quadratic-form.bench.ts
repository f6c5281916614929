import { f64_quadratic_forms as reference } from "../../src/reference/dense/quadratic-form.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_quadratic_forms", {
  sizes: [[16, 64], [300, 784]],
  arguments: (random, m, n) => {
    const h = Float64Array.from(random.uniform(n * n));
    return [m, n, random.uniform(m * n), n, h, n, new Float64Array(m), new Float64Array(4 * n)];
  },
  output: 6,
  flops: (m, n) => 2 * m * n * n,
  bytes: (m, n) => 8 * n * n * Math.ceil(m / 4),
  opponents: { reference },
});
