/** Plain twin of assembly/subset-sum/branch-and-bound.ts: every subset. */
import { everySubset } from "./every-subset.js";

export const f64_subset_sum_branch_and_bound = everySubset;
