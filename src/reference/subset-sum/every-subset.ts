/** What the twins of the exact solvers of subset sum have in common: they look at every subset. */

/** Objectives by the numbers that kernels take. */
export const [NEAREST, ANY, FEWEST] = [0, 1, 2];
/** Answers by the numbers that kernels give. */
export const [FOUND, IMPOSSIBLE, GAVE_UP] = [0, 1, 2];

/** Σ of the values whose bit is set, upwards. */
export function sumOf(n: number, values: Float64Array, bits: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < n; i++) if ((bits[i >> 5] >>> (i & 31)) & 1) sum += values[i];
  return sum;
}

/**
 * Looks at all subsets of at most `limit` of n ≤ 30 elements, each summed in order.
 *
 * @param bits  one word; written when a subset is found
 * @returns FOUND or IMPOSSIBLE
 */
export function everySubset(
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
  let [best, bestCount, found] = [Infinity, Infinity, -1];
  for (let step = 0; step < 2 ** n; step++) {
    const mask = step ^ (step >>> 1);
    let count = 0;
    for (let i = 0; i < n; i++) count += (mask >>> i) & 1;
    const residual = Math.abs(target - sumOf(n, values, [mask]));
    if (count > limit || !(residual <= tolerance)) continue;
    const isNearer = residual < best || (residual === best && mask < found);
    const isBetter =
      objective === FEWEST
        ? count < bestCount || (count === bestCount && isNearer)
        : found < 0 || (objective === NEAREST && isNearer);
    if (isBetter) [best, bestCount, found] = [residual, count, mask];
  }
  if (found < 0) return IMPOSSIBLE;
  if (n > 0) bits[0] = found;
  return FOUND;
}
