/** The sums of both halves in order, from heaps over quarters: 2^(n/2) time, 2^(n/4) memory. */
import type { Solver } from "./contract.js";

/** Exact; may give up where rounding decides, beyond 24 values. 448 KiB for 48 values. */
export const schroeppelShamir: Solver = {
  name: "schroeppel-shamir",
  kernel: "f64_subset_sum_schroeppel_shamir",
  guarantee: "exact",
  most: 48,
  objectives: ["nearest", "any"],
  limits: false,
  nodeBudget: Infinity,
  source: "Schroeppel & Shamir, A T = O(2^(n/2)), S = O(2^(n/4)) algorithm, 1981",
  scratchBytes: ({ values: { length: n } }) => 65_664 + 96 * 2 ** Math.ceil(n / 4),
};
