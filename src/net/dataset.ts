/** Samples and their labels, resident in a core. */
import { checkGiven, checkInstance, checkInteger, checkSameCore, checkTypedArray } from "../check.js";
import { kindOf } from "../describe.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import type { Lifetime } from "../runtime/workspace.js";
import { Core } from "../tensor/core.js";

/** One class number a sample. */
export type Labels = Uint8Array | Uint16Array;

/** Most classes that labels may count: what 16 bits hold. */
export const MOST_CLASSES = 65_536;

/** What `dataset` takes beside the samples. */
export interface DatasetOptions {
  /** Numbers a sample. */
  readonly features: number;
  /** Classes that labels count; each label is below. */
  readonly classes: number;
}

/** Labelled samples in a core's memory: bytes (read as value / 255) or f32. */
export class Dataset {
  /** In whose memory they are. */
  readonly core: Core;
  /** Samples. */
  readonly count: number;
  /** Numbers a sample. */
  readonly features: number;
  /** Classes that labels count. */
  readonly classes: number;
  /** Of its samples. */
  readonly lifetime: Lifetime;
  readonly #inputs: number;
  readonly #labels: number;
  readonly #isBytes: boolean;

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #inputs in value;
  }

  /** `dataset` is the door to it. */
  constructor(core: Core, inputs: Uint8Array | Float32Array, labels: Labels, options: DatasetOptions) {
    this.core = core;
    this.lifetime = core.lifetime;
    this.count = labels.length;
    this.features = options.features;
    this.classes = options.classes;
    this.#isBytes = kindOf(inputs) === "Uint8Array";
    this.#inputs = core.allocate(inputs.byteLength);
    this.#labels = core.allocate(4 * labels.length);
    this.#write(inputs, labels);
  }

  /**
   * Replaces the first samples, at most as many as there are.
   *
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
   * @throws {DisposedError} when its scope or core has ended
   */
  write(inputs: Uint8Array | Float32Array, labels: Labels): void {
    this.lifetime.check("data");
    checkSamples(inputs, labels, this, "", this.#isBytes ? ["Uint8Array"] : ["Float32Array"]);
    if (labels.length > this.count) {
      throw new ShapeError(`"labels" expected at most ${this.count}, got ${labels.length}`);
    }
    this.#write(inputs, labels);
  }

  #write(inputs: Uint8Array | Float32Array, labels: Labels): void {
    const length = this.count * this.features;
    const room = this.#isBytes ? this.core.u8(this.#inputs, length) : this.core.f32(this.#inputs, length);
    room.set(inputs);
    this.core.u32(this.#labels, this.count).set(labels);
  }

  /**
   * Gathers samples for the kernels.
   *
   * @param batch  how many
   * @param indices  address of their numbers, u32
   * @param x  address of features × batch in panels (assembly/dense/panels.ts), overwritten
   * @param labels  address of `batch` numbers, u32, overwritten
   * @throws {DisposedError} when its scope or core has ended
   */
  gatherInto(batch: number, indices: number, x: number, labels: number): void {
    this.lifetime.check("data");
    const { core, features } = this;
    if (this.#isBytes) {
      core.kernels.f32_panels_from_bytes(features, batch, this.#inputs, indices, 1 / 255, x);
    } else {
      core.scoped(() => {
        const rows = core.allocate(4 * features * batch);
        const all = core.f32(this.#inputs, this.count * features);
        const picked = core.f32(rows, features * batch);
        core.u32(indices, batch).forEach((sample, i) => {
          picked.set(all.subarray(sample * features, (sample + 1) * features), i * features);
        });
        core.kernels.f32_panels_from_rows(features, batch, rows, features, x);
      });
    }
    const from = core.u32(this.#labels, this.count);
    const to = core.u32(labels, batch);
    const order = core.u32(indices, batch);
    for (let i = 0; i < batch; i++) to[i] = from[order[i]];
  }
}

/**
 * Copies samples into a core.
 *
 * @param core  whose memory they take
 * @param inputs  samples × features, row after row: bytes (pictures, read as value / 255) or f32
 * @param labels  one class number a sample
 * @param options  features and classes
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit; a label that is
 *   no class is named with its index
 * @throws {OutOfMemoryError} when the memory cannot hold them
 */
export function dataset(
  core: Core,
  inputs: Uint8Array | Float32Array,
  labels: Labels,
  options: DatasetOptions,
): Dataset {
  checkInstance("core", core, Core);
  checkGiven("options", options, ["features", "classes"]);
  const features = checkInteger("options.features", options.features, 1);
  const classes = checkInteger("options.classes", options.classes, 1, MOST_CLASSES);
  checkSamples(inputs, labels, { features, classes });
  return new Dataset(core, inputs, labels, { features, classes });
}

/**
 * @param prefix  of the names of inputs and labels, for messages
 * @param kinds  what inputs may be
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when samples and labels do not fit each other, or a
 *   label is no class: kernels would write where it says
 */
export function checkSamples(
  inputs: Uint8Array | Float32Array,
  labels: Labels,
  { features, classes }: DatasetOptions,
  prefix = "",
  kinds: readonly ("Uint8Array" | "Float32Array")[] = ["Uint8Array", "Float32Array"],
): void {
  checkTypedArray(`${prefix}inputs`, inputs, ...kinds);
  checkTypedArray(`${prefix}labels`, labels, "Uint8Array", "Uint16Array");
  if (inputs.length !== labels.length * features) {
    const expected = `${labels.length * features} values (${labels.length} labels × ${features})`;
    throw new ShapeError(`"${prefix}inputs" expected ${expected}, got ${inputs.length}`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new ArgumentRangeError(
      `"${prefix}labels" expected classes below ${classes}, got ${labels[wrong]} at index ${wrong}`,
    );
  }
}

/** What a data set has to fit: a network of any kind. */
interface Fitting {
  readonly core: Core;
  /** Numbers of a sample at the input, …, classes. */
  readonly sizes: readonly number[];
}

/**
 * Kernels check nothing: data of other sizes, or of another core, would be read beyond their end.
 *
 * @param name  the caller knows the data by
 * @param data  to be run through the network
 * @param net  of any kind
 * @throws {ArgumentTypeError} when it is no data set
 * @throws {ArgumentRangeError} when it is in another core
 * @throws {ShapeError} when its samples or classes are not those of the network
 * @throws {DisposedError} when its scope has ended
 */
export function checkData(name: string, data: Dataset, { core, sizes }: Fitting): void {
  checkSameCore(name, checkInstance(name, data, Dataset), core);
  data.lifetime.check(name);
  const [features, classes] = [sizes[0], sizes[sizes.length - 1]];
  if (data.features === features && data.classes === classes) return;
  const expected = `${features} features and ${classes} classes, as the network has`;
  throw new ShapeError(`"${name}" expected ${expected}, got ${data.features} and ${data.classes}`);
}
