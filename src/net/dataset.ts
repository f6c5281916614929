/** Samples and their labels, resident in a core. */
import { checkInteger, checkOptions, checkTypedArray } from "../check.js";
import { kindOf } from "../describe.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import type { Core } from "../tensor/core.js";

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
  readonly #inputs: number;
  readonly #labels: number;
  readonly #isBytes: boolean;

  /** `dataset` is the door to it. */
  constructor(core: Core, inputs: Uint8Array | Float32Array, labels: Uint8Array, options: DatasetOptions) {
    this.core = core;
    this.count = labels.length;
    this.features = options.features;
    this.classes = options.classes;
    this.#isBytes = kindOf(inputs) === "Uint8Array";
    this.#inputs = core.allocate(inputs.byteLength);
    this.#labels = core.allocate(labels.length);
    this.write(inputs, labels);
  }

  /** Replaces the first samples, at most as many as there are. */
  write(inputs: Uint8Array | Float32Array, labels: Uint8Array): void {
    const length = this.count * this.features;
    const room = this.#isBytes ? this.core.u8(this.#inputs, length) : this.core.f32(this.#inputs, length);
    room.set(inputs);
    this.core.u8(this.#labels, this.count).set(labels);
  }

  /**
   * Gathers samples for the kernels.
   *
   * @param batch  how many
   * @param indices  address of their numbers, u32
   * @param x  address of features × batch in panels (assembly/dense/panels.ts), overwritten
   * @param labels  address of `batch` bytes, overwritten
   */
  gatherInto(batch: number, indices: number, x: number, labels: number): void {
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
    const from = core.u8(this.#labels, this.count);
    const to = core.u8(labels, batch);
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
  labels: Uint8Array,
  options: DatasetOptions,
): Dataset {
  checkOptions("options", options, ["features", "classes"]);
  checkTypedArray("inputs", inputs, "Uint8Array", "Float32Array");
  checkTypedArray("labels", labels, "Uint8Array");
  const features = checkInteger("options.features", options.features, 1);
  const classes = checkInteger("options.classes", options.classes, 1, 256);
  if (inputs.length !== labels.length * features) {
    const expected = `${labels.length * features} values (${labels.length} labels × ${features})`;
    throw new ShapeError(`"inputs" expected ${expected}, got ${inputs.length}`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new ArgumentRangeError(
      `"labels" expected classes below ${classes}, got ${labels[wrong]} at index ${wrong}`,
    );
  }
  return new Dataset(core, inputs, labels, { features, classes });
}
