/** Plain twin of assembly/subset-sum/trimming.ts: each list sorted anew. */
import { FOUND, GAVE_UP, IMPOSSIBLE, sumOf } from "./every-subset.js";

export function f64_subset_sum_trimming(
  n: number,
  values: Float64Array,
  target: number,
  tolerance: number,
  _objective: number,
  _limit: number,
  bits: Uint32Array,
  _scratch: Uint8Array,
  scratchBytes: number,
  _nodeBudget: number,
): number {
  const words = bits.length;
  if (Math.abs(target) <= tolerance) {
    bits.fill(0);
    return FOUND;
  }
  const gap = tolerance / Math.max(n, 1);
  let list = [{ sum: 0, mask: new Uint32Array(words) }];
  for (let i = 0; i < n; i++) {
    if (2 * list.length > Math.floor(scratchBytes / 16)) return GAVE_UP;
    const more = list.map(({ sum, mask }) => {
      const longer = mask.slice();
      longer[i >> 5] |= 1 << (i & 31);
      return { sum: sum + values[i], mask: longer };
    });
    // Stable: among equal sums those without the element come first.
    const all = [...list, ...more].sort((a, b) => a.sum - b.sum);
    list = [];
    for (const entry of all) {
      if (list.length === 0 || entry.sum - list[list.length - 1].sum > gap) list.push(entry);
    }
  }
  const magnitude = values.subarray(0, n).reduce((sum, value) => sum + Math.abs(value), Math.abs(target));
  const slack = (n + 4) * 2 ** -52 * magnitude;
  let best = list[0];
  let answer = IMPOSSIBLE;
  for (const entry of list) {
    const excess = entry.sum - target;
    if (excess >= -tolerance - n * gap - slack && excess <= tolerance + slack) answer = GAVE_UP;
    if (Math.abs(excess) < Math.abs(best.sum - target)) best = entry;
  }
  if (!(Math.abs(target - sumOf(n, values, best.mask)) <= tolerance)) return answer;
  bits.set(best.mask);
  return FOUND;
}
