import { f64_subset_sum_exhaustive as reference } from "../../src/reference/subset-sum/exhaustive.js";
import { argumentsOf, NEAREST, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_subset_sum_exhaustive", {
  sizes: [[12], [18]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), 0.3, Infinity, NEAREST),
  output: 6,
  flops: (n) => 2 * 2 ** n,
  bytes: (n) => 8 * 2 ** n,
  opponents: { reference },
});
