import { f64_add_f32 } from "../../src/reference/dense/accumulate.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

kernelTest("f64_add_f32", f64_add_f32, {
  *cases(random) {
    for (const n of edges(2)) yield [n, random.uniform(n), Float64Array.from(random.uniform(n))];
  },
  output: 2,
  special: {
    "NaN and infinities": () => [
      4,
      new Float32Array([NaN, Infinity, 1, -Infinity]),
      new Float64Array([1, 1, NaN, Infinity]),
    ],
  },
});
