/** What constructions with fresh neurons for every weight share: the way through a layer, and the block it ends in. */
import { checkFinite, checkInteger, checkLength } from "../check.js";
import type { Hooks } from "../runtime/serve.js";
import { pacer } from "../runtime/turn.js";
import type { Residuals, TargetLayer, TicketBlock } from "./contract.js";

/** What every construction takes. */
export interface BlockOptions extends Hooks<{ readonly done: number; readonly total: number }> {
  /** The most that a weight or bias may be off, > 0. */
  readonly epsilon: number;
  /** The chance that the draw may fail, 0 < delta < 1. */
  readonly delta: number;
  /** Whether inputs are never below 0, which needs half of the neurons. */
  readonly nonNegative: boolean;
  /** From 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Number of the layer, from 0 to 255: layers of one seed get different neurons. */
  readonly layer: number;
}

/**
 * Chooses neurons for a weight.
 *
 * @param weight  not 0
 * @param bothSigns  whether inputs below 0 have to be served too, by neurons with inner weights below 0
 * @param pace  to be awaited in long work
 */
export type Find = (weight: number, bothSigns: boolean, pace: () => Promise<void>) => void | Promise<void>;

/** Stands for the input of a neuron that has its bias alone. */
const NO_INPUT = 0xffffffff;

/** Kept neurons of a block, in the order of the target's rows, and what they sum to. */
export class BlockBuilder {
  readonly #target: TargetLayer;
  readonly #residuals: Residuals;
  readonly #rowStarts: Uint32Array;
  #inputs = new Uint32Array(1024);
  #inner = new Float32Array(1024);
  #outer = new Float32Array(1024);
  #count = 0;
  #input = 0;
  /** For inputs ≥ 0 and below: the sum of the products kept, of their magnitudes, and how many they are. */
  readonly #sums = [0, 0];
  readonly #magnitudes = [0, 0];
  readonly #counts = [0, 0];

  /**
   * @param target  what the block approximates
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when it is no layer
   */
  constructor(target: TargetLayer) {
    const { rows, columns } = checkTarget(target);
    this.#target = target;
    this.#residuals = { weights: new Float64Array(rows * columns), bias: new Float64Array(rows) };
    this.#rowStarts = new Uint32Array(rows + 1);
  }

  /**
   * Keeps a neuron for the weight whose turn it is.
   *
   * @param inner  its incoming weight, not 0, or its bias when a bias is approximated
   * @param outer  its outgoing weight
   */
  keep(inner: number, outer: number): void {
    if (this.#count === this.#inputs.length) this.#grow();
    this.#inputs[this.#count] = this.#input;
    this.#inner[this.#count] = inner;
    this.#outer[this.#count] = outer;
    this.#count++;
    const side = inner > 0 ? 0 : 1;
    const product = inner * outer;
    this.#sums[side] += product;
    this.#magnitudes[side] += Math.abs(product);
    this.#counts[side]++;
  }

  /**
   * Goes through all weights and biases of the target; those that are 0 keep nothing. Rejects with the signal's reason.
   *
   * @param find  calls `keep`
   * @param options  how, and who watches
   */
  async build(find: Find, options: BlockOptions): Promise<void> {
    const { rows, columns, weights, bias } = this.#target;
    const total = rows * (columns + 1);
    let done = 0;
    const pace = pacer(options.signal, () => options.onProgress?.({ done, total }));
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, done++) {
        this.#input = j;
        const at = i * columns + j;
        if (weights[at] !== 0) await find(weights[at], !options.nonNegative, pace);
        this.#residuals.weights[at] = this.#residual(weights[at], !options.nonNegative);
        await pace();
      }
      this.#input = NO_INPUT;
      if (bias[i] !== 0) await find(bias[i], false, pace);
      this.#residuals.bias[i] = this.#residual(bias[i], false);
      this.#rowStarts[i + 1] = this.#count;
      done++;
    }
    options.onProgress?.({ done, total });
  }

  /**
   * @param neurons  that were drawn
   * @param epsilon  residuals above it are failures
   * @returns the block
   */
  block(neurons: number, epsilon: number): TicketBlock {
    const { rows, columns, relu } = this.#target;
    const count = this.#count;
    const rowStarts = new Uint32Array(count + 1);
    const columnIndices = new Uint32Array(count);
    const values = new Float32Array(count);
    const bias = new Float32Array(count);
    let kept = 0;
    for (let h = 0; h < count; h++) {
      if (this.#inputs[h] === NO_INPUT) bias[h] = this.#inner[h];
      else {
        columnIndices[kept] = this.#inputs[h];
        values[kept++] = this.#inner[h];
      }
      rowStarts[h + 1] = kept;
    }
    return {
      inner: {
        rows: count,
        columns,
        rowStarts,
        columnIndices: columnIndices.slice(0, kept),
        values: values.slice(0, kept),
        bias,
        relu: true,
      },
      outer: {
        rows,
        columns: count,
        rowStarts: this.#rowStarts,
        columnIndices: Uint32Array.from({ length: count }, (_, h) => h),
        values: this.#outer.slice(0, count),
        bias: new Float32Array(rows),
        relu,
      },
      residuals: this.#residuals,
      neurons,
      failures: failuresOf(this.#residuals, epsilon),
    };
  }

  /**
   * How far what was kept is from a weight, at most. Products of two f32 are exact in f64; n sums are off by less than
   * n · 2⁻⁵² of the magnitudes.
   */
  #residual(weight: number, bothSigns: boolean): number {
    let worst = 0;
    for (let side = 0; side < (bothSigns ? 2 : 1); side++) {
      const rounding = this.#counts[side] * 2 ** -52 * (this.#magnitudes[side] + Math.abs(weight));
      worst = Math.max(worst, Math.abs(this.#sums[side] - weight) + rounding);
    }
    for (const all of [this.#sums, this.#magnitudes, this.#counts]) all.fill(0);
    return worst;
  }

  #grow(): void {
    const length = 2 * this.#inputs.length;
    const grown = <T extends Uint32Array | Float32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#inputs = grown(new Uint32Array(length), this.#inputs);
    this.#inner = grown(new Float32Array(length), this.#inner);
    this.#outer = grown(new Float32Array(length), this.#outer);
  }
}

/**
 * Checks a layer to approximate.
 *
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when it is no layer
 */
export function checkTarget(target: TargetLayer): TargetLayer {
  const { rows, columns, weights, bias } = target;
  checkInteger("target.rows", rows);
  checkInteger("target.columns", columns);
  checkFinite("target.weights", checkLength("target.weights", weights, rows, columns), columns || undefined);
  checkFinite("target.bias", checkLength("target.bias", bias, rows, 1));
  return target;
}

/** How many weights and biases are off by more than epsilon. */
export function failuresOf({ weights, bias }: Residuals, epsilon: number): number {
  const failed = (sum: number, residual: number) => sum + (residual > epsilon ? 1 : 0);
  return bias.reduce(failed, weights.reduce(failed, 0));
}

/** The largest magnitude among the weights and biases of a layer. */
export function largest({ weights, bias }: TargetLayer): number {
  let most = 0;
  for (const values of [weights, bias]) for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
