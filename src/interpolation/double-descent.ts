/**
 * Double descent: the test loss of least squares on random features falls, rises to a peak where there are as many
 * features as samples, and falls again, below where it was.
 *
 * Source: Belkin, Hsu, Ma, Mandal, "Reconciling modern machine-learning practice and the classical bias-variance
 * trade-off", 2019, section 2 and figure 2.
 */
import {
  checkArray,
  checkGiven,
  checkInstance,
  checkInteger,
  checkObject,
  checkOneOf,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { minimumNormLeastSquares } from "../linalg/least-squares.js";
import { pacer } from "../runtime/turn.js";
import { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import { FEATURE_KINDS, type FeatureKind, featureMap } from "./feature-map.js";

/** Samples × columns, row after row (bytes are read as value / 255), and one class number a sample. */
export interface LabelledSamples {
  /** Samples × columns. */
  readonly inputs: Uint8Array | Float32Array;
  /** A class number a sample. */
  readonly labels: Uint8Array;
}

/** What is fitted and what it is judged on; the samples of a search for tickets fit. */
export interface DescentSamples {
  /** Numbers a sample. */
  readonly features: number;
  /** Classes that labels count. */
  readonly classes: number;
  /** Fitted. */
  readonly train: LabelledSamples;
  /** Judged on. */
  readonly test: LabelledSamples;
}

/** What may be chosen. */
export interface DoubleDescentOptions {
  /** N: numbers of random features, in any order; a cosine and a sine count as two. */
  readonly features: readonly number[];
  /** Fourier or ReLU features. */
  readonly kind: FeatureKind;
  /** σ of Fourier features, in units of the samples. Default 5. */
  readonly bandwidth?: number;
  /** An integer from 0 to 2⁵³ − 1. Default 1. */
  readonly seed?: number;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after each step of the work. */
  onProgress?(progress: { readonly done: number; readonly of: number }): void;
}

/** One number of features. Losses are means over samples of Σ over classes (output − one-hot)². */
export interface DescentRow {
  /** N. */
  readonly features: number;
  /** On the training samples. */
  readonly trainLoss: number;
  /** On the test samples. */
  readonly testLoss: number;
  /** Share of the test samples whose largest output is at another class; of equal outputs the first counts. */
  readonly testError: number;
  /** ‖W‖, Frobenius. */
  readonly norm: number;
  /** Of the features on the training samples. */
  readonly rank: number;
}

/** Test samples judged at once. */
const CHUNK = 256;

/**
 * Fits one-hot classes by least squares of minimum norm on the first N of one draw of random features, for each N.
 *
 * @param core  works for it alone until the promise settles
 * @param samples  training and test samples
 * @param options  the numbers of features, their kind, bandwidth, seed; progress in steps; a signal
 * @returns a row for each number of features, in their order. Rejects with the signal's reason when aborted
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold twice the largest features of the training samples
 */
export async function doubleDescent(
  core: Core,
  samples: DescentSamples,
  options: DoubleDescentOptions,
): Promise<DescentRow[]> {
  checkInstance("core", core, Core);
  const { features: grid, kind, bandwidth, seed, signal, onProgress } = checkedOptions(options);
  const { train, test, classes } = checkedSamples(samples);
  signal?.throwIfAborted();
  using _scope = core.scope();
  const most = Math.max(...grid);
  const map = featureMap(core, { kind, columns: samples.features, features: most, bandwidth, seed });
  const steps = grid.length + Math.ceil(test.labels.length / CHUNK);
  let done = 0;
  const pace = pacer(signal);
  const step = async () => {
    onProgress?.({ done: ++done, of: steps });
    await pace();
  };
  const wanted = oneHot(core, train.labels, classes);
  const features = map.apply(train.inputs);
  const fits: Fit[] = [];
  for (const count of grid) {
    fits.push(fitFirst(features, wanted, count));
    await step();
  }
  for (let first = 0; first < test.labels.length; first += CHUNK) {
    const labels = test.labels.subarray(first, first + CHUNK);
    const at = first * samples.features;
    const inputs = test.inputs.subarray(at, at + labels.length * samples.features);
    core.scoped(() => {
      const mapped = map.apply(inputs);
      for (const one of fits) judge(one, mapped, labels, classes);
    });
    await step();
  }
  const tested = test.labels.length;
  return fits.map(({ count, trainLoss, norm, rank, loss, wrong }) => {
    return { features: count, trainLoss, testLoss: loss / tested, testError: wrong / tested, norm, rank };
  });
}

/** A fitted model, and what it has lost on test samples so far. */
interface Fit {
  readonly count: number;
  /** count × classes. */
  readonly weights: Float64Array;
  readonly trainLoss: number;
  readonly norm: number;
  readonly rank: number;
  loss: number;
  wrong: number;
}

function fitFirst(features: DoubleMatrix, wanted: DoubleMatrix, count: number): Fit {
  const { core, rows } = features;
  return core.scoped(() => {
    const first = core.doubleMatrix(rows, count);
    const [from, to] = [features.view(), first.view()];
    for (let i = 0; i < rows; i++) {
      const at = i * features.columns;
      to.set(from.subarray(at, at + count), i * count);
    }
    const { solution, residual, norm, rank } = minimumNormLeastSquares(first, wanted);
    const trainLoss = (residual * residual) / rows;
    return { count, weights: solution.toArray(), trainLoss, norm, rank, loss: 0, wrong: 0 };
  });
}

/** Adds the losses and the wrong answers of a model on some test samples. */
function judge(model: Fit, features: DoubleMatrix, labels: Uint8Array, classes: number): void {
  const { count, weights } = model;
  const values = features.view();
  const outputs = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    outputs.fill(0);
    const row = values.subarray(i * features.columns, i * features.columns + count);
    for (let j = 0; j < count; j++) {
      const [value, at] = [row[j], j * classes];
      for (let c = 0; c < classes; c++) outputs[c] += value * weights[at + c];
    }
    let best = 0;
    for (let c = 0; c < classes; c++) {
      model.loss += (outputs[c] - Number(c === labels[i])) ** 2;
      if (outputs[c] > outputs[best]) best = c;
    }
    if (best !== labels[i]) model.wrong++;
  }
}

function oneHot(core: Core, labels: Uint8Array, classes: number): DoubleMatrix {
  const matrix = core.doubleMatrix(labels.length, classes);
  const values = matrix.view();
  for (const [i, label] of labels.entries()) values[i * classes + label] = 1;
  return matrix;
}

function checkedOptions(options: DoubleDescentOptions) {
  const keys = ["features", "kind", "bandwidth", "seed", "signal", "onProgress"] as const;
  const { bandwidth = 5, seed = 1, ...rest } = checkGiven("options", options, keys);
  checkOneOf("options.kind", rest.kind, FEATURE_KINDS);
  if (checkArray("options.features", rest.features).length === 0) {
    throw new ArgumentRangeError('"options.features" expected numbers of features, got none');
  }
  for (const [i, count] of rest.features.entries()) checkInteger(`options.features[${i}]`, count, 1);
  return { ...rest, bandwidth, seed };
}

function checkedSamples(samples: DescentSamples): DescentSamples {
  const { features, classes } = checkObject("samples", samples);
  checkInteger("samples.features", features, 1);
  checkInteger("samples.classes", classes, 1, 256);
  for (const part of ["train", "test"] as const) {
    const { inputs, labels } = checkObject(`samples.${part}`, samples[part]);
    checkTypedArray(`samples.${part}.inputs`, inputs, "Uint8Array", "Float32Array");
    checkTypedArray(`samples.${part}.labels`, labels, "Uint8Array");
    if (labels.length === 0) {
      throw new ArgumentRangeError(`"samples.${part}.labels" expected at least one, got 0`);
    }
    if (inputs.length !== labels.length * features) {
      const expected = `${labels.length * features} values (${labels.length} labels × ${features})`;
      throw new ShapeError(`"samples.${part}.inputs" expected ${expected}, got ${inputs.length}`);
    }
    const wrong = labels.find((label) => label >= classes);
    if (wrong !== undefined) {
      throw new ArgumentRangeError(
        `"samples.${part}.labels" expected classes below ${classes}, got ${wrong}`,
      );
    }
  }
  return samples;
}
