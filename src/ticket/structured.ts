/**
 * Structured strong tickets: whole random neurons are kept, so that their weight vectors sum to that of a target
 * neuron.
 *
 * On inputs ≥ 0 a random ReLU neuron with weights w ≥ 0 is linear, u·relu(w·x) = (u w)·x, and the sum of a subset of
 * the vectors u w is a random subset sum in as many dimensions as there are inputs.
 *
 * Source: Becchetti et al., "On the Multidimensional Random Subset Sum Problem", 2022: n = O(d³ log(1/ε)(log(1/ε) +
 * log d)) vectors do in d dimensions; d·log₂(1/ε) is the least by counting.
 */
import {
  checkFinite,
  checkInstance,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkObject,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { STREAM } from "../random.js";
import { Core } from "../tensor/core.js";
import { failuresOf } from "./block.js";
import { checkTargets } from "./certificate.js";
import type { TargetLayer, TicketBlock, TicketLayer } from "./contract.js";
import { uniforms } from "./domain.js";

/** Vectors that a search takes at most: 2¹⁴ sums for each half of them. */
export const MOST_VECTORS = 28;

/** The vectors whose sum is nearest to a target, and how near. */
export interface StructuredSubset {
  /** Whether the error is at most epsilon. */
  readonly found: boolean;
  /** Indices of the vectors, ascending. */
  readonly subset: Uint32Array;
  /** Their sum, one after another in f64. */
  readonly sum: Float64Array;
  /** The largest |sum − target| of a coordinate: no subset has less. */
  readonly error: number;
}

/**
 * The subset of vectors whose sum is nearest to a target in the largest norm: meet in the middle over the first
 * coordinate, the others are checked where it is nearer than the best so far. Exact with respect to the f64 sums.
 *
 * @param vectors  n × d, row after row, n ≤ 28
 * @param target  d coordinates, d ≥ 1
 * @param epsilon  ≥ 0: what counts as found
 * @returns the nearest subset, found or not; of equals, the first that the search meets
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 *
 * Cost: 2^(n/2) (n + d) to prepare, then 2^(n/2) and the pairs whose first coordinate is near.
 */
export function structuredSubset(
  vectors: Float32Array | Float64Array,
  target: ArrayLike<number>,
  epsilon: number,
): StructuredSubset {
  const d = checkInteger("target.length", checkNumbers("target", target).length, 1);
  checkTypedArray("vectors", vectors, "Float32Array", "Float64Array");
  const n = vectors.length / d;
  if (!Number.isInteger(n)) {
    throw new ShapeError(`"vectors" expected a multiple of ${d} values, got ${vectors.length}`);
  }
  checkInteger("vectors.length / target.length", n, 0, MOST_VECTORS);
  checkFinite("vectors", vectors, d);
  checkFinite("target", target);
  checkNumber("epsilon", epsilon, 0);
  const mask = nearestMask(vectors, Float64Array.from(target), n);
  const subset = Uint32Array.from({ length: n }, (_, r) => r).filter((r) => (mask >>> r) & 1);
  const sum = sumOf(vectors, d, mask);
  const error = distance(sum, target);
  return { found: error <= epsilon, subset, sum, error };
}

function sumOf(vectors: ArrayLike<number>, d: number, mask: number): Float64Array {
  const sum = new Float64Array(d);
  for (let r = 0, rest = mask; rest; r++, rest >>>= 1) {
    if (rest & 1) for (let c = 0; c < d; c++) sum[c] += vectors[r * d + c];
  }
  return sum;
}

function distance(sum: Float64Array, target: ArrayLike<number>): number {
  return sum.reduce((most, value, c) => Math.max(most, Math.abs(value - target[c])), 0);
}

/** All subset sums of some vectors, ascending in the first coordinate, with their masks. */
interface Sums {
  readonly values: Float64Array;
  readonly masks: Uint32Array;
}

function sortedSums(vectors: ArrayLike<number>, d: number, first: number, end: number): Sums {
  const count = 2 ** (end - first);
  const sums = new Float64Array(count * d);
  for (let mask = 1; mask < count; mask++) {
    const top = 31 - Math.clz32(mask);
    const rest = mask ^ (1 << top);
    for (let c = 0; c < d; c++) sums[mask * d + c] = sums[rest * d + c] + vectors[(first + top) * d + c];
  }
  const masks = Uint32Array.from({ length: count }, (_, mask) => mask);
  masks.sort((a, b) => sums[a * d] - sums[b * d]);
  const values = new Float64Array(count * d);
  masks.forEach((mask, at) => {
    values.set(sums.subarray(mask * d, mask * d + d), at * d);
  });
  return { values, masks };
}

/** The best mask among those whose error is at most `limit`, or 0. */
function nearestMask(
  vectors: Float32Array | Float64Array,
  target: Float64Array,
  n: number,
  limit = Infinity,
): number {
  const d = target.length;
  const half = n >> 1;
  const left = sortedSums(vectors, d, 0, half);
  const right = sortedSums(vectors, d, half, n);
  // The sum of two halves is not rounded as that of the subset is: what looks worse by this may be better.
  let slack = 0;
  for (const values of [vectors, target]) for (const value of values) slack += 2 ** -46 * Math.abs(value);
  let bestMask = 0;
  let best = Math.min(distance(new Float64Array(d), target), limit + slack);
  let end = right.masks.length;
  for (let a = 0; a < left.masks.length; a++) {
    const wanted = target[0] - left.values[a * d];
    while (end > 0 && right.values[(end - 1) * d] - wanted > best + slack) end--;
    for (let b = end - 1; b >= 0 && wanted - right.values[b * d] <= best + slack; b--) {
      let c = 1;
      while (c < d && Math.abs(left.values[a * d + c] + right.values[b * d + c] - target[c]) <= best + slack)
        c++;
      if (c < d) continue;
      const mask = left.masks[a] | (right.masks[b] << half);
      const error = distance(sumOf(vectors, d, mask), target);
      if (error >= best) continue;
      best = error;
      bestMask = mask;
    }
  }
  return bestMask;
}

/** How a structured ticket is made. */
export interface StructuredOptions {
  /** Random neurons for each target neuron, 0 to 28. */
  readonly neurons: number;
  /** What each weight and bias may be off. */
  readonly epsilon: number;
  /** An integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** Random neurons with weights ≥ 0, and what they are multiplied with. */
export interface NeuronPool {
  /** neurons × (inputs + 1): weights, then bias, uniform in [0, 1). */
  readonly inner: Float32Array;
  /** One a neuron, uniform in [−1, 1). */
  readonly outer: Float32Array;
  /** neurons × coordinates: outer times inner, exact. */
  readonly vectors: Float64Array;
}

/**
 * The random neurons for one target neuron. Fewer neurons are the first of more.
 *
 * @param core  whose generator draws them
 * @param inputs  of the target
 * @param coordinates  of the vectors: `inputs`, or one more, the bias
 * @param neurons  how many
 * @param seed  an integer from 0 to 2⁵³ − 1
 * @param row  number of the target neuron
 */
export function neuronPool(
  core: Core,
  inputs: number,
  coordinates: number,
  neurons: number,
  seed: number,
  row: number,
): NeuronPool {
  const width = inputs + 1;
  const inner = uniforms(core, neurons * width, [0, 1], [seed, STREAM.neurons, 2 * row]);
  const outer = uniforms(core, neurons, [-1, 1], [seed, STREAM.neurons, 2 * row + 1]);
  const vectors = Float64Array.from({ length: neurons * coordinates }, (_, at) => {
    const r = Math.floor(at / coordinates);
    return outer[r] * inner[r * width + (at % coordinates)];
  });
  return { inner, outer, vectors };
}

/**
 * Builds the two random layers that make up a target layer for inputs ≥ 0, keeping and dropping whole neurons. Each
 * target neuron has a pool of its own; where it has a bias, that is one more coordinate, the sum of the neurons'
 * biases.
 *
 * A neuron's weights are drawn from [0, 1); where the law is symmetric, one in 2^inputs neurons has no negative weight.
 *
 * @param core  whose generator draws the neurons
 * @param target  rows × columns
 * @param options  neurons a target neuron, epsilon, seed
 * @returns the nearest subset for each target neuron; `failures` counts the weights and biases off by more than
 *   epsilon, `residuals` hold for inputs ≥ 0
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 */
export function buildStructured(core: Core, target: TargetLayer, options: StructuredOptions): TicketBlock {
  checkInstance("core", core, Core);
  checkTargets([target]);
  const { rows, columns, weights, bias, relu } = target;
  const { neurons, epsilon, seed } = checkObject("options", options);
  checkInteger("options.neurons", neurons, 0, MOST_VECTORS);
  checkNumber("options.epsilon", epsilon, 0);
  const residuals = { weights: new Float64Array(rows * columns), bias: new Float64Array(rows) };
  const kept: {
    readonly weights: Float32Array;
    readonly bias: number;
    readonly outer: number;
    readonly row: number;
  }[] = [];
  for (let row = 0; row < rows; row++) {
    const wanted = [...weights.subarray(row * columns, (row + 1) * columns)];
    if (bias[row] !== 0) wanted.push(bias[row]);
    const pool = neuronPool(core, columns, wanted.length, neurons, seed, row);
    const { subset, sum } = structuredSubset(pool.vectors, wanted, epsilon);
    wanted.forEach((weight, c) => {
      const terms = Array.from(subset, (r) => pool.vectors[r * wanted.length + c]);
      const residual = residualBound(terms, sum[c], weight);
      if (c < columns) residuals.weights[row * columns + c] = residual;
      else residuals.bias[row] = residual;
    });
    for (const r of subset) {
      const own = pool.inner.subarray(r * (columns + 1), (r + 1) * (columns + 1));
      const ownBias = bias[row] === 0 ? 0 : own[columns];
      kept.push({ weights: own.subarray(0, columns), bias: ownBias, outer: pool.outer[r], row });
    }
  }
  return {
    inner: wholeNeurons(columns, kept),
    outer: outerLayer(rows, kept, relu),
    residuals,
    neurons: rows * neurons,
    failures: failuresOf(residuals, epsilon),
  };
}

/** ≥ |Σ terms − weight|: the sum in f64 is off by less than (terms + 4)·2⁻⁵² of the sum of magnitudes. */
function residualBound(terms: readonly number[], sum: number, weight: number): number {
  const magnitude = terms.reduce((total, term) => total + Math.abs(term), Math.abs(weight));
  const rounding = terms.length === 0 ? 0 : (terms.length + 4) * 2 ** -52 * magnitude;
  return Math.abs(sum - weight) + rounding;
}

/** The first of two layers: neurons with all their weights, ReLU. */
export function wholeNeurons(
  columns: number,
  neurons: readonly { readonly weights: Float32Array; readonly bias: number }[],
): TicketLayer {
  const rows = neurons.length;
  const values = new Float32Array(rows * columns);
  neurons.forEach(({ weights }, r) => {
    values.set(weights, r * columns);
  });
  return {
    rows,
    columns,
    rowStarts: Uint32Array.from({ length: rows + 1 }, (_, r) => r * columns),
    columnIndices: Uint32Array.from(values, (_, at) => at % columns),
    values,
    bias: Float32Array.from(neurons, (neuron) => neuron.bias),
    relu: true,
  };
}

/** The second: each neuron goes to one output. They come output after output. */
export function outerLayer(
  rows: number,
  neurons: readonly { readonly outer: number; readonly row: number }[],
  relu: boolean,
): TicketLayer {
  const before = (row: number): number => neurons.filter((neuron) => neuron.row < row).length;
  return {
    rows,
    columns: neurons.length,
    rowStarts: Uint32Array.from({ length: rows + 1 }, (_, row) => before(row)),
    columnIndices: Uint32Array.from(neurons, (_, r) => r),
    values: Float32Array.from(neurons, ({ outer }) => outer),
    bias: new Float32Array(rows),
    relu,
  };
}

/**
 * The fewest of the first random neurons that do for every row of a target, each row with a pool of its own.
 *
 * @param core  whose generator draws them
 * @param target  without biases
 * @param epsilon  what each weight may be off
 * @param seed  as for `buildStructured`
 * @returns one a row; undefined where 28 do not
 * @throws {ArgumentRangeError} when the target has a bias
 */
export function fewestNeurons(
  core: Core,
  target: TargetLayer,
  epsilon: number,
  seed: number,
): (number | undefined)[] {
  if (target.bias.some((value) => value !== 0)) {
    throw new ArgumentRangeError('"target.bias" expected 0, got others');
  }
  const { rows, columns, weights } = target;
  return Array.from({ length: rows }, (_, row) => {
    const wanted = Float64Array.from(weights.subarray(row * columns, (row + 1) * columns));
    const { vectors } = neuronPool(core, columns, columns, MOST_VECTORS, seed, row);
    const does = (n: number): boolean => {
      const mask = nearestMask(vectors.subarray(0, n * columns), wanted, n, epsilon);
      return distance(sumOf(vectors, columns, mask), wanted) <= epsilon;
    };
    if (!does(MOST_VECTORS)) return undefined;
    // A subset of some is one of more.
    let [low, high] = [0, MOST_VECTORS];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (does(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}
