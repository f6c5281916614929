/** The problem of the suite subset-sum, and what implementations of it give. */
import { Random } from "../../test/harness/random.js";

export type Objective = "nearest" | "any" | "fewest";

/** Targets with pools of their own. */
export interface SubsetProblem {
  readonly n: number;
  readonly count: number;
  readonly pools: Float64Array;
  readonly targets: Float64Array;
  readonly objective: Objective;
  readonly tolerance: number;
}

/** Values uniform from −1 to 1, targets from −0.5 to 0.5; all of them f32. */
export function subsetProblem(
  objective: Objective,
  n: number,
  tolerance: number,
  count = 1000,
): SubsetProblem {
  const random = new Random(20261122);
  const pools = Float64Array.from(random.uniform(n * count));
  return {
    n,
    count,
    pools,
    targets: Float64Array.from(random.uniform(count, -0.5, 0.5)),
    objective,
    tolerance,
  };
}

/** Targets that are looked at to judge an implementation: slow ones solve no more. */
export const JUDGED = 10;

/**
 * What is compared, of the first targets: for "nearest" the residual, for "any" whether it is within the tolerance, for
 * "fewest" the number of values, negative when it is not within.
 */
export function judge(
  { n, pools, targets, objective, tolerance }: SubsetProblem,
  masks: ArrayLike<number>,
): number[] {
  return Array.from({ length: JUDGED }, (_, t) => {
    let [sum, kept] = [0, 0];
    for (let i = 0; i < n; i++) {
      if (!((masks[t] >>> i) & 1)) continue;
      sum += pools[t * n + i];
      kept++;
    }
    const residual = Math.abs(targets[t] - sum);
    if (objective === "nearest") return residual;
    const isWithin = residual <= tolerance + MIP_TOLERANCE;
    return objective === "any" ? Number(isWithin) : isWithin ? kept : -1;
  });
}

/** HiGHS takes constraints as met that are off by so much. */
const MIP_TOLERANCE = 1e-6;
export const RESIDUAL_BOUND = 2 * MIP_TOLERANCE;
