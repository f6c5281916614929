/**
 * Mini-batch gradient descent on interpolated quadratic losses, run to see what the formulas of mini-batch.ts say.
 *
 * Source: Ma, Bassily & Belkin, "The Power of Interpolation", 2018, sections 3 and 5.
 */
import { checkFinite, checkGiven, checkInstance, checkInteger, checkNumber, checkNumbers } from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { log } from "../net/float64.js";
import { STREAM, seedWords } from "../random.js";
import type { Core } from "../tensor/core.js";
import { DoubleMatrix } from "../tensor/double-matrix.js";

/** What both measurements take. */
export interface StepOptions {
  /** m ≥ 1: samples of a step, drawn with replacement. */
  readonly batch: number;
  /** η > 0, of the gradient of ½ (w·x − y)², averaged over the batch. */
  readonly stepSize: number;
  /** An integer from 0 to 2⁵³ − 1. Default 1. */
  readonly seed?: number;
}

/** How long to look. */
export interface ContractionOptions extends StepOptions {
  /** Runs, each from its own start in the span of the samples. */
  readonly runs: number;
  /** Steps of a run that count. */
  readonly steps: number;
  /** Steps of a run before; afterwards the slowest directions are left. Default 0. */
  readonly warmup?: number;
}

/** What a step multiplies ‖δ‖² by, δ the distance to the solution, over all steps of all runs. */
export interface Contraction {
  /** Mean of ‖δ′‖² / ‖δ‖²: at most the bound. */
  readonly mean: number;
  /** Mean of its logarithm: at most the bound's. −Infinity when a run arrived at the solution. */
  readonly meanLog: number;
  /** Standard errors of the two, from the spread between runs; NaN of one run. */
  readonly meanError: number;
  /** Of `meanLog`. */
  readonly meanLogError: number;
}

/**
 * Runs gradient descent on samples x with targets w*·x and measures how fast it comes near w*.
 *
 * @param samples  n × d, not all 0
 * @param options  batch, step size, runs, steps, warm-up, seed
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 */
export function measureContraction(samples: DoubleMatrix, options: ContractionOptions): Contraction {
  checkInstance("samples", samples, DoubleMatrix);
  checkGiven("options", options, ["batch", "stepSize", "seed", "runs", "steps", "warmup"]);
  const { runs, steps, warmup = 0 } = options;
  const { batch, stepSize, seed } = checkedSteps(options);
  checkInteger("options.runs", runs, 1);
  checkInteger("options.steps", steps, 1);
  checkInteger("options.warmup", warmup, 0);
  const { core, rows: n, columns: d } = samples;
  if (n === 0 || d === 0) throw new ShapeError(`"samples" expected at least 1 × 1, got ${n} × ${d}`);
  checkFinite("samples", samples.view(), d);
  if (!samples.view().some((value) => value !== 0)) {
    throw new ArgumentRangeError('"samples" expected samples that are not all 0, got none');
  }
  const [means, logs] = [new Float64Array(runs), new Float64Array(runs)];
  for (let run = 0; run < runs; run++) {
    const delta = startIn(samples, seed, run);
    const order = drawn(core, (warmup + steps) * batch, n, seed, run);
    for (let step = 0; step < warmup + steps; step++) {
      const before = squares(delta);
      descend(samples.view(), delta, order.subarray(step * batch, (step + 1) * batch), stepSize);
      const ratio = before === 0 ? 0 : squares(delta) / before;
      if (step >= warmup) {
        means[run] += ratio / steps;
        logs[run] += log(ratio) / steps;
      }
      rescale(delta);
    }
  }
  const [mean, meanLog] = [average(means), average(logs)];
  return { mean, meanLog, meanError: standardError(means, mean), meanLogError: standardError(logs, meanLog) };
}

/** When to stop. */
export interface InterpolationOptions extends StepOptions {
  /** Share of the loss of the zero function to reach, below 1. */
  readonly tolerance: number;
  /** Steps to give up after. */
  readonly limit: number;
}

/**
 * Runs gradient descent in the space of a kernel, f = Σ αᵢ K(xᵢ, ·) from 0, until it nearly interpolates.
 *
 * @param gram  K(x, z) of all pairs of n samples, n × n, symmetric
 * @param targets  n, not all 0
 * @param options  batch, step size, seed, tolerance, limit
 * @returns the steps it took; null when the limit came first
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 *
 * Cost: n (m + 1) multiply-adds a step.
 */
export function stepsToInterpolate(
  gram: DoubleMatrix,
  targets: ArrayLike<number>,
  options: InterpolationOptions,
): number | null {
  checkInstance("gram", gram, DoubleMatrix);
  checkGiven("options", options, ["batch", "stepSize", "seed", "tolerance", "limit"]);
  const { batch, stepSize, seed } = checkedSteps(options);
  const { tolerance, limit } = options;
  checkNumber("options.tolerance", tolerance, 0, 1);
  checkInteger("options.limit", limit, 1);
  const { core, rows: n, columns } = gram;
  if (n !== columns) throw new ShapeError(`"gram" expected a square matrix, got ${n} × ${columns}`);
  checkNumbers("targets", targets);
  if (targets.length !== n) throw new ShapeError(`"targets" expected ${n} values, got ${targets.length}`);
  checkFinite("gram", gram.view(), n);
  checkFinite("targets", targets);
  const errors = Float64Array.from(targets, (value) => -value);
  const wanted = tolerance * squares(errors);
  if (squares(errors) === 0) throw new ArgumentRangeError('"targets" expected some that are not 0, got none');
  let order = new Uint32Array(0);
  for (let step = 0; step < limit; step++) {
    // Words are drawn for as many steps at once as an epoch has, about.
    const block = Math.ceil(n / batch);
    if (step % block === 0) order = drawn(core, block * batch, n, seed, step / block);
    const first = (step % block) * batch;
    descendInKernel(gram.view(), errors, order.subarray(first, first + batch), stepSize);
    if (squares(errors) <= wanted) return step + 1;
  }
  return null;
}

/** δ −= η · mean over the batch of x (x·δ). */
function descend(x: Float64Array, delta: Float64Array, batch: Uint32Array, stepSize: number): void {
  const d = delta.length;
  const shares = Float64Array.from(batch, (sample) => {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += x[sample * d + c] * delta[c];
    return (stepSize / batch.length) * sum;
  });
  for (let i = 0; i < batch.length; i++) {
    const at = batch[i] * d;
    for (let c = 0; c < d; c++) delta[c] -= shares[i] * x[at + c];
  }
}

/** The same seen from the errors f(xᵢ) − yᵢ. */
function descendInKernel(
  gram: Float64Array,
  errors: Float64Array,
  batch: Uint32Array,
  stepSize: number,
): void {
  const n = errors.length;
  const shares = Float64Array.from(batch, (sample) => (stepSize / batch.length) * errors[sample]);
  for (let b = 0; b < batch.length; b++) {
    const row = gram.subarray(batch[b] * n, batch[b] * n + n);
    for (let i = 0; i < n; i++) errors[i] -= shares[b] * row[i];
  }
}

/** A random combination of the samples: in their span, where all of the distance can vanish. */
function startIn(samples: DoubleMatrix, seed: number, run: number): Float64Array {
  const { core, rows: n, columns: d } = samples;
  return core.scoped(() => {
    const ptr = core.allocate(4 * n);
    core.kernels.f32_random_normal(n, 0, 1, ...seedWords(seed), STREAM.weights, run, ptr);
    const [factors, x] = [core.f32(ptr, n), samples.view()];
    const delta = new Float64Array(d);
    for (let i = 0; i < n; i++) for (let c = 0; c < d; c++) delta[c] += factors[i] * x[i * d + c];
    return delta;
  });
}

/** `count` numbers of samples; one of 2³² / n words more for some than for others. */
function drawn(
  core: Core,
  count: number,
  n: number,
  seed: number,
  substream: number,
): Uint32Array<ArrayBuffer> {
  return core.scoped(() => {
    const ptr = core.allocate(4 * count);
    core.kernels.u32_random_bits(count, ...seedWords(seed), STREAM.order, substream, ptr);
    return core.u32(ptr, count).map((word) => Math.floor((word * n) / 2 ** 32));
  });
}

/** Keeps ‖δ‖² from vanishing or overflowing: by a power of 2, which changes no bit of a ratio. */
function rescale(delta: Float64Array): void {
  const size = squares(delta);
  const factor = size < 2 ** -200 ? 2 ** 100 : size > 2 ** 200 ? 2 ** -100 : 1;
  if (factor !== 1) for (let c = 0; c < delta.length; c++) delta[c] *= factor;
}

function checkedSteps({ batch, stepSize, seed = 1 }: StepOptions): Required<StepOptions> {
  checkInteger("options.batch", batch, 1);
  checkNumber("options.stepSize", stepSize, Number.MIN_VALUE);
  return { batch, stepSize, seed };
}

function squares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: Float64Array, mean: number): number {
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(spread / (values.length - 1) / values.length);
}
