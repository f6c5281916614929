/** The sorted list of sums, thinned after each element. */
import { ArgumentRangeError } from "../errors.js";
import type { Solver } from "./contract.js";

const MOST_SUMS = 2 ** 22;

/** Proves what is impossible; finds most of what is possible. Its memory grows with Σ|a| · n / tolerance, or 2ⁿ. */
export const trimming: Solver = {
  name: "trimming",
  kernel: "f64_subset_sum_trimming",
  guarantee: "heuristic",
  most: 64,
  objectives: ["any"],
  limits: false,
  nodeBudget: Infinity,
  source: "Ibarra & Kim, Fast approximation algorithms for the knapsack and sum of subset problems, 1975",
  scratchBytes({ values, tolerance }) {
    const n = values.length;
    const range = values.reduce((sum, value) => sum + Math.abs(value), 0);
    const thinned = range > 0 ? Math.floor((range / tolerance) * n) + 2 : 1;
    const sums = 2 * Math.min(2 ** (n - 1), thinned);
    if (sums <= MOST_SUMS) return 16 * sums;
    const least = Math.max((range / (MOST_SUMS / 2 - 2)) * n, Number.MIN_VALUE);
    throw new ArgumentRangeError(
      `"options.tolerance" expected at least ${least} for lists of ${MOST_SUMS} sums, got ${tolerance}`,
    );
  },
};
