/**
 * Neuron selection in a random network of depth two: its hidden neurons are kept or dropped whole and the output layer
 * is fitted. That is as strong as random features, and inherits what they cannot do.
 *
 * Source: Malach, Yehudai, Shalev-Shwartz, Shamir, "Proving the Lottery Ticket Hypothesis", 2020, on
 * neuron-subnetworks; Yehudai & Shamir, "On the Power and Limitations of Random Features", 2019.
 */
import { checkInstance, checkInteger, checkObject } from "../check.js";
import { ShapeError } from "../errors.js";
import { cholesky, solveCholesky } from "../linalg/cholesky.js";
import { STREAM } from "../random.js";
import { Core } from "../tensor/core.js";
import { checkTargets } from "./certificate.js";
import type { TargetLayer, TicketLayer } from "./contract.js";
import { type Domain, regionOf, samplePoints, uniforms } from "./domain.js";
import { evaluateTarget, evaluateTicket } from "./evaluate.js";
import { outerLayer, wholeNeurons } from "./structured.js";

/** How random features are drawn, chosen and fitted. */
export interface RandomFeaturesOptions {
  /** k: neurons of the random layer, weights and bias uniform in [−1, 1). Fewer are the first of more. */
  readonly features: number;
  /** m ≤ k: neurons to keep, by greedy forward selection. Default all. */
  readonly kept?: number;
  /** Inputs, uniform in it. */
  readonly domain: Domain;
  /** To choose and fit on. Default 8 k + 500. */
  readonly samples?: number;
  /** To measure on. Default 2,000. */
  readonly freshSamples?: number;
  /** An integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** A pruned random layer with a fitted output, and what it is worth. */
export interface RandomFeatures {
  /** The kept neurons. */
  readonly inner: TicketLayer;
  /** The fitted output layer, without ReLU. */
  readonly outer: TicketLayer;
  /** Which of the random neurons they are, ascending. */
  readonly kept: Uint32Array;
  /** Σ (network − target)² / Σ target² on fresh samples. */
  readonly error: number;
  /** The same on the samples of the fit. */
  readonly trainingError: number;
}

/** Added to the diagonal of the normal equations, as a share of its mean. */
const RIDGE = 1e-10;

/**
 * Approximates a neuron by a pruned random layer of whole neurons and a fitted output.
 *
 * @param core  whose generator draws neurons and samples
 * @param target  one row
 * @param options  how many features, how many kept, samples, seed
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 *
 * Cost: samples · k² / 2 for the normal equations, m · k² to choose, m³ / 6 to fit.
 */
export function randomFeatures(
  core: Core,
  target: TargetLayer,
  options: RandomFeaturesOptions,
): RandomFeatures {
  checkInstance("core", core, Core);
  checkTargets([target]);
  checkObject("options", options);
  if (target.rows !== 1) throw new ShapeError(`"target" expected one row, got ${target.rows}`);
  const { features, kept = features, seed } = options;
  checkInteger("options.features", features, 1);
  checkInteger("options.kept", kept, 1, features);
  const { samples = 8 * features + 500, freshSamples = 2000 } = options;
  checkInteger("options.samples", samples, 1);
  checkInteger("options.freshSamples", freshSamples, 1);
  const { columns } = target;
  const region = regionOf(options.domain, columns);
  const drawn = uniforms(core, features * (columns + 1), [-1, 1], [seed, STREAM.neurons, 0]);
  const neurons = Array.from({ length: features }, (_, r) => {
    const at = r * (columns + 1);
    return { weights: drawn.subarray(at, at + columns), bias: drawn[at + columns] };
  });
  const points = samplePoints(core, region, samples, seed, STREAM.inputs, 0);
  const equations = normalEquations(wholeNeurons(columns, neurons), target, points);
  const chosen = kept === features ? [...neurons.keys()] : forwardSelection(equations, kept);
  const coefficients = leastSquares(core, equations, chosen);
  const inner = wholeNeurons(
    columns,
    chosen.map((r) => neurons[r]),
  );
  const outer = outerLayer(
    1,
    Array.from(coefficients, (value) => ({ outer: value, row: 0 })),
    false,
  );
  const fresh = samplePoints(core, region, freshSamples, seed, STREAM.inputs, 1);
  const error = relativeSquareError(target, [{ inner, outer }], fresh);
  const trainingError = relativeSquareError(target, [{ inner, outer }], points);
  return { inner, outer, kept: Uint32Array.from(chosen), error, trainingError };
}

/**
 * Σ (ticket − target)² / Σ target² over samples.
 *
 * @param target  one row
 * @param blocks  a ticket with one output
 * @param points  samples × columns
 * @returns 0 where both are 0
 */
export function relativeSquareError(
  target: TargetLayer,
  blocks: readonly { readonly inner: TicketLayer; readonly outer: TicketLayer }[],
  points: Float64Array,
): number {
  let [error, energy] = [0, 0];
  for (let at = 0; at < points.length; at += target.columns) {
    const x = points.subarray(at, at + target.columns);
    const [value] = evaluateTarget([target], x);
    error += (evaluateTicket(blocks, x)[0] - value) ** 2;
    energy += value * value;
  }
  return error === 0 ? 0 : error / energy;
}

/** ΦᵀΦ and Φᵀy over the samples, k × k and k. */
interface NormalEquations {
  readonly gram: Float64Array;
  readonly right: Float64Array;
}

function normalEquations(layer: TicketLayer, target: TargetLayer, points: Float64Array): NormalEquations {
  const { rows: k, columns, values, bias } = layer;
  const gram = new Float64Array(k * k);
  const right = new Float64Array(k);
  const features = new Float64Array(k);
  for (let at = 0; at < points.length; at += columns) {
    const [y] = evaluateTarget([target], points.subarray(at, at + columns));
    for (let r = 0; r < k; r++) {
      let sum = bias[r];
      for (let j = 0; j < columns; j++) sum += values[r * columns + j] * points[at + j];
      features[r] = Math.max(0, sum);
    }
    for (let r = 0; r < k; r++) {
      const feature = features[r];
      if (feature === 0) continue;
      right[r] += feature * y;
      for (let q = 0; q <= r; q++) gram[r * k + q] += feature * features[q];
    }
  }
  for (let r = 0; r < k; r++) for (let q = 0; q < r; q++) gram[q * k + r] = gram[r * k + q];
  return { gram, right };
}

/**
 * Greedy forward selection by orthogonal least squares: each step takes the feature that lowers the squared error
 * most, and takes its direction out of the others.
 */
function forwardSelection({ gram, right }: NormalEquations, kept: number): number[] {
  const k = right.length;
  const rest = gram.slice();
  const correlations = right.slice();
  const chosen: number[] = [];
  while (chosen.length < kept) {
    let [best, gain] = [-1, -1];
    for (let r = 0; r < k; r++) {
      if (chosen.includes(r)) continue;
      const left = rest[r * k + r];
      // What is left of a feature that the others make up is rounding.
      const lowers = left > RIDGE * gram[r * k + r] ? correlations[r] ** 2 / left : 0;
      if (lowers > gain) [best, gain] = [r, lowers];
    }
    chosen.push(best);
    if (gain === 0) continue;
    const direction = rest.slice(best * k, best * k + k);
    const [left, along] = [direction[best], correlations[best] / direction[best]];
    for (let r = 0; r < k; r++) {
      const share = direction[r] / left;
      correlations[r] -= direction[r] * along;
      for (let q = 0; q < k; q++) rest[r * k + q] -= share * direction[q];
    }
  }
  return chosen.sort((a, b) => a - b);
}

/** Least squares on the chosen features, with a ridge that only keeps the factorisation going. */
function leastSquares(core: Core, { gram, right }: NormalEquations, chosen: readonly number[]): Float64Array {
  const k = right.length;
  const m = chosen.length;
  return core.scoped(() => {
    const matrix = core.doubleMatrix(m, m);
    const values = matrix.view();
    chosen.forEach((r, i) => {
      chosen.forEach((q, j) => {
        values[i * m + j] = gram[r * k + q];
      });
    });
    const mean = chosen.reduce((sum, r) => sum + gram[r * k + r], 0) / m;
    const damping = mean > 0 ? RIDGE * mean : 1;
    for (let i = 0; i < m; i++) values[i * m + i] += damping;
    const solution = core.doubleMatrix(
      m,
      1,
      chosen.map((r) => right[r]),
    );
    return solveCholesky(cholesky(matrix, damping), solution).toArray();
  });
}
