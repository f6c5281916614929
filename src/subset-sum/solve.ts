import type { Core } from "../tensor/core.js";
import type { Objective, Status } from "./contract.js";
import type { Reals } from "./problem.js";
/** Stand-in. */
export function solveSubsetSum(
  _core: Core,
  _values: Reals,
  _target: number,
  _o: { objective: Objective; tolerance: number; limit: number },
): { status: Status; mask: Uint8Array; sum: number; residual: number } {
  return { status: "gave up", mask: new Uint8Array(0), sum: 0, residual: 0 };
}
