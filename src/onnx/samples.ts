/** Calibration samples of a model: which input gets what, and so many at a time. */

import { checkInteger, checkOptions } from "../check.js";
import { describe } from "../describe.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import type { OnnxValue } from "../io/onnx/graph.js";
import { checkVaried } from "../prune/calibration.js";
import { heldBackOf } from "../prune/held-back.js";
import { type NumberArray, type Stored, storedValues } from "./input-types.js";
import type { Runtime, RuntimeTensor } from "./runtime.js";
import { fitsInput, type SampleAxis, sampleAxes, shownDims } from "./sample-axes.js";

/** A dense array, the last axis running fastest. */
export interface OnnxArray {
  /** Its numbers. Whole ones may be in any array that holds them; halves are given as Float32Array. */
  readonly data: NumberArray;
  /** Its shape; [] for one number. */
  readonly dims: readonly number[];
}

/**
 * What a model is run on, by the names of its inputs. One axis of an array runs over the samples, as many for each
 * input: the first, or the one that the model names like a batch, or that an input of a fixed first size leaves open,
 * as the states 1 × N × 8 of an LSTM. A model without such an axis takes arrays of one more, in front. Given to every
 * run as it is: an array without axes, such as a sampling rate, and beside inputs of samples one that has the very
 * sizes that the model fixes for it, such as a state. Floating-point inputs may hold −∞, as masks do.
 */
export type OnnxSamples = Readonly<Record<string, OnnxArray>>;

/** Numbers that a run is given, about: the activations of all layers are in memory at once. */
const RUN = 2 ** 18;

/** What is given for an input. */
interface Given extends Stored {
  readonly name: string;
  readonly dims: readonly number[];
  readonly along: SampleAxis | undefined;
}

/** Runs that samples are spread over, if they can be, so that some can be held back. */
const RUNS = 10;

/** Samples that fit a model. */
export class Samples {
  readonly count: number;
  /** Whether it is the model or the caller that says how many samples a run takes. */
  readonly isBatchGiven: boolean;
  readonly #given: readonly Given[];
  #batch: number;
  #share = 0;
  #heldBack: { readonly runs: number; readonly held: ReadonlySet<number> } | undefined;

  /**
   * @param inputs  of the model
   * @param arrays  one for each input
   * @param batch  samples a run, where the model does not fix it. Default 8 or fewer, 1 beside what is no sample
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an input is missing or unknown, or has other
   *   sizes than the model says
   * @throws {NonFiniteError} at the first value that is NaN or +∞
   */
  constructor(inputs: readonly OnnxValue[], arrays: OnnxSamples, batch?: number) {
    const names = inputs.map(({ name }) => name);
    checkOptions("calibration", arrays, names);
    for (const input of inputs) checkShape(input, arrays[input.name]);
    const axes = sampleAxes(
      inputs,
      names.map((name) => arrays[name].dims),
    );
    this.#given = inputs.map((input, i) => ({
      ...storedValues(calledOf(input), input, arrays[input.name].data),
      ...{ name: input.name, dims: arrays[input.name].dims, along: axes[i] },
    }));
    const lists = this.#given.filter(({ along }) => along !== undefined);
    this.count = countOf(lists);
    const fixed = fixedBatch(lists, this.count);
    const each = lists.reduce((sum, { values }) => sum + values.length / this.count, 0);
    const isBesideOthers = this.#given.some(({ along, dims }) => !along && dims.length > 0);
    const own = isBesideOthers ? 1 : Math.max(1, Math.min(8, Math.floor(RUN / each)));
    const most = checkInteger("options.batch", batch ?? own, 1);
    this.isBatchGiven = batch !== undefined || fixed !== undefined;
    this.#batch = fixed ?? Math.min(most, this.count);
  }

  /** @throws {ArgumentRangeError} when all samples are 0, or several of them all equal */
  checkVaried(): void {
    const lists = this.#given.filter(({ along }) => along !== undefined);
    if (lists.length === 0) return;
    const isZero = lists.every(({ values }) => values.every((value) => !value));
    checkVaried(isZero, this.count > 1 && lists.every(isConstant));
  }

  /** How many a run takes. */
  get batch(): number {
    return this.#batch;
  }

  /**
   * Keeps whole runs from the pruning, which their labels then judge.
   *
   * @param share  of the samples; where nobody said how many a run takes, runs are made short enough for it
   */
  holdBack(share: number): void {
    this.#share = share;
    if (!this.isBatchGiven && share > 0)
      this.#batch = Math.max(1, Math.min(this.#batch, Math.floor(this.count / RUNS)));
  }

  /** Whether a run is kept from the pruning. */
  isHeldBack(run: number): boolean {
    if (this.#heldBack?.runs !== this.runs)
      this.#heldBack = { runs: this.runs, held: new Set(heldBackOf(this.runs, this.#share)) };
    return this.#heldBack.held.has(run);
  }

  /** Whether a run's labels judge: all do where none is held back. */
  isJudged(run: number): boolean {
    return this.isHeldBack(run) || this.#heldBack?.held.size === 0;
  }

  /** Takes the samples one at a time from now on. */
  takeSingly(): void {
    this.#batch = 1;
  }

  /** Runs that take all samples. */
  get runs(): number {
    return Math.ceil(this.count / this.batch);
  }

  /**
   * @param run  from 0
   * @returns its samples: the first, and how many
   */
  placeOf(run: number): { first: number; taken: number } {
    const first = run * this.batch;
    return { first, taken: Math.min(this.batch, this.count - first) };
  }

  /**
   * What a run is given.
   *
   * @param runtime  whose tensors they are
   * @param run  from 0
   */
  feeds(runtime: Runtime, run: number): Record<string, RuntimeTensor> {
    const { first, taken } = this.placeOf(run);
    const feeds: Record<string, RuntimeTensor> = {};
    for (const { name, type, values, dims, along } of this.#given) {
      const part = along ? cut(values, dims, along.axis, first, taken) : values;
      const size = along ? dims.map((one, a) => (a === along.axis ? taken : one)) : dims;
      feeds[name] = new runtime.Tensor(type as never, part as never, along?.isExtra ? size.slice(1) : size);
    }
    return feeds;
  }
}

/** Some places of an axis, all of the others. */
function cut(
  values: NumberArray,
  dims: readonly number[],
  axis: number,
  first: number,
  taken: number,
): NumberArray {
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outer = dims.slice(0, axis).reduce((product, size) => product * size, 1);
  if (outer === 1) return values.slice(first * inner, (first + taken) * inner);
  const part = values.slice(0, outer * taken * inner);
  for (let o = 0; o < outer; o++) {
    const from = (o * dims[axis] + first) * inner;
    part.set(values.subarray(from, from + taken * inner) as never, o * taken * inner);
  }
  return part;
}

/** Whether all samples of an input are equal. */
function isConstant({ values, dims, along }: Given): boolean {
  const { axis = 0 } = along ?? {};
  const first = cut(values, dims, axis, 0, 1);
  return [...Array(dims[axis]).keys()].every((place) =>
    cut(values, dims, axis, place, 1).every((value, i) => value === first[i]),
  );
}

const calledOf = ({ name }: OnnxValue): string => `calibration[${JSON.stringify(name)}]`;

function checkShape(input: OnnxValue, array: OnnxArray | undefined): void {
  const { dims } = input;
  const called = calledOf(input);
  if (!array || !Array.isArray(array.dims)) {
    const expected = dims ? ` of ${shownDims(dims)}` : "";
    throw new ArgumentTypeError(`"${called}" expected an array${expected}, got ${describe(array)}`);
  }
  if (!ArrayBuffer.isView(array.data)) {
    throw new ArgumentTypeError(`"${called}.data" expected a typed array, got ${describe(array.data)}`);
  }
  for (const size of array.dims) checkInteger(`${called}.dims`, size);
  const shown = array.dims.join(" × ") || "a scalar";
  const length = array.dims.reduce((product, size) => product * size, 1);
  if (length !== array.data.length) {
    throw new ShapeError(`"${called}" expected ${length} values for ${shown}, got ${array.data.length}`);
  }
  if (!dims || fitsInput(dims, array.dims)) return;
  throw new ShapeError(`"${called}" expected ${shownDims(dims)}, as the model has it, got ${shown}`);
}

/** As many samples in each list. */
function countOf(lists: readonly Given[]): number {
  const counts = lists.map(({ dims, along }) => dims[along?.axis ?? 0]);
  const [count = 1] = counts;
  const other = counts.findIndex((one) => one !== count);
  if (other >= 0) {
    const [first, second] = [lists[0].name, lists[other].name].map((name) => JSON.stringify(name));
    throw new ShapeError(
      `"calibration" expected as many samples for each input, got ${count} for ${first} and ` +
        `${counts[other]} for ${second}`,
    );
  }
  if (count === 0) throw new ShapeError('"calibration" expected at least one sample, got none');
  return count;
}

/** Samples a run, where the model fixes it. */
function fixedBatch(lists: readonly Given[], count: number): number | undefined {
  const sizes = [...new Set(lists.flatMap(({ along }) => along?.fixed ?? []))];
  if (sizes.length > 1) {
    throw new ShapeError(`"calibration" expected inputs of one batch, the model has ${sizes.join(" and ")}`);
  }
  const [fixed] = sizes;
  if (fixed !== undefined && count % fixed !== 0) {
    throw new ShapeError(
      `"calibration" expected a multiple of ${fixed} samples, as the model takes, got ${count}`,
    );
  }
  return fixed;
}
