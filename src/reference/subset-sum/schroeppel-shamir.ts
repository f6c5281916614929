/** Plain twin of assembly/subset-sum/schroeppel-shamir.ts: every subset. */
import { everySubset } from "./every-subset.js";

export const f64_subset_sum_schroeppel_shamir = everySubset;
