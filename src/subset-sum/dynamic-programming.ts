/** Which sums can be reached on a grid, a bit each. */
import { ArgumentRangeError } from "../errors.js";
import type { Problem, Solver } from "./contract.js";

const MOST_CELLS = 2 ** 25;

/** Proves what is impossible; finds most of what is possible. Its memory grows with Σ|a| · n / tolerance. */
export const dynamicProgramming: Solver = {
  name: "dynamic-programming",
  kernel: "f64_subset_sum_dynamic_programming",
  guarantee: "heuristic",
  most: 4096,
  objectives: ["any"],
  limits: false,
  nodeBudget: Infinity,
  source: "Bellman, Dynamic Programming, 1957; Pisinger, Dynamic programming on the word RAM, 2003",
  scratchBytes(problem) {
    const { tolerance, values } = problem;
    const rounded = 1.5 * values.length + 66;
    const range = rangeOf(problem);
    const cells = range > 0 ? (range / tolerance) * (values.length / 2) + rounded : rounded;
    if (cells <= MOST_CELLS) return 8 * values.length + Math.ceil(2.125 * cells) + 16;
    const least = Math.max((range / (MOST_CELLS - rounded)) * (values.length / 2), Number.MIN_VALUE);
    throw new ArgumentRangeError(
      `"options.tolerance" expected at least ${least} for a grid of ${MOST_CELLS} cells, got ${tolerance}`,
    );
  },
};

/** From the least sum up to the target or to the greatest sum, whichever comes first. */
function rangeOf({ values, target }: Problem): number {
  const negative = values.reduce((sum, value) => sum - Math.min(value, 0), 0);
  const positive = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
  return negative + Math.max(-negative, Math.min(target, positive));
}
