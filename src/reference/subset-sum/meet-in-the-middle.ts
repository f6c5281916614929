/** Plain twin of assembly/subset-sum/meet-in-the-middle.ts: every subset, each summed in order. */
import { everySubset } from "./every-subset.js";

export function f64_subset_sum_meet_in_the_middle(
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
