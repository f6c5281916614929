/** Plain twin of assembly/subset-sum/meet-in-the-middle.ts: every subset. */
import { everySubset } from "./every-subset.js";

export const f64_subset_sum_meet_in_the_middle = everySubset;
