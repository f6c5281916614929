/** Strong tickets after Pensia: every weight a subset sum of random products, the first random layer shared. */
import { checkInteger, checkNumber, checkOneOf, checkOptions } from "../check.js";
import { log } from "../net/float64.js";
import type { Objective } from "../subset-sum/contract.js";
import type { SubsetSums } from "../subset-sum/problem.js";
import { searchSubsetSums } from "../subset-sum/subset-sums.js";
import type { Core } from "../tensor/core.js";
import { type BlockOptions, checkTarget, largest } from "./block.js";
import type { TargetLayer, TicketBlock } from "./contract.js";
import { Draws } from "./draws.js";

/** What `subsetSumBlock` takes. */
export interface SubsetSumBlockOptions extends Omit<BlockOptions, "delta"> {
  /** Neurons for each input and sign, from 1 to 24. Default `poolSize(epsilon)`. */
  readonly pool?: number;
  /** Default "nearest". A weight for which the objective finds nothing within epsilon gets the nearest sum. */
  readonly objective?: Objective;
  /** Threads beside this one; 0 = none. Default the host's parallelism where it pays. */
  readonly workers?: number;
}

/** Layers of a target: its two random layers draw from streams that far apart. */
const MOST_LAYERS = 128;
/** More values than this are not needed: the sums of 21 are a millionth of their range apart. */
const LARGEST_DEFAULT = 21;
const MOST_POOL = 24;
/** Products of a slab of inputs: 43 MB. */
const SLAB = 2 ** 18;
const CHUNK = 16_384;
const LN2 = 0.6931471805599453;

/**
 * The neurons that each input and sign get: 3 log₂(1 / ε), as the published experiment has it, at most 21.
 *
 * @param epsilon  per weight, > 0
 */
export function poolSize(epsilon: number): number {
  return Math.min(LARGEST_DEFAULT, Math.max(1, 3 * Math.round(log(1 / epsilon) / LN2)));
}

/**
 * Builds two random layers and prunes them to subset sums.
 *
 * Neurons of the first layer, their weights w ~ U[−1, 1], each keep one input; each input x keeps n neurons with w > 0,
 * and, where it may be below 0, n with w < 0: u·relu(w x) is u w x for inputs on the side of w and 0 for the others. All
 * outputs share them. Output i has weights u_i ~ U[−s, s] of its own on them, s the layer's largest |weight|, and keeps
 * for input j those whose products u w sum to w_ij best. A bias is a weight on 1, which the neurons' random biases are.
 *
 * With n ≥ C log₂(1 / min(ε, δ)) the products have a subset within ε of every number of the middle of their range, with
 * chance ≥ 1 − δ (Lueker 1998). Source: Pensia et al., "Optimal lottery tickets via subset sum", 2020, lemma 2 and
 * section 4; that non-negative inputs need half is derived here.
 *
 * @param core  for scratch space
 * @param target  the layer to approximate
 * @param options  how near, from which seed
 * @returns the block; weights without a subset within epsilon are counted in `failures`. Rejects with the signal's reason
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
  const { epsilon, nonNegative, seed, layer, objective = "nearest" } = options;
  checkNumber("options.epsilon", epsilon, Number.MIN_VALUE);
  checkOneOf("options.objective", objective, ["nearest", "any", "fewest"]);
  checkInteger("options.layer", layer, 0, MOST_LAYERS - 1);
  const n = checkInteger("options.pool", options.pool ?? poolSize(epsilon), 1, MOST_POOL);
  checkTarget(target);
  const { rows, columns } = target;
  const hidden = drawHidden(core, columns, n, nonNegative, seed, layer);
  const outer = drawOuter(
    core,
    rows * hidden.weights.length,
    largest(target) || 1,
    seed,
    layer + MOST_LAYERS,
  );
  const groups = hidden.weights.length / n;
  const masks = new Uint32Array(rows * groups);
  const perSlab = Math.max(1, Math.floor(SLAB / Math.max(1, rows)));
  for (let first = 0; first < groups; first += perSlab) {
    const count = Math.min(perSlab, groups - first);
    const { pools, targets } = slabOf(target, hidden, outer, n, first, count);
    const onProgress = ({ done }: { done: number }) =>
      options.onProgress?.({ done: rows * first + done, total: rows * groups });
    const search = { signal: options.signal, onProgress, workers: options.workers };
    const found = await nearestWhereNone(core, pools, targets, objective, epsilon, search);
    masks.set(found.masks, rows * first);
  }
  return assemble(target, hidden, outer, n, masks, epsilon);
}

/** Neurons of the first layer, n for each group: an input on one side of 0, or 1 for the biases. */
interface Hidden {
  /** Incoming weights, or biases; n a group. */
  readonly weights: Float32Array;
  /** Input of each group, `columns` for the biases. Both sides of an input follow each other. */
  readonly inputs: Uint32Array;
  /** Neurons drawn, those without use included. */
  readonly drawn: number;
}

/** Draws neurons for each input until there are enough on each side that is needed. */
function drawHidden(
  core: Core,
  columns: number,
  n: number,
  nonNegative: boolean,
  seed: number,
  layer: number,
): Hidden {
  return core.scoped(() => {
    const draws = new Draws(core, CHUNK, 1, seed, layer);
    const sides = nonNegative ? 1 : 2;
    const inputs = Uint32Array.from({ length: sides * columns + 1 }, (_, g) => Math.floor(g / sides));
    const weights = new Float32Array(n * inputs.length);
    let [at, drawn] = [CHUNK, 0];
    for (let first = 0; first < inputs.length; first += sides) {
      const isBias = inputs[first] === columns;
      // What is still needed above and below 0.
      const needs = [n, isBias ? 0 : n * (sides - 1)];
      while (needs[0] > 0 || needs[1] > 0) {
        if (at === CHUNK) {
          draws.next();
          at = 0;
        }
        const weight = draws.view()[at++];
        drawn++;
        const side = weight > 0 ? 0 : 1;
        if (weight === 0 || needs[side] === 0) continue;
        weights[n * (first + side) + n - needs[side]--] = weight;
      }
    }
    return { weights, inputs, drawn };
  });
}

/** Outgoing weights, row after row. */
function drawOuter(core: Core, count: number, scale: number, seed: number, stream: number): Float32Array {
  return core.scoped(() => {
    const outer = new Float32Array(count);
    const draws = new Draws(core, CHUNK, scale, seed, stream);
    for (let first = 0; first < count; first += CHUNK) {
      draws.next();
      outer.set(draws.view().subarray(0, Math.min(CHUNK, count - first)), first);
    }
    return outer;
  });
}

/** The weights of some inputs as targets, group after group, and the products for each. */
function slabOf(
  { rows, columns, weights, bias }: TargetLayer,
  hidden: Hidden,
  outer: Float32Array,
  n: number,
  first: number,
  count: number,
) {
  const targets = new Float64Array(rows * count);
  const pools = new Float64Array(rows * count * n);
  const width = hidden.weights.length;
  for (let g = 0; g < count; g++) {
    const group = first + g;
    const input = hidden.inputs[group];
    for (let i = 0; i < rows; i++) {
      const t = g * rows + i;
      targets[t] = input === columns ? bias[i] : weights[i * columns + input];
      for (let r = 0; r < n; r++) {
        const neuron = group * n + r;
        pools[t * n + r] = outer[i * width + neuron] * hidden.weights[neuron];
      }
    }
  }
  return { pools, targets };
}

/** What the objective asks for; the nearest subset where there is none within the tolerance. */
async function nearestWhereNone(
  core: Core,
  pools: Float64Array,
  targets: Float64Array,
  objective: Objective,
  tolerance: number,
  options: Pick<SubsetSumBlockOptions, "signal" | "onProgress" | "workers">,
): Promise<SubsetSums> {
  const within = objective === "nearest" ? {} : { tolerance };
  const found = await searchSubsetSums(core, pools, targets, {
    objective,
    ...within,
    pools: "own",
    ...options,
  });
  const left = [...found.codes.keys()].filter((t) => found.status(t) !== "found");
  if (left.length === 0) return found;
  const n = found.values;
  const their = Float64Array.from(
    { length: left.length * n },
    (_, at) => pools[left[Math.floor(at / n)] * n + (at % n)],
  );
  const some = Float64Array.from(left, (t) => targets[t]);
  const nearest = await searchSubsetSums(core, their, some, {
    pools: "own",
    signal: options.signal,
    workers: 0,
  });
  left.forEach((t, i) => {
    found.masks[t] = nearest.masks[i];
  });
  return found;
}

/** The layers of what is kept, without the neurons that no output keeps, and how far the sums are off. */
function assemble(
  target: TargetLayer,
  { weights: inner, inputs, drawn }: Hidden,
  outer: Float32Array,
  n: number,
  masks: Uint32Array,
  epsilon: number,
): TicketBlock {
  const { rows, columns, relu } = target;
  const residuals = { weights: new Float64Array(rows * columns), bias: new Float64Array(rows) };
  const used = new Uint8Array(inner.length);
  const rowStarts = new Uint32Array(rows + 1);
  const neurons: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let g = 0; g < inputs.length; g++) {
      const isBias = inputs[g] === columns;
      const wanted = isBias ? target.bias[i] : target.weights[i * columns + inputs[g]];
      let [sum, magnitude, count] = [0, Math.abs(wanted), 0];
      for (let rest = masks[g * rows + i]; rest !== 0; rest &= rest - 1) {
        const neuron = g * n + 31 - Math.clz32(rest & -rest);
        const value = outer[i * inner.length + neuron];
        sum += value * inner[neuron];
        magnitude += Math.abs(value * inner[neuron]);
        count++;
        used[neuron] = 1;
        neurons.push(neuron);
        values.push(value);
      }
      // Products of two f32 are exact in f64; n sums are off by less than n · 2⁻⁵² of the magnitudes.
      const residual = Math.abs(sum - wanted) + count * 2 ** -52 * magnitude;
      if (isBias) residuals.bias[i] = residual;
      else {
        const at = i * columns + inputs[g];
        residuals.weights[at] = Math.max(residuals.weights[at], residual);
      }
    }
    rowStarts[i + 1] = neurons.length;
  }
  const order = [...used.keys()].filter((neuron) => used[neuron]);
  const places = new Uint32Array(inner.length);
  order.forEach((neuron, place) => {
    places[neuron] = place;
  });
  // Those on biases come last and keep no input.
  const onInputs = order.filter((neuron) => inputs[Math.floor(neuron / n)] < columns);
  const innerBias = Float32Array.from(order, (neuron, place) =>
    place < onInputs.length ? 0 : inner[neuron],
  );
  const failed = (sum: number, residual: number) => sum + (residual > epsilon ? 1 : 0);
  return {
    inner: {
      rows: order.length,
      columns,
      rowStarts: Uint32Array.from({ length: order.length + 1 }, (_, h) => Math.min(h, onInputs.length)),
      columnIndices: Uint32Array.from(onInputs, (neuron) => inputs[Math.floor(neuron / n)]),
      values: Float32Array.from(onInputs, (neuron) => inner[neuron]),
      bias: innerBias,
      relu: true,
    },
    outer: {
      rows,
      columns: order.length,
      rowStarts,
      columnIndices: Uint32Array.from(neurons, (neuron) => places[neuron]),
      values: Float32Array.from(values),
      bias: new Float32Array(rows),
      relu,
    },
    residuals,
    neurons: drawn,
    failures: residuals.bias.reduce(failed, residuals.weights.reduce(failed, 0)),
  };
}
