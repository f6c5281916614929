import { f64_quadratic_forms as reference } from "../../src/reference/dense/quadratic-form.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const f32 = (length: number) => new Float32Array(length);
const f64 = (length: number) => new Float64Array(length);

const args = (random: Random, m: number, n: number, pad: number): Argument[] => {
  const [ldd, ldh] = [n + pad, n + 2 * pad];
  const h = Float64Array.from(random.uniform(n * ldh));
  return [m, n, random.uniform(m * ldd), ldd, h, ldh, new Float64Array(m).fill(NaN), new Float64Array(4 * n)];
};

kernelTest("f64_quadratic_forms", reference, {
  *cases(random) {
    for (const m of edges(4)) for (const n of edges(8)) for (const pad of [0, 3]) yield args(random, m, n, pad);
  },
  output: 6,
  scratch: [7],
  terms: ([, n]) => 2 * (n as number) + 2,
  unit: 2 ** -53,
  special: {
    "Inf in h": (random) => {
      const all = args(random, 5, 6, 0);
      (all[4] as Float64Array)[8] = Infinity;
      return all;
    },
    "a row of zeros": (random) => {
      const all = args(random, 3, 9, 0);
      (all[2] as Float32Array).fill(0, 0, 18);
      return all;
    },
  },
  traps: {
    "ldd < n": [1, 9, f32(9), 8, f64(81), 9, f64(1), f64(36)],
    "ldh < n": [1, 9, f32(9), 9, f64(81), 8, f64(1), f64(36)],
  },
});
