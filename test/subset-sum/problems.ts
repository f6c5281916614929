/** Subset-sum problems for the tests of the solvers. */
import type { Argument } from "../harness/host.js";
import type { Random } from "../harness/random.js";

export const [NEAREST, ANY, FEWEST] = [0, 1, 2];

/** f64 values with all their bits, uniform in [low, high). */
export function uniform64(random: Random, n: number, low = -1, high = 1): Float64Array {
  return Float64Array.from({ length: n }, () => low + (high - low) * (random.u32() / 2 ** 32 + random.u32() / 2 ** 64));
}

/** A random mask of n elements, of exactly `count` of them when given. */
export function randomMask(random: Random, n: number, count?: number): Uint8Array {
  const mask = new Uint8Array(n);
  if (count === undefined) return mask.map(() => random.below(2));
  for (let left = count; left > 0; ) {
    const i = random.below(n);
    if (mask[i]) continue;
    mask[i] = 1;
    left--;
  }
  return mask;
}

/** Σ of the values under the mask, upwards: the sum that counts. */
export function sumOf(values: ArrayLike<number>, mask: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (mask[i]) sum += values[i];
  return sum;
}

/** A kernel's arguments. */
export function argumentsOf(
  values: Float64Array, target: number, tolerance: number, objective: number, limit = values.length,
  scratchBytes = 0, budget = 1e9,
): Argument[] {
  const n = values.length;
  const [bits, scratch] = [new Uint32Array(Math.ceil(n / 32)).fill(0xa5a5a5a5), new Uint8Array(scratchBytes)];
  return [n, values, target, tolerance, objective, limit, bits, scratch, scratchBytes, budget];
}

/** Problems whose answer is one subset or none: for kernels and twins that look in other orders. */
export function* singleAnswers(
  random: Random, sizes: Iterable<number>, objectives: number[], hasLimits: boolean,
  scratchBytes: (n: number) => number,
): Generator<Argument[]> {
  for (const n of sizes) {
    const values = uniform64(random, n);
    const planted = sumOf(values, randomMask(random, n));
    const limits = hasLimits ? new Set([n, n >> 1, Math.min(1, n), 0]) : [n];
    for (const objective of objectives) {
      for (const limit of limits) {
        const problem = (target: number, tolerance: number) =>
          argumentsOf(values, target, tolerance, objective, limit, scratchBytes(n));
        yield problem(planted, 1e-13);
        yield problem(planted + 3e-9, 1e-13);
        yield problem(n + 1, 0.5);
        if (objective === NEAREST) yield problem(uniform64(random, 1)[0], Infinity);
        if (objective === FEWEST) yield problem(uniform64(random, 1)[0], 0.05);
      }
    }
  }
}
