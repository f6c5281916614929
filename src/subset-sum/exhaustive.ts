/** All subsets by a Gray code: the oracle, and the fastest for few values. */
import type { Solver } from "./contract.js";

/** Exact for any values, with every objective and limit; 2ⁿ additions. */
export const exhaustive: Solver = {
  name: "exhaustive",
  kernel: "f64_subset_sum_exhaustive",
  guarantee: "exact",
  most: 30,
  objectives: ["nearest", "any", "fewest"],
  limits: true,
  nodeBudget: Infinity,
  source: "Knuth, The Art of Computer Programming 7.2.1.1, Algorithm L",
  scratchBytes: () => 0,
};
