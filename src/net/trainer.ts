/** One training step: forward, both gradients, update. */
import { checkInteger, checkOptions } from "../check.js";
import { ShapeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../linalg/panels.js";
import { Dataset } from "./dataset.js";
import type { Network } from "./network.js";
import { adam, type Optimizer, type Updates } from "./optimizer.js";
import type { StageTrainer } from "./stage.js";

/** What a trainer takes beside the network. */
export interface TrainerOptions {
  /** Default `adam()`. */
  readonly optimizer?: Optimizer;
  /** Samples a step, default 60. */
  readonly batch?: number;
}

/**
 * Trains a network step by step. All its memory is taken at the start, so a run of any length stays flat.
 *
 * Pruned weights are set to +0 at the start and stay exactly that, and so do their moments: their gradient is.
 * Gradients are of the mean loss over the batch.
 */
export class Trainer {
  readonly net: Network;
  readonly batch: number;
  readonly #updates: Updates;
  readonly #stages: readonly StageTrainer[];
  /** The first stage with weights: no gradient is needed before it. */
  readonly #first: number;
  /** Outputs of each stage. */
  readonly #outputs: readonly number[];
  readonly #x: number;
  readonly #labels: number;
  readonly #scratch: number;
  #own: { data: Dataset; indices: number } | undefined;

  /** `trainer` is the door to it. */
  constructor(net: Network, optimizer: Optimizer, batch: number) {
    this.net = net;
    this.batch = batch;
    this.#updates = optimizer.begin();
    const { core, stages } = net;
    this.#x = core.allocate(panelsBytes(net.sizes[0], batch));
    this.#labels = core.allocate(batch);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    this.#outputs = stages.map((stage) => core.allocate(stage.bytes(batch)));
    this.#first = stages.findIndex(({ layer }) => layer);
    this.#stages = stages.map((stage, i) => stage.trainer(batch, optimizer.states, i <= this.#first));
  }

  /**
   * One step on `batch` samples given as arrays.
   *
   * @param inputs  batch × features: bytes (read as value / 255) or f32
   * @param labels  one class number a sample
   * @returns mean loss before the step, in nats
   * @throws {ShapeError} when there are more or fewer samples
   */
  step(inputs: Uint8Array | Float32Array, labels: Uint8Array): number {
    const { net, batch } = this;
    const features = net.sizes[0];
    if (labels.length !== batch || inputs.length !== batch * features) {
      const expected = `${batch} samples of ${features}`;
      throw new ShapeError(
        `"inputs" expected ${expected}, got ${inputs.length} values and ${labels.length} labels`,
      );
    }
    if (!this.#own) {
      const classes = net.sizes[net.sizes.length - 1];
      const indices = net.core.allocate(4 * batch);
      this.#own = { data: new Dataset(net.core, inputs, labels, { features, classes }), indices };
      net.core.u32(indices, batch).set(Array.from({ length: batch }, (_, i) => i));
    } else this.#own.data.write(inputs, labels);
    return this.stepOn(this.#own.data, this.#own.indices);
  }

  /**
   * One step on samples of a resident data set.
   *
   * @param data  in the core of the network
   * @param indices  address of `batch` sample numbers, u32
   * @returns mean loss before the step, in nats
   */
  stepOn(data: Dataset, indices: number): number {
    const { net, batch } = this;
    const { kernels } = net.core;
    data.gatherInto(batch, indices, this.#x, this.#labels);
    const inputOf = (i: number) => (i === 0 ? this.#x : this.#outputs[i - 1]);
    for (const [i, stage] of this.#stages.entries()) {
      stage.forward(inputOf(i), this.#outputs[i], this.#scratch);
    }
    const last = this.#stages.length - 1;
    const logits = this.#outputs[last];
    const classes = net.sizes[net.sizes.length - 1];
    const loss = kernels.f32_softmax_cross_entropy(classes, batch, logits, this.#labels, 1 / batch, logits);
    this.#updates.advance();
    let dy = logits;
    for (let i = last; i >= this.#first; i--) {
      const stage = this.#stages[i];
      stage.backward(inputOf(i), this.#outputs[i], dy);
      stage.update?.(this.#updates);
      dy = stage.dx;
    }
    return loss / batch;
  }
}

/**
 * Prepares a network for training.
 *
 * @param net  trained in place; masks set before count
 * @param options  optimiser and batch size
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold the buffers
 */
export function trainer(net: Network, options?: TrainerOptions): Trainer {
  const { optimizer = adam(), batch = 60 } = checkOptions("options", options, ["optimizer", "batch"]);
  return new Trainer(net, optimizer, checkInteger("options.batch", batch, 1));
}
