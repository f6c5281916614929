/** A tree that is cut where what is left cannot come close enough. */
import type { Solver } from "./contract.js";

/** Exact where its budget of nodes lasts, with every objective and limit. */
export const branchAndBound: Solver = {
  name: "branch-and-bound",
  kernel: "f64_subset_sum_branch_and_bound",
  guarantee: "exact",
  most: 1024,
  objectives: ["nearest", "any", "fewest"],
  limits: true,
  nodeBudget: 2e8,
  source: "Land & Doig, An automatic method of solving discrete programming problems, 1960",
  scratchBytes: ({ values: { length: n } }) => 136 + 42 * n,
};
