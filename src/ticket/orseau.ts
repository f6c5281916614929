/** Strong tickets after Orseau: every weight a greedy sum of random products, at most one from each golden interval. */
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { log } from "../net/float64.js";
import type { Core } from "../tensor/core.js";
import { BlockBuilder, type BlockOptions, largest } from "./block.js";
import type { TargetLayer, TicketBlock } from "./contract.js";
import { Draws } from "./draws.js";

/** What `orseauBlock` takes. */
export interface OrseauOptions extends BlockOptions {
  /** For the whole network. */
  readonly delta: number;
  /** Layers of the target network, among which delta is shared. */
  readonly layers: number;
  /** The most neurons to draw. Default ⌈16 K (n + ln(2 l K / δ))⌉, n the weights and biases, K the intervals. */
  readonly neurons?: number;
}

const LN_RATIO = 0.4054651081081644; // ln 3/2
/** More make an epsilon of 10⁻¹¹ of the largest weight: far below what f32 tells apart. */
const MOST_INTERVALS = 64;
/** Neurons in a chunk: 32 KiB of weights. */
const CHUNK = 4096;

/**
 * Builds two random layers and prunes them to sums of products of one weight in and one out.
 *
 * With v_i in [α gⁱ⁺¹, α gⁱ], g = 2/3, α the largest |weight|, the greedy sum of |a| (take v_i when it is no more than
 * what is left, i = 0 … K − 1) leaves at most α gᴷ⁻¹ ≤ ε: any g ≥ 1/φ does. Each v_i is the product |w u| of a random
 * neuron, with the sign of w that of the inputs to serve and the sign of w u that of a. Biases are weights on 1, which
 * the neurons' random biases are.
 *
 * |w| and |u| are hyperbolic, c (3/2)^(K U) with U uniform, signs fair, and c such that the middle half of ln |w u| is
 * the K intervals. There its density is at least half of its peak 1 / (K ln 3/2), so a neuron is in a given class of
 * signs and interval with chance ≥ 1 / (8 K). One pool serves the layer: of 16 K (n + ln(2 l K / δ)) neurons, every
 * class has as many as n weights may take, in all l layers, with chance ≥ 1 − δ. It is drawn as far as it is needed.
 *
 * Source: Orseau, Hutter & Rivasplata, "Logarithmic pruning is all you need", 2020; the constants are derived here.
 *
 * @param core  for scratch space
 * @param target  the layer to approximate
 * @param options  how near, with what chance, from which seed
 * @returns the block; weights that an exhausted pool left too far off are counted in `failures`. Rejects with the
 *   signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as a rejection, when an argument does
 *   not fit
 */
export async function orseauBlock(
  core: Core,
  target: TargetLayer,
  options: OrseauOptions,
): Promise<TicketBlock> {
  checkOptions("options", options, [
    ...(["epsilon", "delta", "layers", "neurons"] as const),
    ...(["nonNegative", "seed", "layer", "signal", "onProgress"] as const),
  ]);
  const { epsilon, delta, nonNegative } = options;
  checkNumber("options.epsilon", epsilon, Number.MIN_VALUE);
  checkNumber("options.delta", delta, Number.MIN_VALUE, 1);
  const layers = checkInteger("options.layers", options.layers, 1);
  const builder = new BlockBuilder(target);
  const edges = goldenEdges(largest(target), epsilon);
  const count = edges.length - 1;
  const bound = orseauNeurons(target.rows * (target.columns + 1), count, layers, delta);
  const most = checkInteger("options.neurons", options.neurons ?? bound, 0);

  using _scope = core.scope();
  const pool = new Pool(core, edges, most, options);
  pool.expect(target, nonNegative);
  await builder.build((weight, bothSigns) => {
    for (let side = 0; side < (bothSigns ? 2 : 1); side++) {
      const group = groupOf(side === 0, weight > 0);
      let left = Math.abs(weight);
      for (let i = 0; i < count; i++) {
        if (left <= edges[i + 1]) continue;
        const product = pool.look(group, i);
        if (!(product <= left)) continue;
        left -= product;
        pool.take(group, i, builder);
      }
      pool.served(group);
    }
  }, options);
  return builder.block(pool.drawn, epsilon);
}

/**
 * The derived bound on the pool of a layer.
 *
 * @param targets  weights and biases to approximate
 * @param intervals  K, as many as `goldenEdges` bounds
 * @param layers  of the target network
 * @param delta  the chance that one of their pools is too small
 * @returns neurons, ⌈16 K (targets + ln(2 layers K / delta))⌉
 */
export function orseauNeurons(targets: number, intervals: number, layers: number, delta: number): number {
  return Math.ceil(16 * intervals * (targets + log((2 * layers * intervals) / delta)));
}

/**
 * Bounds of the intervals, falling by 2/3 each: interval i is from edge i + 1, excluded, to edge i. The last lower edge
 * but one is the first that is ≤ epsilon, which makes ⌈log₁.₅(1.5 most / epsilon)⌉ intervals, at least one.
 *
 * @param most  the largest magnitude, the first edge
 * @param epsilon  what may be left
 * @throws {ArgumentRangeError} when there would be more than 64 intervals
 */
export function goldenEdges(most: number, epsilon: number): Float64Array {
  const edges = [most];
  while (edges[edges.length - 1] > epsilon) {
    if (edges.length === MOST_INTERVALS) {
      throw new ArgumentRangeError(
        `"options.epsilon" expected at least 1e-11 of the largest weight, ${most}, got ${epsilon}`,
      );
    }
    edges.push((edges[edges.length - 1] * 2) / 3);
  }
  return Float64Array.from([...edges, (edges[edges.length - 1] * 2) / 3]);
}

/** Which of the four groups of neurons: by the sign of the inputs they serve, and of their products. */
const groupOf = (isAbove: boolean, isPositive: boolean): number => (isAbove ? 0 : 2) + (isPositive ? 0 : 1);

/** Random neurons by class, a class being a group and an interval. Drawn a chunk at a time, when a class runs out. */
class Pool {
  /** Neurons drawn so far. */
  drawn = 0;
  readonly #edges: Float64Array;
  readonly #most: number;
  readonly #draws: Draws;
  /** Scratch for the magnitudes of a chunk. */
  readonly #magnitudes: number;
  /** The smallest magnitude of a weight. */
  readonly #least: number;
  /** Of each class, pairs of incoming and outgoing weight; the last is the next to be taken. */
  readonly #stacks: Float32Array[];
  readonly #counts: Uint32Array;
  /** How many weights of each group are still to come: no class of it can give more neurons than that. */
  readonly #needs = [0, 0, 0, 0];

  constructor(core: Core, edges: Float64Array, most: number, { seed, layer }: OrseauOptions) {
    const [count, upper, lower] = [edges.length - 1, edges[0], edges[edges.length - 1]];
    this.#edges = edges;
    this.#most = most;
    this.#draws = new Draws(core, 2 * CHUNK, count * LN_RATIO, seed, layer);
    this.#magnitudes = core.allocate(8 * CHUNK);
    // The least product, least², is as far below the lower edge as the greatest is above the upper one.
    this.#least = Math.sqrt(lower * Math.sqrt(lower / upper));
    this.#stacks = Array.from({ length: 4 * count }, () => new Float32Array(64));
    this.#counts = new Uint32Array(4 * count);
  }

  /** Announces all weights and biases of a layer, so that neurons that nobody will need are not kept. */
  expect({ weights, bias }: TargetLayer, nonNegative: boolean): void {
    for (const value of weights) {
      if (value === 0) continue;
      this.#needs[groupOf(true, value > 0)]++;
      if (!nonNegative) this.#needs[groupOf(false, value > 0)]++;
    }
    for (const value of bias) if (value !== 0) this.#needs[groupOf(true, value > 0)]++;
  }

  /** A weight of a group has been through. */
  served(group: number): void {
    this.#needs[group]--;
  }

  /** @returns the magnitude of the product of the next neuron of a class; NaN when the pool is exhausted */
  look(group: number, interval: number): number {
    const at = group * (this.#edges.length - 1) + interval;
    while (this.#counts[at] === 0) {
      if (this.drawn >= this.#most) return NaN;
      this.#draw();
    }
    const stack = this.#stacks[at];
    const top = 2 * this.#counts[at] - 2;
    return Math.abs(stack[top] * stack[top + 1]);
  }

  /** Gives the next neuron of a class, seen by `look`, to the block. */
  take(group: number, interval: number, builder: BlockBuilder): void {
    const at = group * (this.#edges.length - 1) + interval;
    const top = 2 * --this.#counts[at];
    builder.keep(this.#stacks[at][top], this.#stacks[at][top + 1]);
  }

  #draw(): void {
    const { core, length } = this.#draws;
    this.#draws.next();
    const signed = this.#draws.view();
    const magnitudes = core.f32(this.#magnitudes, length);
    for (let k = 0; k < length; k++) magnitudes[k] = Math.abs(signed[k]);
    core.kernels.f32_exp(length, this.#magnitudes, this.#magnitudes);
    const neurons = Math.min(CHUNK, this.#most - this.drawn);
    for (let k = 0; k < neurons; k++) this.#classify(signed, magnitudes, 2 * k);
    this.drawn += neurons;
  }

  /** Puts the neuron whose two deviates stand at `k` into its class, unless nobody needs it. */
  #classify(signed: Float32Array, magnitudes: Float32Array, k: number): void {
    const edges = this.#edges;
    const count = edges.length - 1;
    const above = signed[k] >= 0;
    const positive = above === signed[k + 1] >= 0;
    const group = groupOf(above, positive);
    const need = this.#needs[group];
    if (need === 0) return;
    const inner = Math.fround(this.#least * magnitudes[k]);
    const outer = Math.fround(this.#least * magnitudes[k + 1]);
    // A guess from the logarithms, made exact by the product itself.
    let i = Math.floor(1.5 * count - (Math.abs(signed[k]) + Math.abs(signed[k + 1])) / LN_RATIO);
    if (i < -1 || i > count) return;
    const product = inner * outer;
    while (i >= 0 && product > edges[i]) i--;
    while (i < count && product <= edges[i + 1]) i++;
    if (i < 0 || i === count) return;
    const at = group * count + i;
    if (this.#counts[at] === need) return;
    const top = 2 * this.#counts[at]++;
    if (top === this.#stacks[at].length) {
      const grown = new Float32Array(2 * top);
      grown.set(this.#stacks[at]);
      this.#stacks[at] = grown;
    }
    this.#stacks[at][top] = above ? inner : -inner;
    this.#stacks[at][top + 1] = above === positive ? outer : -outer;
  }
}
