import { f64_subset_sum_trimming as reference } from "../../src/reference/subset-sum/trimming.js";
import { ANY, argumentsOf, uniform64 } from "../../test/subset-sum/problems.js";
import { kernelBench } from "../harness.js";

const scratchBytes = (n: number) => 80_000 * n;

kernelBench("f64_subset_sum_trimming", {
  sizes: [[12], [20]],
  arguments: (random, n) => argumentsOf(uniform64(random, n), n / 8, 0.01, ANY, n, scratchBytes(n)),
  output: 6,
  // What the work is depends on the numbers: elements alone.
  flops: (n) => n,
  bytes: (n) => 8 * n,
  opponents: { reference },
});
