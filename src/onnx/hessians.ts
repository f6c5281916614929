/** The Hessians of a model's layers: one run over the samples, with the activations as outputs. */

import type { OnnxFeed, OnnxLayer } from "../io/onnx/layers.js";
import type { OnnxModel } from "../io/onnx/onnx.js";
import { CHUNK, Hessian } from "../linalg/hessian.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import { layerRows } from "./layer-rows.js";
import { floatsOf, openSession, type Runtime, type RuntimeTensor } from "./runtime.js";
import type { Samples } from "./samples.js";

/** Rows of a layer that are looked at, about: more tell little more, and a convolution has millions. */
const ROWS = 16_384;

/** Layers whose activations are asked for at once. */
const PASS_LAYERS = 64;

/** What is known of the inputs of a layer. */
export interface LayerInputs {
  /** Rows of activations that were looked at. */
  readonly samples: number;
  /** Of each group. */
  readonly hessians: readonly DoubleMatrix[];
}

/**
 * The Hessian of the inputs of each group of each layer, 2·XXᵀ / N, undamped, as the model makes them before pruning.
 *
 * @param core  whose memory they take, in the innermost scope that is open
 * @param model  with the layers
 * @param layers  those wanted, with an `input`
 * @param samples  to run it on
 * @param runtime  that runs it
 * @param tell  called after each run with runs done and in all; may throw
 * @returns for each layer what its inputs are; undefined for a layer that no sample reaches
 */
export async function layerHessians(
  core: Core,
  model: OnnxModel,
  layers: readonly OnnxLayer[],
  samples: Samples,
  runtime: Runtime,
  tell: (done: number, total: number) => void,
): Promise<(LayerInputs | undefined)[]> {
  const passes = Math.ceil(layers.length / PASS_LAYERS);
  const all: (LayerInputs | undefined)[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const part = layers.slice(pass * PASS_LAYERS, (pass + 1) * PASS_LAYERS);
    const sums = part.map((layer) => new LayerSums(core, layer));
    const names = [...new Set(sums.flatMap(({ feeds }) => feeds.map(({ input }) => input as string)))];
    const session = await openSession(runtime, model.withOutputs(names));
    try {
      for (let run = 0; run < samples.runs; run++) {
        const outputs = await session.run(samples.feeds(runtime, run), names);
        for (const sum of sums) sum.add(outputs, samples.runs);
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
  readonly #sums: readonly RowSums[];
  /** Rows seen, and every how manyth is taken. */
  #seen = 0;
  #step = 0;

  constructor(core: Core, layer: OnnxLayer) {
    this.#layer = layer;
    this.feeds = layer.uses.filter(({ input }) => input !== undefined);
    this.#sums = Array.from({ length: layer.groups }, () => new RowSums(core, layer.columns));
  }

  add(outputs: Readonly<Record<string, RuntimeTensor>>, runs: number): void {
    const { columns, groups } = this.#layer;
    for (const feed of this.feeds) {
      const output = outputs[feed.input as string];
      const choose = (total: number) => this.#choose(total, runs);
      const rows = layerRows(feed, columns, groups, floatsOf(output), output.dims, choose);
      for (const [g, sum] of this.#sums.entries()) sum.add(rows[g]);
    }
  }

  finish(): LayerInputs | undefined {
    const [{ samples }] = this.#sums;
    return samples === 0 ? undefined : { samples, hessians: this.#sums.map((sum) => sum.finish()) };
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
