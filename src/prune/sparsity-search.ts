/** The largest sparsity that is still good enough. */
import type { WorkOptions } from "./contract.js";

/** Sparsities that are looked at: k / STEPS. */
const STEPS = 1024;

/**
 * Bisects over the sparsities k / 1024.
 *
 * @param isWithin  whether a sparsity is good enough
 * @param work  progress and cancelling
 * @returns the largest that bisection finds; 0 where none is
 * Rejects with the signal's reason when it is aborted.
 */
export async function largestSparsity(
  isWithin: (sparsity: number) => Promise<boolean>,
  { signal, onProgress }: WorkOptions,
): Promise<number> {
  let [low, high, done] = [0, STEPS + 1, 0];
  while (high - low > 1) {
    signal?.throwIfAborted();
    const middle = (low + high) >> 1;
    if (await isWithin(middle / STEPS)) low = middle;
    else high = middle;
    onProgress?.({ done: ++done, total: 32 - Math.clz32(STEPS) });
  }
  return low / STEPS;
}
