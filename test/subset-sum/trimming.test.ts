import { f64_subset_sum_trimming as reference } from "../../src/reference/subset-sum/trimming.js";
import { kernelTest } from "../harness/kernel-test.js";
import { ANY, argumentsOf, FEWEST, randomMask, sumOf, uniform64 } from "./problems.js";

const SCRATCH_BYTES = 64_000;
const one = (values: ArrayLike<number>, target: number, tolerance: number, scratchBytes = SCRATCH_BYTES) =>
  argumentsOf(Float64Array.from(values), target, tolerance, ANY, values.length, scratchBytes);

kernelTest("f64_subset_sum_trimming", reference, {
  *cases(random) {
    for (const n of [0, 1, 2, 5, 9, 31, 32, 33, 64]) {
      for (const tolerance of [0.4, 0.1, 0.02 * (1 + (n >> 4))]) {
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
    yield one([1, 2, 4, 8, -16], 11, 0);
    yield one([4, 8, 16], 6, 0.25);
    yield one([4, 8, 16], 12.5, 0.25);
  },
  output: 6,
  scratch: [7],
  returns: true,
  special: { "a list that does not fit": () => one([1, 2, 4, 8], 15, 0, 16 * 15) },
  traps: {
    "an objective but any": one([1, 2, 3], 1, 0.1).with(4, FEWEST),
    "more than 64 values": one(new Float64Array(65), 1, 0.1),
  },
});
