/** The sorted sums of both halves: 2^(n/2) time and memory. */
import type { Solver } from "./contract.js";

/** Exact for any values, with every objective and limit; 48 MiB for 40 values. */
export const meetInTheMiddle: Solver = {
  name: "meet-in-the-middle",
  kernel: "f64_subset_sum_meet_in_the_middle",
  guarantee: "exact",
  most: 40,
  objectives: ["nearest", "any", "fewest"],
  limits: true,
  nodeBudget: 1e9,
  source: "Horowitz & Sahni, Computing partitions with applications to the knapsack problem, 1974",
  scratchBytes: ({ values: { length: n } }) =>
    320 + 16 * (2 ** Math.floor(n / 2) + 2 * 2 ** Math.ceil(n / 2)),
};
