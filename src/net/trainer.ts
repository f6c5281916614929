/** One training step on the masked dense kernels: forward, both gradients, update. */
import { checkInteger, checkOptions } from "../check.js";
import { ShapeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, packedBytes, panelsBytes } from "../linalg/panels.js";
import { Dataset } from "./dataset.js";
import type { Linear } from "./linear.js";
import type { Network } from "./network.js";
import { adam, type Optimizer, type Updates } from "./optimizer.js";

/** What a trainer takes beside the network. */
export interface TrainerOptions {
  /** Default `adam()`. */
  readonly optimizer?: Optimizer;
  /** Samples a step, default 60. */
  readonly batch?: number;
}

/** Buffers of one layer, addresses in bytes. */
interface Buffers {
  /** The layer's outputs, then the gradient of the loss by them. outputs × batch in panels. */
  readonly y: number;
  /** The gradient by the layer's inputs; 0 for the first layer, which needs none. */
  readonly dx: number;
  readonly weightGradient: number;
  readonly biasGradient: number;
  readonly weightState: readonly number[];
  readonly biasState: readonly number[];
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
  readonly #buffers: readonly Buffers[];
  readonly #x: number;
  readonly #labels: number;
  readonly #packedGradient: number;
  readonly #packedWeights: number;
  readonly #scratch: number;
  #own: { data: Dataset; indices: number } | undefined;

  /** `trainer` is the door to it. */
  constructor(net: Network, optimizer: Optimizer, batch: number) {
    this.net = net;
    this.batch = batch;
    this.#updates = optimizer.begin();
    const { core } = net;
    const zeros = (length: number) => core.matrix(1, length).ptr;
    this.#x = core.allocate(panelsBytes(net.sizes[0], batch));
    this.#labels = core.allocate(batch);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    this.#buffers = net.layers.map(({ inputs, outputs }, l) => ({
      y: core.allocate(panelsBytes(outputs, batch)),
      dx: l > 0 ? core.allocate(panelsBytes(inputs, batch)) : 0,
      weightGradient: core.allocate(4 * inputs * outputs),
      biasGradient: core.allocate(4 * outputs),
      weightState: Array.from({ length: optimizer.states }, () => zeros(inputs * outputs)),
      biasState: Array.from({ length: optimizer.states }, () => zeros(outputs)),
    }));
    const widest = Math.max(...net.sizes.slice(1));
    this.#packedGradient = core.allocate(packedBytes(widest, panelsBytes(1, batch) / 4));
    const transposed = net.layers.slice(1).map(({ inputs, outputs }) => packedBytes(inputs, outputs));
    this.#packedWeights = core.allocate(Math.max(0, ...transposed));
    for (const layer of net.layers) {
      layer.applyMask();
      layer.changed();
    }
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
    for (const [l, layer] of net.layers.entries()) {
      layer.forwardPanels(batch, this.#inputOf(l), this.#buffers[l].y, this.#scratch);
    }
    const last = net.layers.length - 1;
    const logits = this.#buffers[last].y;
    const classes = net.sizes[last + 1];
    const loss = kernels.f32_softmax_cross_entropy(classes, batch, logits, this.#labels, 1 / batch, logits);
    this.#updates.advance();
    let dy = logits;
    for (let l = last; l >= 0; l--) {
      const layer = net.layers[l];
      this.#gradients(layer, this.#buffers[l], this.#inputOf(l), dy);
      if (l > 0) this.#inputGradient(layer, this.#buffers[l], this.#inputOf(l), dy);
      this.#update(layer, this.#buffers[l]);
      dy = this.#buffers[l].dx;
    }
    return loss / batch;
  }

  #inputOf(l: number): number {
    return l === 0 ? this.#x : this.#buffers[l - 1].y;
  }

  /** dW = dY·Xᵀ restricted to the mask, db = row sums of dY. */
  #gradients(layer: Linear, buffers: Buffers, x: number, dy: number): void {
    const { batch } = this;
    const { kernels } = this.net.core;
    const { inputs, outputs, mask } = layer;
    kernels.f32_pack_a_panels(outputs, batch, dy, this.#packedGradient);
    kernels.f32_gemm_panels_transposed(
      outputs,
      inputs,
      batch,
      this.#packedGradient,
      x,
      buffers.weightGradient,
      inputs,
      0,
      this.#scratch,
    );
    if (mask) {
      kernels.f32_mask_apply(outputs, inputs, buffers.weightGradient, inputs, mask.ptr, mask.strideWords);
    }
    kernels.f32_bias_gradient(outputs, batch, dy, buffers.biasGradient);
  }

  /** dX = (W ⊙ M)ᵀ·dY, and back through the ReLU that gave X. */
  #inputGradient(layer: Linear, buffers: Buffers, x: number, dy: number): void {
    const { batch } = this;
    const { kernels } = this.net.core;
    const { inputs, outputs, weights, mask } = layer;
    kernels.f32_pack_a_transposed(
      inputs,
      outputs,
      weights.ptr,
      weights.stride,
      mask?.ptr ?? 0,
      mask?.strideWords ?? 0,
      this.#packedWeights,
    );
    kernels.f32_gemm_panels(inputs, batch, outputs, this.#packedWeights, dy, buffers.dx, 0, 0, this.#scratch);
    kernels.f32_relu_gradient(panelsBytes(inputs, batch) / 4, x, buffers.dx);
  }

  #update(layer: Linear, buffers: Buffers): void {
    const { kernels } = this.net.core;
    const { inputs, outputs, weights, bias } = layer;
    this.#updates.update(kernels, inputs * outputs, weights.ptr, buffers.weightGradient, buffers.weightState);
    this.#updates.update(kernels, outputs, bias.ptr, buffers.biasGradient, buffers.biasState);
    layer.changed();
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
