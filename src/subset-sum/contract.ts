/** What a solver of one subset-sum problem is. */
import type { Solvers } from "../generated/kernels.js";

/**
 * Which subset is looked for, among those whose sum is within the tolerance of the target:
 * - nearest: of the least residual |target − sum|;
 * - any: the first that is met;
 * - fewest: of the fewest elements, and of the least residual among those.
 */
export type Objective = "nearest" | "any" | "fewest";

/** Found; proven impossible; or neither. */
export type Status = "found" | "impossible" | "gave up";

/** A checked problem. */
export interface Problem {
  /** At least one, finite, of either sign; the sum of their magnitudes and the target's is finite too. */
  readonly values: Float64Array;
  readonly target: number;
  /** How far the sum may be from the target: ≥ 0, or Infinity. */
  readonly tolerance: number;
  readonly objective: Objective;
  /** The most elements a subset may have, from 0 to all. */
  readonly limit: number;
}

/**
 * (n, values, target, tolerance, objective, limit, bits, scratch, scratchBytes, nodeBudget) → 0, 1 or 2: found,
 * impossible, gave up; objectives are 0, 1, 2 in the order of `Objective`.
 */
export type SolverKernel = Solvers["f64_subset_sum_exhaustive"];

/** The names of the kernels that take a solver's arguments. */
export type SolverKernelName = {
  [K in keyof Solvers]: Solvers[K] extends SolverKernel ? K : never;
}[keyof Solvers];

/** A way to solve a problem. None ever says "found" or "impossible" where that is not so. */
export interface Solver {
  readonly name: string;
  readonly kernel: SolverKernelName;
  /** Exact: finds what there is, the best up to rounding. Heuristic: may give up where there is a subset. */
  readonly guarantee: "exact" | "heuristic";
  /** The largest pool it takes. */
  readonly most: number;
  readonly objectives: readonly Objective[];
  /** Whether it takes a limit below the size of the pool. */
  readonly limits: boolean;
  /** Steps after which it gives up by default; what a step is stands in the kernel's header. */
  readonly nodeBudget: number;
  /** The publication. */
  readonly source: string;
  /**
   * Bytes of scratch space for a problem.
   *
   * @throws {ArgumentRangeError} when the tolerance is too small for the solver's memory
   */
  scratchBytes(problem: Problem): number;
}
