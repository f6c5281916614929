/** Plain twin of assembly/subset-sum/exhaustive.ts: every sum made anew. */
import { everySubset, GAVE_UP } from "./every-subset.js";

export function f64_subset_sum_exhaustive(
  n: number,
  values: Float64Array,
  target: number,
  tolerance: number,
  objective: number,
  limit: number,
  bits: Uint32Array,
  scratch: Uint8Array,
  scratchBytes: number,
  nodeBudget: number,
): number {
  if (2 ** n > nodeBudget) return GAVE_UP;
  return everySubset(n, values, target, tolerance, objective, limit, bits, scratch, scratchBytes, nodeBudget);
}
