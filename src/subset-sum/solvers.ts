/** All solvers of one subset-sum problem by name, and the front door to them. */
import { checkFinite, checkInstance, checkInteger, checkNumber, checkOneOf, checkOptions } from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { solversOf } from "../runtime/solvers.js";
import { Core } from "../tensor/core.js";
import { branchAndBound } from "./branch-and-bound.js";
import type { Objective, Problem, Solver, SolverKernel, Status } from "./contract.js";
import { dynamicProgramming } from "./dynamic-programming.js";
import { exhaustive } from "./exhaustive.js";
import { greedy } from "./greedy.js";
import { meetInTheMiddle } from "./meet-in-the-middle.js";
import { schroeppelShamir } from "./schroeppel-shamir.js";
import { trimming } from "./trimming.js";

/** The table: the tests run over it. */
export const SOLVERS = {
  exhaustive,
  "meet-in-the-middle": meetInTheMiddle,
  "schroeppel-shamir": schroeppelShamir,
  "branch-and-bound": branchAndBound,
  "dynamic-programming": dynamicProgramming,
  trimming,
  greedy,
} satisfies Record<string, Solver>;

/** A name in the table. */
export type SolverName = keyof typeof SOLVERS;

/** All of them. */
export const SOLVER_NAMES = Object.keys(SOLVERS) as SolverName[];

/** In the order of the kernels' numbers. */
const OBJECTIVES: readonly Objective[] = ["nearest", "any", "fewest"];
const STATUSES: readonly Status[] = ["found", "impossible", "gave up"];

/** Up to so many values the Gray code is faster than two sorted halves. */
const FEW_VALUES = 8;

/** How `solveSubsetSum` solves. */
export interface SolveOptions {
  /** Default: the fastest exact one that takes so many values, the objective and the limit. */
  readonly solver?: SolverName;
  /** Default "nearest". */
  readonly objective?: Objective;
  /** How far the sum may be from the target, ≥ 0. Default Infinity; "any" and "fewest" need one. */
  readonly tolerance?: number;
  /** The most elements a subset may have, from 0 to the number of values. Default: all. */
  readonly limit?: number;
  /** Steps after which the solver gives up, ≥ 0. Default: the solver's own. */
  readonly nodeBudget?: number;
}

/** What a solver says. */
export interface SubsetSum {
  /** How the search ended. */
  readonly status: Status;
  /** 1 = in the subset, one for each value; all 0 when none was found. */
  readonly mask: Uint8Array;
  /** Of the values under the mask, added in f64 in ascending order of index. */
  readonly sum: number;
  /** |target − sum|. */
  readonly residual: number;
  /** Elements of the subset. */
  readonly count: number;
  /** That was used. */
  readonly solver: SolverName;
  /** Of that solver: exact, or heuristic, which may give up where there is a subset. */
  readonly guarantee: Solver["guarantee"];
}

/**
 * Looks for values whose sum is the target or near it.
 *
 * @param core  for the work; everything allocated is given back
 * @param values  the pool: at least one, finite, of either sign
 * @param target  finite
 * @param options.solver  default: exact, by the size of the pool
 * @param options.objective  default "nearest"
 * @param options.tolerance  how far the sum may be from the target; default Infinity for "nearest"
 * @param options.limit  the most elements; default all
 * @param options.nodeBudget  steps after which the solver gives up
 * @returns the subset and its sum; "impossible" only where that is proven. The empty subset counts
 * @throws {ArgumentTypeError | ArgumentRangeError | NonFiniteError} when an argument or option does not fit, or the
 *   solver does not take so many values, the objective or a limit
 * @throws {OutOfMemoryError} when the memory cannot hold the solver's lists
 * @throws {DisposedError}
 */
export function solveSubsetSum(
  core: Core,
  values: Float64Array | Float32Array | readonly number[],
  target: number,
  options?: SolveOptions,
): SubsetSum {
  checkInstance("core", core, Core);
  const { problem, name, nodeBudget } = check(values, target, options);
  const solver: Solver = SOLVERS[name];
  const n = problem.values.length;
  const kernel: SolverKernel = solversOf(core)[solver.kernel];
  const scratchBytes = solver.scratchBytes(problem);
  return core.scoped(() => {
    const [pool, bits] = [core.allocate(8 * n), core.allocate(4 * Math.ceil(n / 32))];
    const scratch = core.allocate(scratchBytes);
    core.f64(pool, n).set(problem.values);
    const { tolerance, limit } = problem;
    const code = OBJECTIVES.indexOf(problem.objective);
    const answer = kernel(n, pool, target, tolerance, code, limit, bits, scratch, scratchBytes, nodeBudget);
    const words = core.u32(bits, Math.ceil(n / 32));
    const mask = new Uint8Array(n);
    if (answer === 0) for (let i = 0; i < n; i++) mask[i] = (words[i >> 5] >>> (i & 31)) & 1;
    const sum = problem.values.reduce((total, value, i) => (mask[i] ? total + value : total), 0);
    const count = mask.reduce((total, bit) => total + bit, 0);
    const residual = Math.abs(target - sum);
    return {
      status: STATUSES[answer],
      mask,
      sum,
      residual,
      count,
      solver: name,
      guarantee: solver.guarantee,
    };
  });
}

interface Checked {
  readonly problem: Problem;
  readonly name: SolverName;
  readonly nodeBudget: number;
}

function check(pool: unknown, target: number, given?: SolveOptions): Checked {
  const values = checkPool(pool);
  const n = values.length;
  checkNumber("target", target);
  const magnitude = values.reduce((sum, value) => sum + Math.abs(value), Math.abs(target));
  if (magnitude === Infinity) {
    throw new ArgumentRangeError('"values" expected magnitudes that add up to a finite number, got Infinity');
  }
  const options = checkOptions("options", given, ["solver", "objective", "tolerance", "limit", "nodeBudget"]);
  const objective = checkOneOf("options.objective", options.objective ?? "nearest", OBJECTIVES);
  const unasked = objective === "nearest" ? Infinity : undefined;
  const tolerance = checkAmount("options.tolerance", options.tolerance ?? unasked);
  const limit = checkInteger("options.limit", options.limit ?? n, 0, n);
  const name = checkOneOf(
    "options.solver",
    options.solver ?? exactSolverFor(n, objective, limit),
    SOLVER_NAMES,
  );
  const solver: Solver = SOLVERS[name];
  if (n > solver.most) {
    throw new ArgumentRangeError(
      `"values" expected at most ${solver.most} for the solver "${name}", got ${n}`,
    );
  }
  if (!solver.objectives.includes(objective)) {
    const expected = solver.objectives.map((one) => `"${one}"`).join(" or ");
    throw new ArgumentRangeError(
      `"options.objective" expected ${expected} for the solver "${name}", got "${objective}"`,
    );
  }
  if (limit < n && !solver.limits) {
    throw new ArgumentRangeError(
      `"options.limit" expected ${n}, all values, for the solver "${name}", got ${limit}`,
    );
  }
  const nodeBudget = checkAmount("options.nodeBudget", options.nodeBudget ?? solver.nodeBudget);
  return { problem: { values, target, tolerance, objective, limit }, name, nodeBudget };
}

function checkPool(pool: unknown): Float64Array {
  const kind = kindOf(pool);
  if (kind !== "Float64Array" && kind !== "Float32Array" && !Array.isArray(pool)) {
    throw new ArgumentTypeError(
      `"values" expected Float64Array, Float32Array or an array, got ${describe(pool)}`,
    );
  }
  const values = checkFinite("values", pool as ArrayLike<number>);
  if (values.length === 0) throw new ArgumentRangeError('"values" expected at least 1 value, got none');
  return Float64Array.from(values);
}

/** A number ≥ 0, or Infinity. */
function checkAmount(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  const Refusal = typeof value === "number" ? ArgumentRangeError : ArgumentTypeError;
  throw new Refusal(`"${name}" expected a number ≥ 0, got ${describe(value)}`);
}

function exactSolverFor(n: number, objective: Objective, limit: number): SolverName {
  if (n <= FEW_VALUES) return "exhaustive";
  if (n <= meetInTheMiddle.most) return "meet-in-the-middle";
  const isPlain = schroeppelShamir.objectives.includes(objective) && limit === n;
  return isPlain && n <= schroeppelShamir.most ? "schroeppel-shamir" : "branch-and-bound";
}
