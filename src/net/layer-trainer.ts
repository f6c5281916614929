/** The backward half of a training step, layer by layer: masked dense, or on the kept weights alone. */
import { ACCUMULATE, GEMM_SCRATCH_BYTES, packedBytes, paddedBatch, panelsBytes } from "../linalg/panels.js";
import { CsrMatrix } from "../sparse/csr.js";
import type { Linear } from "./linear.js";
import type { Updates } from "./optimizer.js";

/** Gradients and updates of one layer. All addresses in bytes, activations in panels (assembly/dense/panels.ts). */
export interface LayerTrainer {
  /** The gradient by the layer's inputs, inputs × batch; 0 where none was asked for. */
  readonly dx: number;

  /**
   * Gradients by the weights.
   *
   * @param batch  samples, at most those prepared for
   * @param x  the layer's inputs, inputs × batch
   * @param dy  the gradient of the loss by its outputs before ReLU, padding lanes +0
   * @param accumulates  whether to add to those there are
   */
  weightsBackward(batch: number, x: number, dy: number, accumulates: boolean): void;

  /** Gradients by the bias, of any number of samples. */
  biasBackward(batch: number, dy: number): void;

  /** Takes the weights as they are for `inputsBackward`; not without `dx`. */
  beginInputs(): void;

  /** Gradients by the inputs, into `dx`. */
  inputsBackward(batch: number, dy: number): void;
}

/** Weights and bias that an optimiser moves: what is alike however many of them are kept. */
export abstract class WeightTrainer implements LayerTrainer {
  readonly layer: Linear;
  readonly dx: number;
  readonly #biasGradient: number;
  readonly #biasState: readonly number[];
  readonly weightGradient: number;
  readonly weightState: readonly number[];

  constructor(layer: Linear, batch: number, states: number, isFirst: boolean, count: number) {
    const { core, inputs, outputs } = layer;
    const zeros = (length: number) => Array.from({ length: states }, () => core.matrix(1, length).ptr);
    this.layer = layer;
    this.dx = isFirst ? 0 : core.allocate(panelsBytes(inputs, batch));
    this.weightGradient = core.allocate(4 * count);
    this.weightState = zeros(count);
    this.#biasGradient = core.allocate(4 * outputs);
    this.#biasState = zeros(outputs);
  }

  biasBackward(batch: number, dy: number): void {
    this.layer.core.kernels.f32_bias_gradient(this.layer.outputs, batch, dy, this.#biasGradient);
  }

  /** One step of the optimiser. */
  update(updates: Updates): void {
    const { core, outputs, bias } = this.layer;
    this.updateWeights(updates);
    updates.update(core.kernels, outputs, bias.ptr, this.#biasGradient, this.#biasState);
  }

  abstract weightsBackward(batch: number, x: number, dy: number, accumulates: boolean): void;
  abstract beginInputs(): void;
  abstract inputsBackward(batch: number, dy: number): void;
  protected abstract updateWeights(updates: Updates): void;
}

/** All weights; pruned ones get the gradient +0, so that they and their state stay +0. */
class DenseLayerTrainer extends WeightTrainer {
  readonly #packedGradient: number;
  readonly #packedWeights: number;
  readonly #scratch: number;

  constructor(layer: Linear, batch: number, states: number, isFirst: boolean) {
    const { core, inputs, outputs } = layer;
    super(layer, batch, states, isFirst, inputs * outputs);
    this.#packedGradient = core.allocate(packedBytes(outputs, paddedBatch(batch)));
    this.#packedWeights = isFirst ? 0 : core.allocate(packedBytes(inputs, outputs));
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
  }

  /** dW = dY·Xᵀ restricted to the mask. */
  weightsBackward(batch: number, x: number, dy: number, accumulates: boolean): void {
    const { layer, weightGradient } = this;
    const { kernels } = layer.core;
    const { inputs, outputs, mask } = layer;
    kernels.f32_pack_a_panels(outputs, batch, dy, this.#packedGradient);
    kernels.f32_gemm_panels_transposed(
      ...([
        outputs,
        inputs,
        batch,
        this.#packedGradient,
        x,
        weightGradient,
        inputs,
        accumulates ? ACCUMULATE : 0,
        this.#scratch,
      ] as const),
    );
    if (mask) kernels.f32_mask_apply(outputs, inputs, weightGradient, inputs, mask.ptr, mask.strideWords);
  }

  beginInputs(): void {
    const { kernels } = this.layer.core;
    const { inputs, outputs, weights, mask } = this.layer;
    const [maskPtr, strideWords] = mask ? [mask.ptr, mask.strideWords] : [0, 0];
    const { ptr, stride } = weights;
    kernels.f32_pack_a_transposed(inputs, outputs, ptr, stride, maskPtr, strideWords, this.#packedWeights);
  }

  /** dX = (W ⊙ M)ᵀ·dY. */
  inputsBackward(batch: number, dy: number): void {
    const { core, inputs, outputs } = this.layer;
    core.kernels.f32_gemm_panels(
      ...([inputs, batch, outputs, this.#packedWeights, dy, this.dx, 0, 0, this.#scratch] as const),
    );
  }

  protected updateWeights(updates: Updates): void {
    const { core, inputs, outputs, weights } = this.layer;
    updates.update(core.kernels, inputs * outputs, weights.ptr, this.weightGradient, this.weightState);
    this.layer.changed();
  }
}

/** The kept weights, in compressed rows: nothing in a step costs what the dense layer would. */
class SparseLayerTrainer extends WeightTrainer {
  readonly #csr: CsrMatrix;

  constructor(layer: Linear, csr: CsrMatrix, batch: number, states: number, isFirst: boolean) {
    super(layer, batch, states, isFirst, csr.count);
    this.#csr = csr;
    if (!isFirst) csr.prepareTransposed();
  }

  weightsBackward(batch: number, x: number, dy: number, accumulates: boolean): void {
    this.#csr.gradient(batch, dy, x, this.weightGradient, accumulates ? ACCUMULATE : 0);
  }

  /** Nothing: each product looks at the values, which costs little beside it. */
  beginInputs(): void {}

  inputsBackward(batch: number, dy: number): void {
    this.#csr.multiplyTransposed(batch, dy, this.dx);
  }

  protected updateWeights(updates: Updates): void {
    const { kernels } = this.layer.core;
    updates.update(kernels, this.#csr.count, this.#csr.values, this.weightGradient, this.weightState);
    this.layer.sparseChanged();
  }
}

/**
 * Prepares a layer for training: on the kept weights alone where its products run on compressed rows anyway.
 * Pruned weights are set to +0.
 *
 * @param layer  to be trained in place
 * @param batch  samples a step
 * @param states  numbers that the optimiser keeps per parameter
 * @param isFirst  whether nobody needs the gradient by its inputs
 */
export function weightTrainer(layer: Linear, batch: number, states: number, isFirst: boolean): WeightTrainer {
  layer.applyMask();
  layer.changed();
  const sparse = layer.kernelFor(batch) === "csr" ? layer.sparse : undefined;
  if (sparse instanceof CsrMatrix) return new SparseLayerTrainer(layer, sparse, batch, states, isFirst);
  return new DenseLayerTrainer(layer, batch, states, isFirst);
}
