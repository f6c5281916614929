/** The Hessians of a model's layers: one run over the samples, with the activations as outputs. */

import { NonFiniteError } from "../errors.js";
import type { OnnxFeed, OnnxLayer } from "../io/onnx/layers.js";
import type { OnnxModel } from "../io/onnx/onnx.js";
import { CHUNK, Hessian } from "../linalg/hessian.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import { layerRows } from "./layer-rows.js";
import type { ModelOutputs } from "./outputs.js";
import { floatsOf, openSession, type Runtime, type RuntimeTensor, runSamples } from "./runtime.js";
import type { Samples } from "./samples.js";

/** Rows of a layer that are looked at, about: more tell little more, and a convolution has millions. */
const ROWS = 16_384;

/** Layers whose activations are asked for at once. */
const PASS_LAYERS = 64;

/** What is known of the inputs of a layer. */
export interface LayerInputs {
  /** Rows of activations that were looked at. */
  readonly samples: number;
  /** Of each group; where the diagonal alone was asked for, a row of it. */
  readonly hessians: readonly DoubleMatrix[];
}

/** A layer whose inputs are wanted. */
export interface WantedLayer {
  readonly layer: OnnxLayer;
  /** Whether the diagonal is enough: it takes no memory. */
  readonly isDiagonal: boolean;
}

/**
 * The Hessian of the inputs of each group of each layer, 2·XXᵀ / N, undamped, as the model makes them before pruning.
 *
 * @param core  whose memory they take, in the innermost scope that is open
 * @param model  with the layers
 * @param layers  those wanted, with an `input`
 * @param outputs  look at what the model puts out for all samples
 * @param samples  to run it on
 * @param runtime  that runs it
 * @param tell  called after each run with runs done and in all; may throw
 * @returns for each layer what its inputs are; undefined for a layer that no sample reaches
 * @throws {NonFiniteError} that names the layer whose input is not finite
 */
export async function layerHessians(
  core: Core,
  model: OnnxModel,
  layers: readonly WantedLayer[],
  outputs: ModelOutputs,
  samples: Samples,
  runtime: Runtime,
  tell: (done: number, total: number) => void,
): Promise<(LayerInputs | undefined)[]> {
  const passes = Math.max(1, Math.ceil(layers.length / PASS_LAYERS));
  const all: (LayerInputs | undefined)[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const part = layers.slice(pass * PASS_LAYERS, (pass + 1) * PASS_LAYERS);
    const sums = part.map(({ layer, isDiagonal }) => new LayerSums(core, layer, isDiagonal));
    const inputs = [...new Set(sums.flatMap(({ feeds }) => feeds.map(({ input }) => input as string)))];
    const names = pass === 0 ? [...new Set([...inputs, ...outputs.names])] : inputs;
    const session = await openSession(runtime, model.withOutputs(inputs));
    try {
      for (let run = 0; run < samples.runs; run++) {
        const values = await runSamples(session, runtime, samples, run, names);
        if (pass === 0) outputs.observe(values, samples.placeOf(run).taken);
        if (!samples.isHeldBack(run)) for (const sum of sums) sum.add(values, samples.runs);
        tell(pass * samples.runs + run + 1, passes * samples.runs);
      }
    } finally {
      await session.release();
    }
    all.push(...sums.map((sum) => sum.finish()));
  }
  return all;
}

/** Sums of one layer. */
class LayerSums {
  /** Where its weights meet activations. */
  readonly feeds: readonly OnnxFeed[];
  readonly #layer: OnnxLayer;
  readonly #sums: readonly (RowSums | SquareSums)[];
  /** Rows seen, and every how manyth is taken. */
  #seen = 0;
  #step = 0;

  constructor(core: Core, layer: OnnxLayer, isDiagonal: boolean) {
    this.#layer = layer;
    this.feeds = layer.uses.filter(({ input }) => input !== undefined);
    const Sums = isDiagonal ? SquareSums : RowSums;
    this.#sums = Array.from({ length: layer.groups }, () => new Sums(core, layer.columns));
  }

  add(outputs: Readonly<Record<string, RuntimeTensor>>, runs: number): void {
    const { columns, groups } = this.#layer;
    for (const feed of this.feeds) {
      const output = outputs[feed.input as string];
      const choose = (total: number) => this.#choose(total, runs);
      const rows = layerRows(feed, columns, groups, floatsOf(output), output.dims, choose);
      for (const [g, sum] of this.#sums.entries()) {
        this.#checkFinite(rows[g], feed.input as string);
        sum.add(rows[g]);
      }
    }
  }

  finish(): LayerInputs | undefined {
    const [{ samples }] = this.#sums;
    if (samples === 0) return undefined;
    try {
      return { samples, hessians: this.#sums.map((sum) => sum.finish()) };
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      throw this.#unfit(this.feeds[0].input as string, "numbers whose squares are beyond f32", error);
    }
  }

  #checkFinite(rows: Float32Array, input: string): void {
    const index = rows.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw this.#unfit(input, String(rows[index]), { index: index % this.#layer.columns });
  }

  #unfit(input: string, found: string, { index }: { readonly index: number }): NonFiniteError {
    const [name, value] = [this.#layer.name, input].map((one) => JSON.stringify(one));
    const message =
      `the input ${value} of layer ${name} expected finite numbers, got ${found} in column ${index}; ` +
      '"skip" (--skip) leaves the layer as it is';
    return new NonFiniteError(message, { index, column: index });
  }

  /**
   * One row of each `step`, at places that jump: equal distances would meet the same columns of an image over and over.
   */
  #choose(total: number, runs: number): number[] {
    this.#step ||= Math.max(1, Math.ceil((total * runs * this.feeds.length) / ROWS));
    const [step, seen] = [this.#step, this.#seen];
    this.#seen += total;
    const chosen: number[] = [];
    for (let bin = Math.floor(seen / step); bin * step < seen + total; bin++) {
      const row = bin * step + ((Math.imul(bin, 0x9e3779b1) >>> 8) % step) - seen;
      if (row >= 0 && row < total) chosen.push(row);
    }
    return chosen;
  }
}

/** Rows that wait until they are many: each addition costs columns², however few it brings. */
class RowSums {
  readonly #sum: Hessian;
  readonly #waiting: Float32Array;
  #length = 0;

  constructor(core: Core, columns: number) {
    this.#sum = new Hessian(core, columns);
    this.#waiting = new Float32Array(CHUNK * columns);
  }

  /** Rows so far. */
  get samples(): number {
    return this.#sum.samples + this.#length / this.#sum.columns;
  }

  add(rows: Float32Array): void {
    for (let at = 0; at < rows.length; ) {
      const part = rows.subarray(at, at + this.#waiting.length - this.#length);
      this.#waiting.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length === this.#waiting.length) this.#pass();
    }
  }

  finish(): DoubleMatrix {
    this.#pass();
    return this.#sum.finish();
  }

  #pass(): void {
    this.#sum.addRows(this.#waiting.subarray(0, this.#length));
    this.#length = 0;
  }
}

/** Sums of squares, where the diagonal is all that is wanted. */
class SquareSums {
  readonly #core: Core;
  readonly #squares: Float64Array;
  #rows = 0;

  constructor(core: Core, columns: number) {
    this.#core = core;
    this.#squares = new Float64Array(columns);
  }

  /** Rows so far. */
  get samples(): number {
    return this.#rows;
  }

  add(rows: Float32Array): void {
    const columns = this.#squares.length;
    for (let i = 0, j = 0; i < rows.length; i++, j = j + 1 === columns ? 0 : j + 1) {
      this.#squares[j] += rows[i] ** 2;
    }
    this.#rows += rows.length / columns;
  }

  finish(): DoubleMatrix {
    const means = this.#squares.map((sum) => (2 * sum) / this.#rows);
    return this.#core.doubleMatrix(1, means.length, means);
  }
}
