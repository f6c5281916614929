/**
 * Optimal Brain Surgeon over all parameters of a small network, with Optimal Brain Damage and magnitude beside it, one
 * deletion after the other, with or without training between.
 *
 * Source: Hassibi & Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", 1993; LeCun, Denker &
 * Solla, "Optimal Brain Damage", 1990.
 */
import {
  checkFunction,
  checkGiven,
  checkInstance,
  checkInteger,
  checkLength,
  checkNumber,
  checkOneOf,
  checkTypedArray,
  plainArray,
} from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { SmallNetwork, type SmallSamples } from "../net/small-network.js";
import { pacer } from "../runtime/turn.js";
import type { WorkDone } from "./contract.js";

/** Above that many parameters the inverse would take more than 128 MB. */
const LIMIT = 4096;

/**
 * The inverse of αI + Σ X Xᵀ / P, the Gauss–Newton Hessian of the mean loss over P samples, by one rank-1 update for
 * each sample and output.
 *
 * @param net  at most 4,096 parameters
 * @param samples  at least one
 * @param alpha  > 0: a small one trusts the samples more, and needs more digits
 * @returns d × d over all parameters, row after row; rows and columns of those that are not there are 0
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function inverseByRecursion(net: SmallNetwork, samples: SmallSamples, alpha: number): Float64Array {
  checkInstance("net", net, SmallNetwork);
  checkNumber("alpha", alpha, Number.MIN_VALUE);
  const d = net.parameters.length;
  if (d > LIMIT) throw new ArgumentRangeError(`"net" expected at most ${LIMIT} parameters, got ${d}`);
  const count = net.count(samples);
  const inverse = new Float64Array(d * d);
  for (let q = 0; q < d; q++) inverse[q * d + q] = net.mask[q] ? 1 / alpha : 0;
  for (const { trace } of net.traces(samples)) {
    for (const x of net.curvatureVectors(trace)) subtractOuter(inverse, times(inverse, x), x, count);
  }
  return inverse;
}

function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const d = x.length;
  const product = new Float64Array(d);
  for (let q = 0; q < d; q++) {
    if (x[q] === 0) continue;
    const row = matrix.subarray(q * d, (q + 1) * d);
    for (let j = 0; j < d; j++) product[j] += x[q] * row[j];
  }
  return product;
}

/** inverse −= y yᵀ / (P + xᵀ y), y = inverse · x */
function subtractOuter(inverse: Float64Array, y: Float64Array, x: Float64Array, count: number): void {
  const d = x.length;
  const divisor = count + x.reduce((sum, value, q) => sum + value * y[q], 0);
  for (let i = 0; i < d; i++) {
    const factor = y[i] / divisor;
    for (let j = 0; j < d; j++) inverse[i * d + j] -= factor * y[j];
  }
}

/**
 * L_q = w_q² / (2 [H⁻¹]_qq) of every parameter; Infinity of those that are not there.
 *
 * @param net  at its minimum: the gradient is taken to be 0
 * @param inverse  parameters × parameters, as `inverseByRecursion` gives it
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 *
 * Source: Hassibi & Stork 1993, equation 5.
 */
export function obsSaliencies(net: SmallNetwork, inverse: Float64Array): Float64Array {
  checkInstance("net", net, SmallNetwork);
  const d = checkInverse(net, inverse);
  return net.parameters.map((w, q) => (net.mask[q] ? w ** 2 / (2 * inverse[q * d + q]) : Infinity));
}

/**
 * Deletes a parameter, and moves the others so that a quadratic loss rises least: by L_q.
 *
 * @param net  its parameters and mask are written
 * @param inverse  the inverse Hessian; becomes that of the parameters that are left, row and column q 0
 * @param q  a parameter that is there
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function deleteByObs(net: SmallNetwork, inverse: Float64Array, q: number): void {
  checkInstance("net", net, SmallNetwork);
  const { parameters, mask } = net;
  const d = checkInverse(net, inverse);
  checkInteger("q", q, 0, d - 1);
  if (mask[q] === 0) throw new ArgumentRangeError(`"q" expected a parameter that is there, got ${q}`);
  const row = plainArray(inverse).slice(q * d, (q + 1) * d);
  const step = parameters[q] / row[q];
  for (let i = 0; i < d; i++) {
    parameters[i] -= step * row[i];
    const factor = row[i] / row[q];
    for (let j = 0; j < d; j++) inverse[i * d + j] -= factor * row[j];
  }
  for (let i = 0; i < d; i++) inverse[q * d + i] = inverse[i * d + q] = 0;
  parameters[q] = 0;
  mask[q] = 0;
}

/** @returns the rows and columns of the inverse Hessian. @throws {ArgumentTypeError | ShapeError} */
function checkInverse({ parameters }: SmallNetwork, inverse: Float64Array): number {
  const d = parameters.length;
  checkLength("inverse", checkTypedArray("inverse", inverse, "Float64Array"), d, d);
  return d;
}

/** How the next parameter is chosen. */
export type DeletionRule = "obs" | "obd" | "magnitude";

/** How deletions follow each other. */
export interface DeletionOptions {
  /** How the next parameter is chosen. */
  readonly rule: DeletionRule;
  /** Of OBS's inverse Hessian. Default 1e-4. */
  readonly alpha?: number;
  /** Trains what is left, after each deletion; absent = none. */
  retrain?(net: SmallNetwork): void;
  /** Looks at the network after each deletion (and training): false ends the work. */
  look(net: SmallNetwork): boolean;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after each deletion. */
  onProgress?(progress: WorkDone): void;
}

/**
 * Deletes parameters one at a time, the least salient first; ties go by lower index. The Hessian is made anew for each.
 *
 * @param net  its parameters and mask are written
 * @param samples  of the Hessian
 * @param options  rule, training between, when to end. It rejects with the signal's reason
 * @returns the parameters in the order in which they went
 */
export async function deleteOneByOne(
  net: SmallNetwork,
  samples: SmallSamples,
  options: DeletionOptions,
): Promise<number[]> {
  checkInstance("net", net, SmallNetwork);
  const keys = ["rule", "alpha", "retrain", "look", "signal", "onProgress"] as const;
  checkGiven("options", options, keys);
  checkFunction("options.look", options.look);
  const rule = checkOneOf("options.rule", options.rule, ["obs", "obd", "magnitude"]);
  const { alpha = 1e-4 } = options;
  const total = net.kept;
  const gone: number[] = [];
  const turn = pacer(options.signal, () => options.onProgress?.({ done: gone.length, total }));
  options.signal?.throwIfAborted();
  while (net.kept > 0) {
    await turn();
    if (rule === "obs") {
      const inverse = inverseByRecursion(net, samples, alpha);
      const q = indexOfLeast(obsSaliencies(net, inverse));
      deleteByObs(net, inverse, q);
      gone.push(q);
    } else {
      const h = rule === "obd" ? net.curvature(samples, "gauss-newton") : undefined;
      const q = indexOfLeast(
        net.parameters.map((w, i) => (net.mask[i] ? w ** 2 * (h ? h[i] : 1) : Infinity)),
      );
      net.parameters[q] = 0;
      net.mask[q] = 0;
      gone.push(q);
    }
    options.retrain?.(net);
    if (!options.look(net)) break;
  }
  return gone;
}

const indexOfLeast = (values: Float64Array): number =>
  values.reduce((least, value, q) => (value < values[least] ? q : least), 0);
