import { f64_subset_sum_schroeppel_shamir as reference } from "../../src/reference/subset-sum/schroeppel-shamir.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, NEAREST, singleAnswers } from "./problems.js";

const scratchBytes = (n: number) => 65_664 + 96 * 2 ** Math.ceil(n / 4);
const one = (values: number[], target: number, tolerance: number, objective: number) =>
  argumentsOf(Float64Array.from(values), target, tolerance, objective, values.length, scratchBytes(values.length));

kernelTest("f64_subset_sum_schroeppel_shamir", reference, {
  *cases(random) {
    yield* singleAnswers(random, [...edges(4), 6, 13, 16], [NEAREST, ANY], false, scratchBytes);
    for (const objective of [NEAREST, ANY]) {
      yield one([1, 2, 4, 8, 16], 21, 0, objective);
      yield one([-1, -2, -4, -8, 16], -13, 0, objective);
      yield one([3, 5, 9, 17], 16, 0, objective);
    }
  },
  output: 6,
  scratch: [7],
  returns: true,
  traps: {
    "more than 48 values": argumentsOf(new Float64Array(49), 0, 0, ANY),
    "a limit": argumentsOf(new Float64Array(4), 0, 0, ANY, 3, scratchBytes(4)),
    "too little scratch": argumentsOf(new Float64Array(4), 0, 0, ANY, 4, scratchBytes(4) - 1),
  },
});
