/** Plain twin of assembly/subset-sum/dynamic-programming.ts: the element that reached each cell first, in a map. */
import { FOUND, GAVE_UP, IMPOSSIBLE, sumOf } from "./every-subset.js";

export function f64_subset_sum_dynamic_programming(
  n: number,
  values: Float64Array,
  target: number,
  tolerance: number,
  _objective: number,
  _limit: number,
  bits: Uint32Array,
  _scratch: Uint8Array,
  _scratchBytes: number,
  _nodeBudget: number,
): number {
  if (Math.abs(target) <= tolerance) {
    bits.fill(0);
    return FOUND;
  }
  if (tolerance === 0) return GAVE_UP;
  const h = (2 * tolerance) / n;
  const steps = Array.from(values.subarray(0, n), (value) => nearest(value / h));
  const reach = steps.reduce((sum, step) => sum + Math.abs(step), 0);
  const aim = target / h - steps.reduce((sum, step) => sum + Math.min(step, 0), 0);
  const window = n + 2 ** -10;
  if (aim < -window || aim > reach + window) return IMPOSSIBLE;
  const firsts = new Map([[0, -1]]);
  for (const [i, step] of steps.entries()) {
    for (const cell of [...firsts.keys()]) {
      const next = cell + Math.abs(step);
      if (!firsts.has(next)) firsts.set(next, i);
    }
  }
  let answer = IMPOSSIBLE;
  for (let k = 0; k <= 2 * n + 2; k++) {
    const cell = nearest(aim) + (k % 2 ? (k + 1) / 2 : -k / 2);
    if (!firsts.has(cell) || Math.abs(cell - aim) > window) continue;
    const taken = new Uint32Array(bits.length);
    for (let i = 0; i < n; i++) if (steps[i] < 0) taken[i >> 5] ^= 1 << (i & 31);
    for (let at = cell; at > 0; ) {
      const i = firsts.get(at) as number;
      taken[i >> 5] ^= 1 << (i & 31);
      at -= Math.abs(steps[i]);
    }
    if (Math.abs(target - sumOf(n, values, taken)) <= tolerance) {
      bits.set(taken);
      return FOUND;
    }
    answer = GAVE_UP;
  }
  return answer;
}

/** The nearest integer, of two the even one. */
function nearest(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
