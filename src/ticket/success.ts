/** How often random numbers have a subset that sums to a random target: what the bounds ask for, measured. */
import { checkGiven, checkInstance, checkInteger, checkNumber, checkOneOf } from "../check.js";
import { STREAM } from "../random.js";
import { MOST_VALUES } from "../subset-sum/batch.js";
import { subsetSum } from "../subset-sum/subset-sums.js";
import { Core } from "../tensor/core.js";
import { pensiaBound } from "./bounds.js";
import { uniforms } from "./domain.js";

/** What is tried. */
export interface SuccessOptions {
  /** n: random values, from 1 to 48; some microseconds a trial up to 24, much more beyond. */
  readonly values: number;
  /** How far a sum may be from its target, ≥ 0. */
  readonly epsilon: number;
  /** Pools and targets, at least 1. */
  readonly trials: number;
  /** An integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Law of the values: U[−1, 1), or that of the product of two of them. Default "uniform". */
  readonly pool?: "uniform" | "product";
}

/** How often it worked. */
export interface SuccessRate {
  /** Share of the trials with a subset within epsilon; its standard error is √(p (1 − p) / trials). */
  readonly probability: number;
  /** As it was given. */
  readonly trials: number;
  /**
   * Values that are asked for to fail with a chance of at most epsilon (`pensiaBound`, C = 3 as the authors' code has
   * it); undefined unless 0 < epsilon < 1.
   */
  readonly bound?: number;
}

/** Trials in a chunk: their values and those they are products of take 10 MB for 48 values. */
const CHUNK = 8192;

/**
 * Draws pools of n values and one target from U[−1, 1) for each, and counts the targets that some subset, the empty one
 * included, comes within epsilon of. Every trial is decided exactly.
 *
 * With n ≥ C log(1 / min(ε, δ)) the share is at least 1 − δ, even for all targets of [−1/2, 1/2] at once (Lueker 1998,
 * as Pensia et al. 2020 use it).
 *
 * @param core  whose generator draws everything
 * @param options  n, epsilon, trials, seed, law
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 */
export function successProbability(core: Core, options: SuccessOptions): SuccessRate {
  checkInstance("core", core, Core);
  checkGiven("options", options, ["values", "epsilon", "trials", "seed", "pool"]);
  const values = checkInteger("options.values", options.values, 1, MOST_VALUES);
  const epsilon = checkNumber("options.epsilon", options.epsilon, 0);
  const trials = checkInteger("options.trials", options.trials, 1);
  const seed = checkInteger("options.seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  const isProduct =
    checkOneOf("options.pool", options.pool ?? "uniform", ["uniform", "product"]) === "product";
  let solved = 0;
  for (let first = 0; first < trials; first += CHUNK) {
    const count = Math.min(CHUNK, trials - first);
    const draw = (length: number, part: number): Float32Array =>
      uniforms(core, length, [-1, 1], [seed, STREAM.trials, (3 * first) / CHUNK + part]);
    const targets = draw(count, 0);
    const pools = Float64Array.from(draw(count * values, 1));
    if (isProduct) {
      draw(count * values, 2).forEach((factor, at) => {
        pools[at] *= factor;
      });
    }
    solved += subsetSum(core, pools, targets, { objective: "any", tolerance: epsilon, pools: "own" }).solved;
  }
  const rate = { probability: solved / trials, trials };
  if (!(epsilon > 0 && epsilon < 1)) return rate;
  const [{ candidatesPerWeight }] = pensiaBound({ sizes: [1, 1], epsilon, delta: epsilon }).layers;
  return { ...rate, bound: candidatesPerWeight };
}
