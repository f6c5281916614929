/** Plain twin of assembly/subset-sum/greedy.ts: the same rule. */
import { FOUND, GAVE_UP, sumOf } from "./every-subset.js";

export function f64_subset_sum_greedy(
  n: number,
  values: Float64Array,
  target: number,
  tolerance: number,
  _objective: number,
  limit: number,
  bits: Uint32Array,
  _scratch: Uint8Array,
  _scratchBytes: number,
  _nodeBudget: number,
): number {
  const order = Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || i - j);
  const taken = new Uint32Array(bits.length);
  let missing = Math.abs(target);
  let count = 0;
  for (const i of order) {
    const value = Math.sign(target) * values[i];
    if (!(value > 0 && value <= missing) || count === limit) continue;
    missing -= value;
    taken[i >> 5] |= 1 << (i & 31);
    count++;
  }
  if (!(Math.abs(target - sumOf(n, values, taken)) <= tolerance)) return GAVE_UP;
  bits.set(taken);
  return FOUND;
}
