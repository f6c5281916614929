import { f64_subset_sum_greedy as reference } from "../../src/reference/subset-sum/greedy.js";
import { argumentsOf, NEAREST, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

const scratchBytes = (n: number) => 4 * n + 4 * Math.ceil(n / 32);

kernelBench("f64_subset_sum_greedy", {
  sizes: [[64], [1024]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), n / 8, Infinity, NEAREST, n, scratchBytes(n)),
  output: 6,
  // What the work is depends on the numbers: elements alone.
  flops: (n) => n,
  bytes: (n) => 8 * n,
  opponents: { reference },
});
