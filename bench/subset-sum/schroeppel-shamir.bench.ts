import { f64_subset_sum_schroeppel_shamir as reference } from "../../src/reference/subset-sum/schroeppel-shamir.js";
import { argumentsOf, NEAREST, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

const scratchBytes = (n: number) => 64 + 96 * 2 ** Math.ceil(n / 4);

kernelBench("f64_subset_sum_schroeppel_shamir", {
  sizes: [[12], [18]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), 0.3, Infinity, NEAREST, n, scratchBytes(n)),
  output: 6,
  flops: (n) => 8 * 2 ** (n / 2),
  bytes: (n) => 64 * 2 ** (n / 2),
  opponents: { reference },
});
