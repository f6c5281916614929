/** One training step: forward, both gradients, update. */
import { checkInstance, checkInteger, checkOptions, checkTypedArray } from "../check.js";
import { ShapeError } from "../errors.js";
import type { Lifetime } from "../runtime/workspace.js";
import { checkData, checkSamples, Dataset, type Labels } from "./dataset.js";
import { type WeightTrainer, weightTrainer } from "./layer-trainer.js";
import { Network } from "./network.js";
import { adam, checkOptimizer, type Optimizer, type Updates } from "./optimizer.js";
import { Passes } from "./passes.js";

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
  /** What is trained. */
  readonly net: Network;
  /** Samples a step. */
  readonly batch: number;
  readonly #updates: Updates;
  readonly #passes: Passes<WeightTrainer>;
  readonly #lifetime: Lifetime;
  #own: { data: Dataset; indices: number } | undefined;

  /** `trainer` is the door to it. */
  constructor(net: Network, optimizer: Optimizer, batch: number) {
    this.net = net;
    this.batch = batch;
    this.#lifetime = net.core.lifetime;
    this.#updates = optimizer.begin();
    this.#passes = new Passes(net, batch, (layer, columns, isFirst) =>
      weightTrainer(layer, columns, optimizer.states, isFirst),
    );
  }

  /**
   * One step on `batch` samples given as arrays.
   *
   * @param inputs  batch × features: bytes (read as value / 255) or f32
   * @param labels  one class number a sample
   * @returns mean loss before the step, in nats
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
   */
  step(inputs: Uint8Array | Float32Array, labels: Labels): number {
    const { net, batch } = this;
    if (checkTypedArray("labels", labels, "Uint8Array", "Uint16Array").length !== batch) {
      throw new ShapeError(`"labels" expected ${batch}, one a sample, got ${labels.length}`);
    }
    // Made in the scope of a step, they go with it.
    if (!this.#own || this.#own.data.lifetime.ended) {
      const shape = { features: net.sizes[0], classes: net.sizes[net.sizes.length - 1] };
      checkSamples(inputs, labels, shape);
      const indices = net.core.allocate(4 * batch);
      this.#own = { data: new Dataset(net.core, inputs, labels, shape), indices };
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
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when the data do not fit the network
   * @throws {DisposedError} when the trainer's or the data's scope or core has ended
   */
  stepOn(data: Dataset, indices: number): number {
    this.#lifetime.check("trainer");
    checkData("data", data, this.net);
    this.#updates.advance();
    return this.#passes.step(data, indices, (layer) => layer.update(this.#updates));
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
  checkInstance("net", net, Network);
  const { optimizer = adam(), batch = 60 } = checkOptions("options", options, ["optimizer", "batch"]);
  checkOptimizer("options.optimizer", optimizer);
  return new Trainer(net, optimizer, checkInteger("options.batch", batch, 1));
}
