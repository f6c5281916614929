import { f64_subset_sum_meet_in_the_middle as reference } from "../../src/reference/subset-sum/meet-in-the-middle.js";
import { argumentsOf, NEAREST, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

const scratchBytes = (n: number) => 320 + 16 * (2 ** Math.floor(n / 2) + 2 * 2 ** Math.ceil(n / 2));

kernelBench("f64_subset_sum_meet_in_the_middle", {
  sizes: [[12], [18]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), 0.3, Infinity, NEAREST, n, scratchBytes(n)),
  output: 6,
  flops: (n) => 8 * 2 ** (n / 2),
  bytes: (n) => 64 * 2 ** (n / 2),
  opponents: { reference },
});
