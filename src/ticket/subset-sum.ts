/** Strong tickets after Pensia: every weight a subset sum of random products, the first random layer shared. */
import { checkInteger, checkNumber, checkOneOf, checkOptions } from "../check.js";
import { log } from "../net/float64.js";
import { bitCount } from "../subset-sum/batch.js";
import type { Objective } from "../subset-sum/contract.js";
import { searchSubsetSums } from "../subset-sum/subset-sums.js";
import type { Core } from "../tensor/core.js";
import { type BlockOptions, checkTarget, failuresOf, largest } from "./block.js";
import type { TargetLayer, TicketBlock } from "./contract.js";
import { Draws } from "./draws.js";

/** What `subsetSumBlock` takes. */
export interface SubsetSumBlockOptions extends Omit<BlockOptions, "delta"> {
  /** Neurons for each input and sign, from 1 to 24. Default `poolSize(epsilon)`. */
  readonly pool?: number;
  /** Default "nearest". */
  readonly objective?: Objective;
  /** Threads beside this one; 0 = none. Default the host's parallelism where it pays. */
  readonly workers?: number;
}

/** Layers of a target: its two random layers draw from streams that far apart. */
const MOST_LAYERS = 128;
/** Pools that an input may get: one, and more while weights find nothing within epsilon. */
const MOST_ROUNDS = 4;
/** The sums of 21 values are a millionth of their range apart: more are not needed. */
const LARGEST_DEFAULT = 21;
export const MOST_POOL = 24;
/** Targets searched for together: their products take 44 MB for 21 each. */
const SLAB = 2 ** 18;
const CHUNK = 16_384;

/**
 * The neurons that each input and sign get: 3 log₂(1 / ε), as the published experiment has it, at most 21.
 *
 * @param epsilon  per weight, > 0
 */
export function poolSize(epsilon: number): number {
  return Math.min(LARGEST_DEFAULT, Math.max(1, 3 * Math.round(log(1 / epsilon) / Math.LN2)));
}

/**
 * Builds two random layers and prunes them to subset sums.
 *
 * Neurons of the first layer, their weights w ~ U[−1, 1], each keep one input; each input x keeps n neurons with w > 0,
 * and, where it may be below 0, n with w < 0: u·relu(w x) is u w x for inputs on the side of w and 0 for the others.
 * All outputs share them. Output i has weights u_i ~ U[−s, s] of its own on them, s the layer's largest |weight|, and
 * keeps for input j those whose products u w sum to w_ij best. An input for which a weight finds no subset within ε
 * gets n neurons more, up to three times. A bias is a weight on 1, which the neurons' random biases are.
 *
 * With n ≥ C log₂(1 / min(ε, δ)) the products have a subset within ε of every number of the middle of their range, with
 * chance ≥ 1 − δ (Lueker 1998). Source: Pensia et al., "Optimal lottery tickets via subset sum", 2020, lemma 2 and
 * section 4; that non-negative inputs need half, and more neurons for unlucky inputs, are ours.
 *
 * @param core  for scratch space
 * @param target  the layer to approximate
 * @param options  how near, from which seed
 * @returns the block; weights that never find a subset within epsilon get the nearest of the first pool and are counted
 *   in `failures`. Rejects with the signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as a rejection, when an argument does
 *   not fit
 */
export async function subsetSumBlock(
  core: Core,
  target: TargetLayer,
  options: SubsetSumBlockOptions,
): Promise<TicketBlock> {
  checkOptions("options", options, [
    ...(["epsilon", "pool", "objective", "workers"] as const),
    ...(["nonNegative", "seed", "layer", "signal", "onProgress"] as const),
  ]);
  const { epsilon, nonNegative, objective = "nearest" } = options;
  checkNumber("options.epsilon", epsilon, Number.MIN_VALUE);
  checkOneOf("options.objective", objective, ["nearest", "any", "fewest"]);
  checkInteger("options.layer", options.layer, 0, MOST_LAYERS - 1);
  const n = checkInteger("options.pool", options.pool ?? poolSize(epsilon), 1, MOST_POOL);
  const { columns } = checkTarget(target);
  using _scope = core.scope();
  const neurons = new Neurons(core, target, n, nonNegative ? 1 : 2, options);
  const groups: Group[] = [];
  // All inputs, and 1 for the biases; after the first round those that left a weight without a subset.
  let inputs = Array.from({ length: columns + 1 }, (_, j) => j);
  let left: Left | undefined;
  for (let round = 0; round < MOST_ROUNDS && inputs.length > 0; round++) {
    const more = inputs.flatMap((input) => neurons.draw(input));
    left = await search(core, target, more, left, { ...options, objective, tolerance: epsilon });
    inputs = [...new Set([...left.keys()].map((slot) => slot >> 1))];
    groups.push(...more);
  }
  if (left && left.size > 0) {
    const first = groups.filter((group, g) => groups.findIndex(({ slot }) => slot === group.slot) === g);
    await search(core, target, first, left, { ...options, objective: "nearest", tolerance: Infinity });
  }
  return assemble(target, groups, n, neurons.drawn, epsilon);
}

/** n neurons on one side of one input, which all outputs share, and what each output keeps of them. */
interface Group {
  /** Twice the input, and 1 more for the side below 0; the input after the last is the 1 of the biases. */
  readonly slot: number;
  /** Incoming weights, or biases. */
  readonly inner: Float32Array;
  /** Outgoing weights, n an output. */
  readonly outer: Float32Array;
  /** One bit a neuron, a word an output. */
  readonly masks: Uint32Array;
}

/** Outputs that have found nothing yet, by slot. */
type Left = ReadonlyMap<number, readonly number[]>;

/** The random neurons of both layers, drawn as they are needed. */
export class Neurons {
  /** Neurons drawn, those without use included. */
  drawn = 0;
  readonly #rows: number;
  readonly #columns: number;
  readonly #n: number;
  readonly #sides: number;
  readonly #inner: () => number;
  readonly #outer: () => number;

  constructor(
    core: Core,
    target: TargetLayer,
    n: number,
    sides: number,
    { seed, layer }: Pick<SubsetSumBlockOptions, "seed" | "layer">,
  ) {
    this.#rows = target.rows;
    this.#columns = target.columns;
    this.#n = n;
    this.#sides = sides;
    this.#inner = oneByOne(new Draws(core, CHUNK, 1, seed, layer));
    this.#outer = oneByOne(new Draws(core, CHUNK, largest(target) || 1, seed, layer + MOST_LAYERS));
  }

  /** Neurons for an input until there are n on each side that is needed. */
  draw(input: number): Group[] {
    const sides = input === this.#columns ? 1 : this.#sides;
    const groups = Array.from({ length: sides }, (_, side) => ({
      slot: 2 * input + side,
      inner: new Float32Array(this.#n),
      outer: new Float32Array(this.#n * this.#rows),
      masks: new Uint32Array(this.#rows),
    }));
    const counts = [0, 0];
    while (groups.some((_, side) => counts[side] < this.#n)) {
      const weight = this.#inner();
      this.drawn++;
      const side = weight > 0 ? 0 : 1;
      if (weight !== 0 && side < sides && counts[side] < this.#n) groups[side].inner[counts[side]++] = weight;
    }
    for (const { outer } of groups) for (let at = 0; at < outer.length; at++) outer[at] = this.#outer();
    return groups;
  }
}

function oneByOne(draws: Draws): () => number {
  let at = CHUNK;
  let chunk = new Float32Array(0);
  return () => {
    if (at === CHUNK) {
      draws.next();
      // A copy: the core's memory may grow before the next chunk.
      chunk = draws.view().slice();
      at = 0;
    }
    return chunk[at++];
  };
}

/** How to search: as the block's options say, or for the nearest. */
type SearchOptions = Pick<SubsetSumBlockOptions, "signal" | "onProgress" | "workers"> & {
  readonly objective: Objective;
  readonly tolerance: number;
};

/**
 * Searches the neurons of groups for what each output needs of them, slab by slab.
 *
 * @returns what found nothing
 */
async function search(
  core: Core,
  target: TargetLayer,
  groups: readonly Group[],
  open: Left | undefined,
  { signal, onProgress, workers, objective, tolerance }: SearchOptions,
): Promise<Left> {
  const { rows } = target;
  const all = Array.from({ length: rows }, (_, i) => i);
  const left = new Map<number, number[]>();
  const perSlab = Math.max(1, Math.floor(SLAB / Math.max(1, rows)));
  const report = (first: number) => (progress: { done: number }) =>
    onProgress?.({ done: rows * first + progress.done, total: rows * groups.length });
  for (let first = 0; first < groups.length; first += perSlab) {
    const slab = groups
      .slice(first, first + perSlab)
      .map((group) => ({ group, outputs: open ? (open.get(group.slot) ?? []) : all }));
    const { pools, targets } = productsOf(target, slab);
    if (targets.length === 0) continue;
    const found = await searchSubsetSums(core, pools, targets, {
      ...{ objective, tolerance, pools: "own", signal, workers },
      // Later rounds are short, and the first has said that all is done.
      onProgress: open ? undefined : report(first),
    });
    let t = 0;
    for (const { group, outputs } of slab) {
      for (const i of outputs) {
        if (found.status(t) === "found") group.masks[i] = found.masks[t];
        else left.set(group.slot, [...(left.get(group.slot) ?? []), i]);
        t++;
      }
    }
  }
  return left;
}

/** Targets and products of incoming and outgoing weights, exact in f64. */
function productsOf(
  { columns, weights, bias }: TargetLayer,
  slab: readonly { group: Group; outputs: readonly number[] }[],
): { pools: Float64Array; targets: Float64Array } {
  const count = slab.reduce((sum, { outputs }) => sum + outputs.length, 0);
  const n = slab[0].group.inner.length;
  const targets = new Float64Array(count);
  const pools = new Float64Array(count * n);
  let t = 0;
  for (const { group, outputs } of slab) {
    const input = group.slot >> 1;
    for (const i of outputs) {
      targets[t] = input === columns ? bias[i] : weights[i * columns + input];
      for (let r = 0; r < n; r++) pools[t * n + r] = group.outer[i * n + r] * group.inner[r];
      t++;
    }
  }
  return { pools, targets };
}

/** The layers of what is kept, without the neurons that no output keeps, and how far the sums are off. */
function assemble(
  target: TargetLayer,
  groups: readonly Group[],
  n: number,
  drawn: number,
  epsilon: number,
): TicketBlock {
  const { rows, columns, relu } = target;
  const used = groups.map(({ masks }) => masks.reduce((all, mask) => all | mask, 0));
  const inner = innerLayer(columns, groups, used);
  const residuals = { weights: new Float64Array(rows * columns), bias: new Float64Array(rows) };
  const rowStarts = new Uint32Array(rows + 1);
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rows; i++) {
    const wanted = (input: number) =>
      input === columns ? target.bias[i] : target.weights[i * columns + input];
    const sums = new Float64Array(2 * columns + 1);
    const roundings = new Float64Array(2 * columns + 1);
    for (const [g, { slot, inner: weights, outer, masks }] of groups.entries()) {
      for (let rest = masks[i]; rest !== 0; rest &= rest - 1) {
        const bit = rest & -rest;
        const r = 31 - Math.clz32(bit);
        const product = outer[i * n + r] * weights[r];
        sums[slot] += product;
        // Products of two f32 are exact in f64; n sums are off by less than n · 2⁻⁵² of all magnitudes.
        roundings[slot] += n * 2 ** -52 * (Math.abs(product) + Math.abs(wanted(slot >> 1)));
        columnIndices.push(inner.places[g] + bitCount(used[g] & (bit - 1)));
        values.push(outer[i * n + r]);
      }
    }
    for (const { slot } of groups) {
      const input = slot >> 1;
      const residual = Math.abs(sums[slot] - wanted(input)) + roundings[slot];
      if (input === columns) residuals.bias[i] = residual;
      else
        residuals.weights[i * columns + input] = Math.max(residuals.weights[i * columns + input], residual);
    }
    rowStarts[i + 1] = values.length;
  }
  return {
    inner: inner.layer,
    outer: {
      rows,
      columns: inner.layer.rows,
      rowStarts,
      columnIndices: Uint32Array.from(columnIndices),
      values: Float32Array.from(values),
      bias: new Float32Array(rows),
      relu,
    },
    residuals,
    neurons: drawn,
    failures: failuresOf(residuals, epsilon),
  };
}

/** The neurons that some output keeps, group after group; `places` is the first of each group. */
function innerLayer(columns: number, groups: readonly Group[], used: readonly number[]) {
  const places: number[] = [];
  const rowStarts = [0];
  const [columnIndices, values, bias]: number[][] = [[], [], []];
  for (const [g, { slot, inner }] of groups.entries()) {
    places.push(bias.length);
    for (let rest = used[g]; rest !== 0; rest &= rest - 1) {
      const weight = inner[31 - Math.clz32(rest & -rest)];
      const isBias = slot >> 1 === columns;
      bias.push(isBias ? weight : 0);
      if (!isBias) {
        columnIndices.push(slot >> 1);
        values.push(weight);
      }
      rowStarts.push(values.length);
    }
  }
  const layer = {
    ...{ rows: bias.length, columns, relu: true },
    rowStarts: Uint32Array.from(rowStarts),
    columnIndices: Uint32Array.from(columnIndices),
    values: Float32Array.from(values),
    bias: Float32Array.from(bias),
  };
  return { layer, places };
}
