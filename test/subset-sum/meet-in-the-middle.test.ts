import { f64_subset_sum_meet_in_the_middle as reference } from "../../src/reference/subset-sum/meet-in-the-middle.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, FEWEST, NEAREST, singleAnswers } from "./problems.js";

const scratchBytes = (n: number) => 320 + 16 * (2 ** Math.floor(n / 2) + 2 * 2 ** Math.ceil(n / 2));
const one = (values: number[], target: number, tolerance: number, objective: number, limit = values.length) =>
  argumentsOf(Float64Array.from(values), target, tolerance, objective, limit, scratchBytes(values.length));

kernelTest("f64_subset_sum_meet_in_the_middle", reference, {
  *cases(random) {
    yield* singleAnswers(random, [...edges(4), 13, 16], [NEAREST, ANY, FEWEST], true, scratchBytes);
    for (const objective of [NEAREST, ANY, FEWEST]) {
      yield one([1, 2, 4, 8, 16], 21, 0, objective);
      yield one([1, 2, 4, 8, 16], 21, 0, objective, 2);
      yield one([-1, -2, -4, -8, 16], -13, 0, objective);
      yield one([3, 5, 9, 17], 16, 0, objective);
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
    "more than 40 values": argumentsOf(new Float64Array(41), 0, 0, ANY),
    "too little scratch": argumentsOf(new Float64Array(4), 0, 0, ANY, 4, scratchBytes(4) - 1),
  },
});
