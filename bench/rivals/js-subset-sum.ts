/** Meet in the middle as a textbook has it: arrays of sums with their masks, sorted, two pointers. */
import type { SubsetProblem } from "./subset-sum.js";

interface Sum {
  sum: number;
  mask: number;
}

function allSums(values: Float64Array, shift: number): Sum[] {
  let sums: Sum[] = [{ sum: 0, mask: 0 }];
  values.forEach((value, i) => {
    sums = sums.concat(sums.map(({ sum, mask }) => ({ sum: sum + value, mask: mask | (1 << (i + shift)) })));
  });
  return sums;
}

function nearest(pool: Float64Array, target: number): number {
  const half = pool.length >> 1;
  const bySum = (a: Sum, b: Sum) => a.sum - b.sum;
  const left = allSums(pool.subarray(0, half), 0).sort(bySum);
  const right = allSums(pool.subarray(half), half).sort(bySum);
  let [i, j, best, mask] = [0, right.length - 1, Infinity, 0];
  while (i < left.length && j >= 0) {
    const difference = left[i].sum + right[j].sum - target;
    if (Math.abs(difference) < best) {
      best = Math.abs(difference);
      mask = left[i].mask | right[j].mask;
    }
    if (difference > 0) j--;
    else i++;
  }
  return mask;
}

function any(pool: Float64Array, target: number, tolerance: number): number {
  const sums = [0];
  for (let mask = 0; mask < 2 ** pool.length; mask++) {
    if (mask > 0) {
      const top = 31 - Math.clz32(mask);
      sums.push(sums[mask ^ (1 << top)] + pool[top]);
    }
    if (Math.abs(sums[mask] - target) <= tolerance) return mask;
  }
  return 0;
}

/** Subsets of one size after the other, by recursion. */
function fewest(pool: Float64Array, target: number, tolerance: number): number {
  let [best, mask] = [Infinity, 0];
  const extend = (first: number, left: number, sum: number, bits: number) => {
    if (left === 0) {
      if (Math.abs(sum - target) >= best) return;
      best = Math.abs(sum - target);
      mask = bits;
      return;
    }
    for (let i = first; i <= pool.length - left; i++) extend(i + 1, left - 1, sum + pool[i], bits | (1 << i));
  };
  for (let size = 0; size <= pool.length && !(best <= tolerance); size++) {
    best = Infinity;
    extend(0, size, 0, 0);
  }
  return best <= tolerance ? mask : 0;
}

/** The masks of all targets. */
export function subsetSumJs({ n, count, pools, targets, objective, tolerance }: SubsetProblem): Uint32Array {
  const solve = { nearest, any, fewest }[objective];
  return Uint32Array.from({ length: count }, (_, t) =>
    solve(pools.subarray(t * n, (t + 1) * n), targets[t], tolerance),
  );
}
