/** Seeds and streams for the core's generator (assembly/random.ts): all the randomness of the package. */
import { checkInteger } from "./check.js";

/** What a stream of deviates is for. The substream is the layer or the epoch. */
export const STREAM = {
  weights: 1,
  order: 2,
  shuffle: 3,
  scores: 4,
  tickets: 5,
  trials: 6,
  popup: 7,
  inputs: 16,
  neurons: 17,
  features: 18,
  split: 19,
} as const;

/**
 * The key of a seed.
 *
 * @param seed  an integer from 0 to 2⁵³ − 1
 * @returns its low and high 32 bits
 * @throws {ArgumentTypeError | ArgumentRangeError} when it is something else
 */
export function seedWords(seed: number): [low: number, high: number] {
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}
