/** Plain twin of assembly/subset-sum/branch-and-bound.ts: every subset, each summed in order. */
import { everySubset } from "./every-subset.js";

export function f64_subset_sum_branch_and_bound(
  n: number,
  values: Float64Array,
  target: number,
  tolerance: number,
  objective: number,
  limit: number,
  bits: Uint32Array,
  _scratch: Uint8Array,
  _scratchBytes: number,
  _nodeBudget: number,
): number {
  return everySubset(n, values, target, tolerance, objective, limit, bits);
}
