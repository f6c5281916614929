/** Calibration samples of a model: which input gets what, and so many at a time. */
import { checkInteger, checkOptions } from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentTypeError, NonFiniteError, ShapeError } from "../errors.js";
import { f16FromF32 } from "../io/half.js";
import type { OnnxValue } from "../io/onnx/graph.js";
import type { Runtime, RuntimeTensor } from "./runtime.js";

/** A dense array, the last axis running fastest. */
export interface OnnxArray {
  /** Its numbers. */
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
  /** Its shape; [] for one number. */
  readonly dims: readonly number[];
}

/**
 * What a model is run on, by the names of its inputs. The first axis of an array runs over the samples, as many for
 * each input. Given to every run as it is: an array without axes, such as a sampling rate, and beside inputs of samples
 * one that has the very first size that the model fixes for it, such as a state. Float16 inputs take float32.
 */
export type OnnxSamples = Readonly<Record<string, OnnxArray>>;

/** By ONNX's number of an element type: its name in ONNX Runtime, and the array that holds it. */
const TYPES: Record<
  number,
  { name: string; array: "Float32Array" | "Float64Array" | "Int32Array" | "BigInt64Array" | "Uint8Array" }
> = {
  1: { name: "float32", array: "Float32Array" },
  2: { name: "uint8", array: "Uint8Array" },
  6: { name: "int32", array: "Int32Array" },
  7: { name: "int64", array: "BigInt64Array" },
  9: { name: "bool", array: "Uint8Array" },
  10: { name: "float16", array: "Float32Array" },
  11: { name: "float64", array: "Float64Array" },
};

/** Numbers that a run is given, about: the activations of all layers are in memory at once. */
const RUN = 2 ** 18;

/** Samples that fit a model. */
export class Samples {
  readonly count: number;
  /** How many a run takes. */
  readonly batch: number;
  readonly #inputs: readonly OnnxValue[];
  readonly #arrays: OnnxSamples;
  /** Names of the inputs that get samples. */
  readonly #lists: ReadonlySet<string>;

  /**
   * @param inputs  of the model
   * @param arrays  one for each input
   * @param batch  samples a run, where the model does not fix it. Default 8 or fewer, 1 beside what is no sample
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an input is missing or unknown, or has other
   *   sizes than the model says
   * @throws {NonFiniteError} at the first value that is not finite
   */
  constructor(inputs: readonly OnnxValue[], arrays: OnnxSamples, batch?: number) {
    const names = inputs.map(({ name }) => name);
    checkOptions("calibration", arrays, names);
    for (const input of inputs) checkArray(input, arrays[input.name]);
    this.#arrays = arrays;
    this.#inputs = inputs;
    const withAxes = inputs.filter(({ name }) => arrays[name].dims.length > 0);
    const varied = withAxes.filter(({ name, dims }) => arrays[name].dims[0] !== dims?.[0]);
    const sizes = new Set(withAxes.map(({ name }) => arrays[name].dims[0]));
    const lists = varied.length > 0 ? varied : sizes.size === 1 ? withAxes : [];
    this.#lists = new Set(lists.map(({ name }) => name));
    const counts = lists.map(({ name }) => arrays[name].dims[0]);
    [this.count = 1] = counts;
    const other = counts.findIndex((count) => count !== this.count);
    if (other >= 0) {
      const [first, second] = [lists[0].name, lists[other].name].map((name) => JSON.stringify(name));
      throw new ShapeError(
        `"calibration" expected as many samples for each input, got ${this.count} for ${first} and ` +
          `${counts[other]} for ${second}`,
      );
    }
    if (this.count === 0) throw new ShapeError('"calibration" expected at least one sample, got none');
    const fixed = lists.map(({ dims }) => dims?.[0]).find((size) => typeof size === "number" && size > 0);
    const each = lists.reduce((sum, { name }) => sum + arrays[name].data.length / this.count, 0);
    const own = lists.length < withAxes.length ? 1 : Math.max(1, Math.min(8, Math.floor(RUN / each)));
    const most = checkInteger("options.batch", batch ?? own, 1);
    this.batch = typeof fixed === "number" ? fixed : Math.min(most, this.count);
    if (fixed !== undefined && this.count % this.batch !== 0) {
      throw new ShapeError(
        `"calibration" expected a multiple of ${fixed} samples, as the model takes, got ${this.count}`,
      );
    }
  }

  /** Runs that take all samples. */
  get runs(): number {
    return Math.ceil(this.count / this.batch);
  }

  /**
   * What a run is given.
   *
   * @param runtime  whose tensors they are
   * @param run  from 0
   */
  feeds(runtime: Runtime, run: number): Record<string, RuntimeTensor> {
    const first = run * this.batch;
    const feeds: Record<string, RuntimeTensor> = {};
    for (const input of this.#inputs) {
      const { data, dims } = this.#arrays[input.name];
      const { name } = TYPES[input.type];
      let [part, size]: [OnnxArray["data"], readonly number[]] = [data, dims];
      if (this.#lists.has(input.name)) {
        const each = data.length / this.count;
        const taken = Math.min(this.batch, this.count - first);
        part = data.slice(first * each, (first + taken) * each);
        size = [taken, ...dims.slice(1)];
      }
      const values = name === "float16" ? f16FromF32(part as Float32Array) : part;
      feeds[input.name] = new runtime.Tensor(name as never, values as never, size);
    }
    return feeds;
  }
}

function checkArray({ name, type, dims }: OnnxValue, array: OnnxArray | undefined): void {
  const called = `calibration[${JSON.stringify(name)}]`;
  const known = TYPES[type];
  if (!known)
    throw new ArgumentTypeError(`"${called}" expected an input of numbers, found ONNX type ${type}`);
  if (!array || !Array.isArray(array.dims)) {
    const expected = dims ? ` of ${dims.map((size) => size || "?").join(" × ")}` : "";
    throw new ArgumentTypeError(`"${called}" expected an array${expected}, got ${describe(array)}`);
  }
  if (kindOf(array.data) !== known.array) {
    throw new ArgumentTypeError(`"${called}.data" expected a ${known.array}, got ${describe(array.data)}`);
  }
  for (const size of array.dims) checkInteger(`${called}.dims`, size);
  const shown = array.dims.join(" × ") || "a scalar";
  const length = array.dims.reduce((product, size) => product * size, 1);
  if (length !== array.data.length) {
    throw new ShapeError(`"${called}" expected ${length} values for ${shown}, got ${array.data.length}`);
  }
  const fits =
    !dims ||
    (array.dims.length === dims.length &&
      dims.every((size, axis) => axis === 0 || typeof size !== "number" || size === array.dims[axis]));
  if (!fits) {
    const expected = dims.map((size) => size || "?").join(" × ") || "a scalar";
    throw new ShapeError(`"${called}" expected ${expected}, as the model has it, got ${shown}`);
  }
  const { data } = array;
  const index = data instanceof BigInt64Array ? -1 : data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new NonFiniteError(`"${called}" expected finite numbers, got ${data[index]} at index ${index}`, {
    index,
  });
}
