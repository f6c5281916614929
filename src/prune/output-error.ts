/** How far a network's outputs are from what they were. */
import { checkInstance, checkLength, checkTypedArray, plainArray } from "../check.js";
import { kindOf } from "../describe.js";
import { ArgumentRangeError, NonFiniteError, ShapeError } from "../errors.js";
import { Network } from "../net/network.js";

/** Samples run at a time. */
const CHUNK = 256;

/**
 * The outputs for samples.
 *
 * @param net  as it is now
 * @param inputs  samples × inputs, row after row: f32, or bytes read as value / 255
 * @returns samples × outputs, row after row
 * @throws {ArgumentTypeError | ShapeError} when they do not fit
 */
export function outputsOf(net: Network, inputs: Uint8Array | Float32Array): Float32Array {
  checkInstance("net", net, Network);
  checkTypedArray("inputs", inputs, "Uint8Array", "Float32Array");
  const [features, outputs] = [net.sizes[0], net.sizes[net.sizes.length - 1]];
  const count = inputs.length / features;
  if (!Number.isInteger(count)) {
    throw new ShapeError(`"inputs" expected a multiple of ${features} values, got ${inputs.length}`);
  }
  const all = new Float32Array(count * outputs);
  for (let first = 0; first < count; first += CHUNK) {
    const part = plainArray(inputs).slice(first * features, (first + CHUNK) * features);
    const rows = kindOf(part) === "Uint8Array" ? Float32Array.from(part, (value) => value / 255) : part;
    net.forward(rows as Float32Array, all.subarray(first * outputs, (first + CHUNK) * outputs));
  }
  return all;
}

/**
 * The outputs for samples, where there is something to compare with.
 *
 * @throws {NonFiniteError} at the first output that is not finite
 */
export function finiteOutputs(net: Network, inputs: Uint8Array | Float32Array): Float32Array {
  const [all, columns] = [outputsOf(net, inputs), net.sizes[net.sizes.length - 1]];
  const index = all.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return all;
  const [row, column] = [Math.floor(index / columns), index % columns];
  throw new NonFiniteError(
    `"calibration" expected samples with finite outputs, got ${all[index]} for sample ${row} at output ${column}`,
    { index, row, column },
  );
}

/**
 * ‖y′ − y‖² / ‖y‖².
 *
 * @param outputs  y
 * @param others  y′, as many
 * @returns 0 where both are equal, infinity where y is 0 alone
 * @throws {ArgumentTypeError | ShapeError} when they do not fit
 */
export function relativeDistance(outputs: Float32Array, others: Float32Array): number {
  checkTypedArray("outputs", outputs, "Float32Array");
  checkLength("others", checkTypedArray("others", others, "Float32Array"), outputs.length, 1);
  const { distance, energy } = distancesOf(outputs, others);
  return distance === 0 ? 0 : distance / energy;
}

/** Why there is no error relative to outputs of nothing but 0. */
export const ALL_ZERO = "0 on all samples";

/** What is known of outputs before pruning, over all samples: whether an error of them would say anything. */
export class OutputFacts {
  #count = 0;
  #energy = 0;
  #isFinite = true;
  readonly #isFloat: boolean;

  /** @param isFloat  whether they are judged by their squares; others are by agreement */
  constructor(isFloat = true) {
    this.#isFloat = isFloat;
  }

  /** Looks at more of them. */
  add(values: ArrayLike<unknown>): void {
    this.#count += values.length;
    if (!this.#isFloat) return;
    for (let i = 0; i < values.length; i++) this.#energy += (values[i] as number) ** 2;
    this.#isFinite = Number.isFinite(this.#energy);
  }

  /** Whether a value was NaN or infinite. */
  get isFinite(): boolean {
    return this.#isFinite;
  }

  /** Why no error of them can be told; undefined where one can. */
  get flaw(): string | undefined {
    if (this.#count === 0) return "empty on all samples";
    if (!this.#isFinite) return "not finite on all samples";
    return this.#isFloat && this.#energy === 0 ? ALL_ZERO : undefined;
  }
}

/** ‖y′ − y‖² and ‖y‖². */
export function distancesOf(outputs: Float32Array, others: Float32Array) {
  let [distance, energy] = [0, 0];
  outputs.forEach((output, i) => {
    distance += (others[i] - output) ** 2;
    energy += output ** 2;
  });
  return { distance, energy };
}

/**
 * @param outputs  of a network before pruning, whose error is to be kept to
 * @throws {ArgumentRangeError} when no error relative to them can be told
 */
export function checkComparable(outputs: ArrayLike<number>): void {
  const facts = new OutputFacts();
  facts.add(outputs);
  const { flaw } = facts;
  if (flaw === undefined) return;
  throw new ArgumentRangeError(
    `"options.maxError" expected outputs that can be compared, found them ${flaw}`,
  );
}
