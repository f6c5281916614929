import { f64_subset_sum_greedy as reference } from "../../src/reference/subset-sum/greedy.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, FEWEST, NEAREST, uniform64 } from "./problems.js";

const scratchBytes = (n: number) => 4 * n + 4 * Math.ceil(n / 32);

kernelTest("f64_subset_sum_greedy", reference, {
  *cases(random) {
    for (const n of [...edges(32), 200]) {
      for (const target of [0, 0.3, -0.3, n / 8, -n / 8, 2 * n + 1]) {
        for (const tolerance of [0, 0.05, Infinity]) {
          for (const limit of new Set([n, n >> 3, Math.min(1, n)])) {
            const objective = limit % 2 ? ANY : NEAREST;
            yield argumentsOf(uniform64(random, n), target, tolerance, objective, limit, scratchBytes(n));
          }
        }
      }
    }
    // Equal magnitudes go by index, and 0 is never taken.
    yield argumentsOf(Float64Array.of(0, 1, -1, 1, 0, 1), 2, 0, NEAREST, 6, scratchBytes(6));
    yield argumentsOf(Float64Array.of(0, 1, -1, 1, 0, -1), -1, 0, NEAREST, 6, scratchBytes(6));
  },
  output: 6,
  scratch: [7],
  returns: true,
  traps: {
    "the fewest": argumentsOf(new Float64Array(4), 0, 0, FEWEST, 4, scratchBytes(4)),
    "too little scratch": argumentsOf(new Float64Array(4), 0, 0, ANY, 4, scratchBytes(4) - 1),
  },
});
