import { expect, test } from "vitest";
import { f64_subset_sum_dynamic_programming as reference } from "../../src/reference/subset-sum/dynamic-programming.js";
import { kernelTest } from "../harness/kernel-test.js";
import { variants } from "../harness/variants.js";
import { ANY, argumentsOf, NEAREST, randomMask, sumOf, uniform64 } from "./problems.js";

const SCRATCH_BYTES = 60_000;
const one = (values: ArrayLike<number>, target: number, tolerance: number, scratchBytes = SCRATCH_BYTES) =>
  argumentsOf(Float64Array.from(values), target, tolerance, ANY, values.length, scratchBytes);

kernelTest("f64_subset_sum_dynamic_programming", reference, {
  *cases(random) {
    for (const n of [1, 2, 7, 32, 33, 65]) {
      for (const tolerance of n > 7 ? [0.3, 0.1] : [0.3, 0.03, 0.003]) {
        for (const [low, high] of [[-1, 1], [0, 1], [-1, 0]]) {
          const values = uniform64(random, n, low, high);
          yield one(values, sumOf(values, randomMask(random, n)), tolerance);
          yield one(values, (n / 3) * (low + high || 1), tolerance);
        }
      }
      yield one(uniform64(random, n), n + 1, 0.5);
      yield one(uniform64(random, n), -n - 1, 0.5);
      yield one(uniform64(random, n), 0.5, 0);
    }
    yield one([1, 2, 4, 8, -16], 11, 0.25);
    yield one([1, 2, 4, 8, -16], -5, 0.25);
    yield one([4, 8, 16], 6, 0.25);
    yield one([64, 64, 128], 192, 1.5);
    yield one([0, 0, 3], 3, 0.5);
  },
  output: 6,
  scratch: [7],
  returns: true,
  traps: {
    "an objective but any": one([1, 2, 3], 1, 0.1).with(4, NEAREST),
    "no values": one([], 1, 0.1),
  },
});

test("a grid that does not fit its scratch gives up", () => {
  const host = variants[1].open();
  const values = [0.3, 0.7, 1.9, -0.4];
  expect(host.call("f64_subset_sum_dynamic_programming", one(values, 1, 1e-3, 400))).toBe(2);
  expect(host.call("f64_subset_sum_dynamic_programming", one(values, 1, 1e-3))).toBe(0);
  expect(host.call("f64_subset_sum_dynamic_programming", one(values, 1, 1e-300))).toBe(2);
});
