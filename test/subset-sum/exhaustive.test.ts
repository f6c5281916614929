import { f64_subset_sum_exhaustive as reference } from "../../src/reference/subset-sum/exhaustive.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, FEWEST, NEAREST, singleAnswers } from "./problems.js";

const objectives = [NEAREST, ANY, FEWEST];

kernelTest("f64_subset_sum_exhaustive", reference, {
  *cases(random) {
    yield* singleAnswers(random, [...edges(5), 13], objectives, true, () => 0);
    // Ties go to the lowest mask, of any to the first in the order of the code, in both.
    for (const objective of objectives) {
      for (const target of [0, 2, 3, 4.5, -7]) {
        for (const tolerance of [0, 1, 40]) {
          yield argumentsOf(Float64Array.of(1, 2, 0, 2, -3, 1, 4), target, tolerance, objective);
          yield argumentsOf(Float64Array.of(0.1, 0.2, 0.3, 0.1, 0.6, -0.3), target / 10, tolerance, objective, 3);
        }
      }
      yield argumentsOf(Float64Array.of(1, 2), 3, 0, objective, 2, 0, 3);
    }
  },
  output: 6,
  returns: true,
  special: {
    "huge and tiny values": () => argumentsOf(Float64Array.of(1e300, 1e-300, 1, -1e300, 1e16), 1, 0, NEAREST),
    "denormal values": () => argumentsOf(Float64Array.of(5e-324, 1e-323, 2e-323), 3e-323, 0, FEWEST),
  },
  traps: {
    "more than 30 values": argumentsOf(new Float64Array(31), 0, 0, ANY),
    "an unknown objective": argumentsOf(new Float64Array(3), 0, 0, 3),
  },
});
