/** Strong tickets after Malach: for each weight, a pair of random weights whose product is near it. */
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { log } from "../net/float64.js";
import type { Core } from "../tensor/core.js";
import { BlockBuilder, type BlockOptions, largest } from "./block.js";
import type { TargetLayer, TicketBlock } from "./contract.js";
import { Draws } from "./draws.js";

/** What `malachBlock` takes. */
export interface MalachOptions extends BlockOptions {
  /** For one weight or bias. */
  readonly delta: number;
  /** Random pairs for each weight, at least 1. Default (16 s² / ε²) ln(2 / δ), rounded up. */
  readonly pairs?: number;
}

/** The most pairs that one layer may ask for: some minutes of work. */
const MOST_PAIRS = 4e9;
/** Pairs in a chunk: 256 KiB. */
const CHUNK = 32_768;

/**
 * Builds two random layers and prunes them to one weight in and one out for each weight and sign of its input.
 *
 * Every weight a has a pool of random neurons of its own, incoming w ~ U[−1, 1], outgoing u ~ U[−s, s], s the larger of
 * 1 and the layer's largest |weight|. Kept are the neuron with w > 0 whose w·u is nearest a, which serves x ≥ 0:
 * u·relu(w x) = w u x; and, for inputs that may be below 0, the one with w < 0, since there u·relu(w x) = w u x too.
 * Neither is kept when all are farther from a than 0 is. A bias is a weight on 1, which the neurons' random biases are.
 *
 * The pool: with e = ε / 2s, w within e of a / s and u/s within e of ±1 has chance ≥ e² / 4, and gives |w u − a| ≤ ε.
 * So (4 / e²) ln(2 / δ) pairs fail one of the two signs with chance ≤ δ.
 *
 * Source: Malach, Yehudai, Shalev-Shwartz & Shamir, "Proving the lottery ticket hypothesis: pruning is all you need",
 * 2020, whose proof this follows; the constants are derived here.
 *
 * @param core  for scratch space
 * @param target  the layer to approximate
 * @param options  how near, with what chance, from which seed
 * @returns the block; unlucky draws are counted in `failures`. Rejects with the signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as a rejection: when an argument does
 *   not fit, or all pools together exceed 4·10⁹ pairs
 */
export async function malachBlock(
  core: Core,
  target: TargetLayer,
  options: MalachOptions,
): Promise<TicketBlock> {
  checkOptions("options", options, [
    ...(["epsilon", "delta", "pairs", "nonNegative", "seed", "layer", "signal", "onProgress"] as const),
  ]);
  const { epsilon, delta } = options;
  checkNumber("options.epsilon", epsilon, Number.MIN_VALUE);
  checkNumber("options.delta", delta, Number.MIN_VALUE, 1);
  const builder = new BlockBuilder(target);
  const scale = Math.max(1, largest(target));
  const pairs = checkInteger("options.pairs", options.pairs ?? malachPairs(epsilon, delta, scale), 1);
  const isThere = (sum: number, weight: number) => sum + (weight === 0 ? 0 : 1);
  const targets = target.bias.reduce(isThere, target.weights.reduce(isThere, 0));
  if (pairs * targets > MOST_PAIRS) {
    const expected = `pools of at most ${MOST_PAIRS} pairs together; a larger epsilon needs fewer`;
    throw new ArgumentRangeError(
      `"options.pairs" expected ${expected}, got ${pairs * targets} (${pairs} for each of ${targets} weights)`,
    );
  }

  using _scope = core.scope();
  const draws = new Draws(core, 2 * CHUNK, 1, options.seed, options.layer);
  let at = CHUNK;
  await builder.build(async (weight, bothSigns, pace) => {
    // What was found so far for inputs ≥ 0 and below: how far, and the pair.
    const nearest = [weight, weight].map((none) => ({ distance: Math.abs(none), inner: 0, outer: 0 }));
    for (let left = pairs; left > 0; ) {
      if (at === CHUNK) {
        await pace();
        draws.next();
        at = 0;
      }
      const count = Math.min(left, CHUNK - at);
      scan(draws.view(), at, count, scale, weight, nearest);
      at += count;
      left -= count;
    }
    for (const { inner, outer } of bothSigns ? nearest : nearest.slice(0, 1))
      if (inner) builder.keep(inner, outer);
  }, options);
  return builder.block(pairs * targets, epsilon);
}

/**
 * The derived bound on the pool of one weight.
 *
 * @param epsilon  the most that the weight may be off, > 0
 * @param delta  the chance that it is more, from 0 to 1
 * @param scale  bound of the outgoing weights, ≥ 1
 * @returns pairs, ⌈(16 scale² / epsilon²) ln(2 / delta)⌉
 */
export function malachPairs(epsilon: number, delta: number, scale = 1): number {
  return Math.ceil(16 * (scale / epsilon) ** 2 * log(2 / delta));
}

interface Nearest {
  distance: number;
  inner: number;
  outer: number;
}

/** Looks through `count` pairs of a chunk from `first` on: incoming weights stand in its first half. */
function scan(
  chunk: Float32Array,
  first: number,
  count: number,
  scale: number,
  weight: number,
  nearest: readonly Nearest[],
): void {
  const [above, below] = nearest;
  for (let k = first; k < first + count; k++) {
    const inner = chunk[k];
    const outer = Math.fround(scale * chunk[CHUNK + k]);
    const distance = Math.abs(inner * outer - weight);
    const side = inner > 0 ? above : below;
    if (distance >= side.distance) continue;
    side.distance = distance;
    side.inner = inner;
    side.outer = outer;
  }
}
