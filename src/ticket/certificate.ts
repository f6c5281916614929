/**
 * A bound on sup |F(x) − G(x)| for a target network F and a ticket G, from the residuals of the ticket's weights.
 *
 * F and G are those of exact arithmetic on the stored f32 numbers. Layer after layer, with x the activations of F and y
 * those of G, |y_j − x_j| ≤ e_j, |x_j| ≤ X_j, ‖y − x‖₂ ≤ E and ‖x‖₂ ≤ N:
 *
 *     |G_i − F_i| ≤ min(Σ_j |w_ij| e_j, ‖W_i‖₂ E) + min(Σ_j ρ_ij (X_j + e_j), ‖ρ_i‖₂ (N + E)) + β_i
 *     ‖G − F‖₂   ≤ ‖W‖₂ E + ‖(second minimum + β_i)_i‖₂
 *
 * because output i of a block is Σ_j g_ij(y_j) + bias with |g_ij(y) − w_ij y| ≤ ρ_ij |y|, and ReLU is 1-Lipschitz. X is
 * from intervals, N from those and ‖W‖₂.
 *
 * Rounding is outward. A sum of k products of non-negative f64 numbers, in any order, is at least the true sum times
 * 1 − (k + 1)·2⁻⁵³ as long as nothing underflows; times 1 + (k + 4)·2⁻⁵² it is an upper bound. Numbers between 0 and
 * 2⁻⁵⁰⁰ are raised to 2⁻⁵⁰⁰, so that products do not underflow; what overflows is bounded by Infinity.
 */
import {
  checkArray,
  checkFinite,
  checkInteger,
  checkLength,
  checkObject,
  checkTypedArray,
  plainArray,
} from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import type { Residuals, TargetLayer } from "./contract.js";
import { type Domain, type Region, regionOf } from "./domain.js";

/** What is known after a layer. */
export interface LayerBound {
  /** ≥ sup |F_i − G_i| of every neuron of it. */
  readonly maximum: number;
  /** ≥ sup ‖F − G‖₂ of all its neurons. */
  readonly euclidean: number;
  /** ≥ ‖W‖₂ of the target layer. */
  readonly spectralNorm: number;
}

/** Upper bounds on the distance between a target and its ticket, anywhere in the domain. */
export interface Certificate {
  /** ≥ sup |F(x)_i − G(x)_i|, one an output. */
  readonly outputs: Float64Array;
  /** ≥ sup ‖F(x) − G(x)‖∞. */
  readonly maximum: number;
  /** ≥ sup ‖F(x) − G(x)‖₂. */
  readonly euclidean: number;
  /** What is known after each layer. */
  readonly layers: readonly LayerBound[];
}

const UNIT = 2 ** -52;
const TINY = 2 ** -500;

/**
 * Bounds the error of a ticket over a domain. It holds where the residuals hold: when blocks are built for inputs ≥ 0,
 * the domain has to be within them.
 *
 * @param targets  layers of the target network, the first takes the input
 * @param residuals  one a layer; all ≥ 0
 * @param domain  box or ball of inputs
 * @returns exactly 0 where all residuals are 0; Infinity where f64 overflows
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when layers, residuals and domain
 *   do not fit each other, for NaN or infinities, residuals < 0, low > high, a radius < 0
 *
 * Cost: 4 · weights, and for each layer with m = min(rows, columns) ≤ 1024 weights · m / 2 + 1.5 · m³ multiply-adds.
 */
export function certify(
  targets: readonly TargetLayer[],
  residuals: readonly Residuals[],
  domain: Domain,
): Certificate {
  checkTargets(targets);
  checkResiduals(targets, residuals);
  let activations = boundsOf(regionOf(domain, targets[0].columns));
  let errors: Errors = { each: new Float64Array(targets[0].columns), euclidean: 0 };
  const layers = targets.map((layer, l): LayerBound => {
    const spectralNorm = spectralNormBound(layer);
    const next = nextActivations(layer, activations, spectralNorm);
    errors = nextErrors(layer, residuals[l], activations, errors, spectralNorm, next);
    activations = next;
    return { maximum: largest(errors.each), euclidean: errors.euclidean, spectralNorm };
  });
  return { outputs: errors.each, maximum: largest(errors.each), euclidean: errors.euclidean, layers };
}

/** An upper bound of a sum of `terms` non-negative products, from what f64 made of it. */
function up(computed: number, terms = 1): number {
  if (computed === 0) return 0;
  const bound = computed * (1 + (terms + 4) * UNIT);
  return bound < Infinity ? Math.max(bound, TINY) : Infinity;
}

const raised = (value: number): number => (value > 0 && value < TINY ? TINY : value);

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);

/** ≥ ‖values‖₂ of numbers ≥ 0. */
function normBound(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += raised(values[i]) ** 2;
  return up(Math.sqrt(up(sum, values.length)));
}

/** Intervals of the activations of F before the layer, and of the layer's sums before its ReLU. */
interface Activations {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** ≥ |x_j|. */
  readonly most: Float64Array;
  /** ≥ ‖x‖₂. */
  readonly euclidean: number;
  /** Upper ends before the ReLU; those of the input itself for the first layer. */
  readonly sums: Float64Array;
}

function boundsOf({ low, high, radius = Infinity }: Region, sums = high, reach = radius): Activations {
  const most = low.map((value, j) => raised(Math.max(Math.abs(value), Math.abs(high[j]))));
  return { low, high, most, sums, euclidean: raised(Math.min(reach, normBound(most))) };
}

function nextActivations(layer: TargetLayer, x: Activations, spectralNorm: number): Activations {
  const { rows, columns, weights, bias, relu } = layer;
  const low = new Float64Array(rows);
  const high = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let from = bias[i];
    let to = bias[i];
    let magnitude = Math.abs(bias[i]);
    let squares = 0;
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      const a = weights[at] * x.low[j];
      const b = weights[at] * x.high[j];
      from += Math.min(a, b);
      to += Math.max(a, b);
      magnitude += Math.max(Math.abs(a), Math.abs(b));
      squares += weights[at] * weights[at];
    }
    const slack = (columns + 8) * UNIT * magnitude + TINY;
    const reach = up(up(Math.sqrt(up(squares, columns))) * x.euclidean);
    const wide = reach + 4 * UNIT * (Math.abs(bias[i]) + reach) + TINY;
    const finite = magnitude < Infinity;
    low[i] = Math.max(finite ? from - slack : -Infinity, bias[i] - wide);
    high[i] = Math.min(finite ? to + slack : Infinity, bias[i] + wide);
  }
  const reach = up(up(spectralNorm * x.euclidean) + normBound(plainArray(bias).map(Math.abs)));
  if (!relu) return boundsOf({ low, high }, high, reach);
  const positive = (value: number): number => Math.max(0, value);
  return boundsOf({ low: low.map(positive), high: high.map(positive) }, high, reach);
}

/** e and E of the header. */
interface Errors {
  readonly each: Float64Array;
  readonly euclidean: number;
}

function nextErrors(
  { rows, columns, weights, relu }: TargetLayer,
  residuals: Residuals,
  x: Activations,
  before: Errors,
  spectralNorm: number,
  { sums }: Activations,
): Errors {
  const each = new Float64Array(rows);
  const fresh = new Float64Array(rows);
  const reach = x.most.map((most, j) => up(most + before.each[j]));
  const euclideanReach = up(x.euclidean + before.euclidean);
  for (let i = 0; i < rows; i++) {
    let [carried, squares, added, residualSquares] = [0, 0, 0, 0];
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      const residual = raised(residuals.weights[at]);
      carried += Math.abs(weights[at]) * before.each[j];
      squares += weights[at] * weights[at];
      added += residual * reach[j];
      residualSquares += residual * residual;
    }
    const norm = (sum: number): number => up(Math.sqrt(up(sum, columns)));
    const byNorm = up(norm(residualSquares) * euclideanReach);
    fresh[i] = up(Math.min(up(added, columns), byNorm) + raised(residuals.bias[i]));
    const old = Math.min(up(carried, columns), up(norm(squares) * before.euclidean));
    each[i] = up(old + fresh[i]);
    // A sum that F has at most at −s has to rise by s before G shows anything.
    if (relu && sums[i] < 0) each[i] = up(Math.max(0, each[i] + sums[i]));
  }
  const euclidean = Math.min(normBound(each), up(up(spectralNorm * before.euclidean) + normBound(fresh)));
  return { each, euclidean };
}

/** Above this, products of the weights with themselves take too long; what is left is √(‖W‖₁ ‖W‖∞) and ‖W‖_F. */
const MOST_GRAM = 1024;
const SQUARINGS = 3;

/**
 * ≥ ‖W‖₂: the least of ‖W‖_F, √(‖W‖₁ ‖W‖∞) and ‖(W Wᵀ)⁸‖_F^(1/16).
 *
 * @param layer  its weights, rows × columns, all finite
 */
export function spectralNormBound({ rows, columns, weights }: TargetLayer): number {
  const most = weights.reduce((found, w) => Math.max(found, Math.abs(w)), 0);
  if (most === 0) return 0;
  const byRow = new Float64Array(rows);
  const byColumn = new Float64Array(columns);
  for (let at = 0; at < weights.length; at++) {
    byRow[Math.floor(at / columns)] += Math.abs(weights[at]);
    byColumn[at % columns] += Math.abs(weights[at]);
  }
  const sides = up(largest(byRow), columns) * up(largest(byColumn), rows);
  const simple = Math.min(up(Math.sqrt(up(sides))), normBound(plainArray(weights).map(Math.abs)));
  const n = Math.min(rows, columns);
  if (n > MOST_GRAM) return simple;
  // Rows of W or of Wᵀ, whichever are fewer, over the largest weight: within [−1, 1], so that powers stay in f64.
  const long = Math.max(rows, columns);
  const scaled = new Float64Array(n * long);
  for (let at = 0; at < weights.length; at++) {
    const to = rows <= columns ? at : (at % columns) * long + Math.floor(at / columns);
    scaled[to] = weights[at] / most;
  }
  const squared = symmetricNormBound(gram(scaled, n, long), n, SQUARINGS);
  // The division and the products are off by at most (long + 4)·2⁻⁵² of |w_i|·|w_j|; ‖|W|‖_F² bounds the norm of that.
  const off = (long + 4) * UNIT * up(normBound(scaled.map(Math.abs)) ** 2);
  return Math.min(simple, up(up(Math.sqrt(up(squared + off))) * most));
}

/** A Aᵀ of n × k, both triangles. */
function gram(a: Float64Array, n: number, k: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let [even, odd] = [0, 0];
      const [p, q] = [i * k, j * k];
      for (let t = 0; t + 1 < k; t += 2) {
        even += a[p + t] * a[q + t];
        odd += a[p + t + 1] * a[q + t + 1];
      }
      if (k & 1) even += a[p + k - 1] * a[q + k - 1];
      out[i * n + j] = even + odd;
      out[j * n + i] = even + odd;
    }
  }
  return out;
}

/**
 * ≥ ‖A‖₂ of a symmetric matrix: ‖A‖₂² = ‖A²‖₂, and what f64 makes of A² is off by at most (n + 4)·2⁻⁵² ‖A‖_F² in norm.
 */
function symmetricNormBound(a: Float64Array, n: number, squarings: number): number {
  const frobenius = normBound(a.map(Math.abs));
  if (squarings === 0) return frobenius;
  const square = symmetricNormBound(gram(a, n, n), n, squarings - 1);
  return up(Math.sqrt(up(square + (n + 4) * UNIT * up(frobenius ** 2))));
}

/** @throws {ArgumentRangeError | ShapeError | NonFiniteError} when the layers are none or do not fit each other */
export function checkTargets(targets: readonly TargetLayer[]): void {
  if (checkArray("targets", targets).length === 0)
    throw new ArgumentRangeError('"targets" expected at least one layer, got 0');
  targets.forEach((target, l) => {
    const name = `targets[${l}]`;
    const { rows, columns, weights, bias } = checkObject(name, target);
    checkInteger(`${name}.rows`, rows);
    checkInteger(`${name}.columns`, columns);
    checkTypedArray(`${name}.weights`, weights, "Float32Array");
    checkTypedArray(`${name}.bias`, bias, "Float32Array");
    checkFinite(`${name}.weights`, checkLength(`${name}.weights`, weights, rows, columns), columns);
    checkFinite(`${name}.bias`, checkLength(`${name}.bias`, bias, rows, 1));
    if (l === 0 || targets[l - 1].rows === columns) return;
    throw new ShapeError(`"${name}.columns" expected ${targets[l - 1].rows}, got ${columns}`);
  });
}

function checkResiduals(targets: readonly TargetLayer[], residuals: readonly Residuals[]): void {
  checkArray("residuals", residuals, targets.length);
  residuals.forEach((residual, l) => {
    const { weights, bias } = checkObject(`residuals[${l}]`, residual);
    const { rows, columns } = targets[l];
    checkBounds(`residuals[${l}].weights`, weights, rows, columns);
    checkBounds(`residuals[${l}].bias`, bias, rows, 1);
  });
}

function checkBounds(name: string, values: Float64Array, rows: number, columns: number): void {
  checkTypedArray(name, values, "Float64Array");
  checkFinite(name, checkLength(name, values, rows, columns), columns);
  const wrong = values.findIndex((value) => value < 0);
  if (wrong < 0) return;
  throw new ArgumentRangeError(`"${name}" expected numbers ≥ 0, got ${values[wrong]} at index ${wrong}`);
}
