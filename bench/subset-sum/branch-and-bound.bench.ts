import { f64_subset_sum_branch_and_bound as reference } from "../../src/reference/subset-sum/branch-and-bound.js";
import { argumentsOf, NEAREST, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

const scratchBytes = (n: number) => 136 + 42 * n;

kernelBench("f64_subset_sum_branch_and_bound", {
  sizes: [[12], [18]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), 0.3, Infinity, NEAREST, n, scratchBytes(n)),
  output: 6,
  // What the work is depends on the numbers: elements alone.
  flops: (n) => n,
  bytes: (n) => 8 * n,
  opponents: { reference },
});
