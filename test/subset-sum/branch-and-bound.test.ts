import { f64_subset_sum_branch_and_bound as reference } from "../../src/reference/subset-sum/branch-and-bound.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, FEWEST, NEAREST, singleAnswers } from "./problems.js";

const scratchBytes = (n: number) => 136 + 42 * n;
const one = (values: number[], target: number, tolerance: number, objective: number, limit = values.length) =>
  argumentsOf(Float64Array.from(values), target, tolerance, objective, limit, scratchBytes(values.length));

kernelTest("f64_subset_sum_branch_and_bound", reference, {
  *cases(random) {
    yield* singleAnswers(random, [...edges(5), 13], [NEAREST, ANY, FEWEST], true, scratchBytes);
    for (const objective of [NEAREST, ANY, FEWEST]) {
      yield one([1, 2, 4, 8, 16], 21, 0, objective);
      yield one([1, 2, 4, 8, 16], 21, 0, objective, 2);
      yield one([-1, 0, -2, -4, -8, 0, 16], -13, 0, objective);
      yield one([3, 5, 9, 17], 16, 0, objective);
      yield one([0, 0, 0], 0, 0, objective);
      yield one([0, 0, 0], 1, 0.5, objective);
    }
  },
  output: 6,
  scratch: [7],
  returns: true,
  special: {
    "a sum that is right in one order alone": () => one([0.1, 0.2, 0.3, 10, 20], 0.1 + 0.2 + 0.3, 0, ANY),
    "one unit in the last place beside what can be had": () => one([0.1, 0.2, 10, 20], 0.3, 0, ANY),
    "huge and tiny values": () => one([1e300, 1, 1e16, -3e300], 1, 0, NEAREST),
  },
  traps: {
    "a limit beyond the elements": one([1, 2, 3], 1, 0, ANY, 4),
    "too little scratch": argumentsOf(new Float64Array(4), 0, 0, ANY, 4, scratchBytes(4) - 1),
  },
});
