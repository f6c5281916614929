/** Plain twin of assembly/subset-sum/schroeppel-shamir.ts: every subset, each summed in order. */
import { everySubset } from "./every-subset.js";

export function f64_subset_sum_schroeppel_shamir(
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
