/**
 * The fastest plain JavaScript for subset sums that was found: typed arrays made once, sorted halves by merge-doubling
 * (Math.min takes the smaller head without a branch), masks recovered from index-ordered sums, sizes in long runs.
 */
import type { SubsetProblem } from "./subset-sum.js";

/** Sorted sums of `count` values, in one of the two arrays. */
function sortedSums(
  pool: Float64Array,
  first: number,
  count: number,
  a: Float64Array,
  b: Float64Array,
): Float64Array {
  a[0] = 0;
  for (let k = 0; k < count; k++) {
    const x = pool[first + k];
    const size = 1 << k;
    a[size] = Infinity;
    let [i, j] = [0, 0];
    for (let o = 0; o < 2 * size; o++) {
      const [u, v] = [a[i], a[j] + x];
      b[o] = Math.min(u, v);
      const isFirst = Number(u <= v);
      i += isFirst;
      j += 1 - isFirst;
    }
    [a, b] = [b, a];
  }
  return a;
}

/** The first subset with a sum among index-ordered sums. */
function maskOf(pool: Float64Array, first: number, count: number, sum: number, sums: Float64Array): number {
  sums[0] = 0;
  if (sum === 0) return 0;
  for (let k = 0; k < count; k++) {
    const size = 1 << k;
    const x = pool[first + k];
    for (let s = 0; s < size; s++) {
      sums[size + s] = sums[s] + x;
      if (sums[size + s] === sum) return size + s;
    }
  }
  return -1;
}

/** Sums in another order differ in their last bits: those of f32 values are exact in f64, so here they do not. */
function nearest(pool: Float64Array, n: number, target: number, [a, b, c, d, e]: Float64Array[]): number {
  const half = n >> 1;
  const left = sortedSums(pool, 0, half, a, b);
  const right = sortedSums(pool, half, n - half, c, d);
  const end = 1 << half;
  let [i, j, best, bestLeft, bestRight] = [0, (1 << (n - half)) - 1, Infinity, 0, 0];
  while (i < end && j >= 0) {
    const difference = left[i] + right[j] - target;
    const distance = Math.abs(difference);
    if (distance < best) {
      best = distance;
      bestLeft = left[i];
      bestRight = right[j];
    }
    const isAbove = Number(difference > 0);
    j -= isAbove;
    i += 1 - isAbove;
  }
  return maskOf(pool, 0, half, bestLeft, e) | (maskOf(pool, half, n - half, bestRight, e) << half);
}

function any(pool: Float64Array, n: number, target: number, tolerance: number, sums: Float64Array): number {
  if (Math.abs(target) <= tolerance) return 0;
  sums[0] = 0;
  for (let k = 0; k < n; k++) {
    const size = 1 << k;
    const x = pool[k];
    for (let s = 0; s < size; s++) {
      const sum = sums[s] + x;
      sums[size + s] = sum;
      if (Math.abs(sum - target) <= tolerance) return size + s;
    }
  }
  return 0;
}

/** Sums and masks of k values, by their largest, from those of k − 1. */
function fewest(pool: Float64Array, n: number, target: number, tolerance: number, room: FewestRoom): number {
  if (Math.abs(target) <= tolerance) return 0;
  let { sums, masks, nextSums, nextMasks } = room;
  sums[0] = 0;
  masks[0] = 0;
  // How many of them have only values below j.
  let below = new Int32Array(n + 1).fill(1);
  for (let size = 1; size <= n; size++) {
    let [length, best, mask] = [0, Infinity, 0];
    const next = new Int32Array(n + 1);
    for (let j = 0; j < n; j++) {
      next[j] = length;
      const count = j >= size - 1 ? below[j] : 0;
      const x = pool[j];
      for (let s = 0; s < count; s++) {
        const sum = sums[s] + x;
        nextSums[length] = sum;
        nextMasks[length] = masks[s] | (1 << j);
        const distance = Math.abs(sum - target);
        if (distance < best) {
          best = distance;
          mask = nextMasks[length];
        }
        length++;
      }
    }
    next[n] = length;
    if (best <= tolerance) return mask;
    [sums, nextSums, masks, nextMasks, below] = [nextSums, sums, nextMasks, masks, next];
  }
  return 0;
}

interface FewestRoom {
  sums: Float64Array;
  masks: Int32Array;
  nextSums: Float64Array;
  nextMasks: Int32Array;
}

/** Makes the memory once. @returns the masks of all targets */
export function tunedSubsetSum(problem: SubsetProblem): () => Uint32Array {
  const { n, count, pools, targets, objective, tolerance } = problem;
  const masks = new Uint32Array(count);
  const lists = Array.from({ length: 5 }, () => new Float64Array(2 ** (n - (n >> 1)) + 1));
  const all = new Float64Array(objective === "any" ? 2 ** n : 0);
  const most = objective === "fewest" ? 2 ** (n - 1) : 0;
  const [sums, nextSums] = [new Float64Array(most), new Float64Array(most)];
  const room = { sums, nextSums, masks: new Int32Array(most), nextMasks: new Int32Array(most) };
  return () => {
    for (let t = 0; t < count; t++) {
      const pool = pools.subarray(t * n, (t + 1) * n);
      if (objective === "nearest") masks[t] = nearest(pool, n, targets[t], lists);
      else if (objective === "any") masks[t] = any(pool, n, targets[t], tolerance, all);
      else masks[t] = fewest(pool, n, targets[t], tolerance, room);
    }
    return masks;
  };
}
