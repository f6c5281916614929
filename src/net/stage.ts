/** What a network runs through: layers with weights, and what stands between them. */
import type { LayerTrainer } from "./layer-trainer.js";
import type { Linear } from "./linear.js";

/**
 * Prepares a layer for training.
 *
 * @param layer  of a stage
 * @param columns  of its products, at most
 * @param isFirst  whether nobody needs the gradient by its inputs
 */
export type Prepare = (layer: Linear, columns: number, isFirst: boolean) => LayerTrainer;

/** A step from activations to activations, in the layout that it says. All addresses in bytes. */
export interface Stage {
  /** The weights, of those that have some. */
  readonly layer?: Linear;
  /** Numbers beside weights and bias that training leaves, such as running averages: copied, saved and loaded. */
  readonly state?: Float32Array;

  /** Bytes of what it gives for a batch. */
  bytes(batch: number): number;

  /**
   * As a trained network does it.
   *
   * @param batch  samples
   * @param x  what the stage before gave
   * @param y  overwritten
   * @param scratch  GEMM_SCRATCH_BYTES
   */
  forward(batch: number, x: number, y: number, scratch: number): void;

  /** Columns of the layer's products for a batch; of stages that have a layer. */
  columns?(batch: number): number;

  /**
   * Prepares for training; memory is taken in the innermost open scope.
   *
   * @param batch  samples a step
   * @param isFirst  whether nobody needs the gradient by its inputs
   * @param prepare  its layer, if it has one
   */
  trainer(batch: number, isFirst: boolean, prepare: Prepare): StageTrainer;
}

/** A stage in training, on batches of one size. */
export interface StageTrainer {
  /** The gradient by the inputs, laid out as they are; 0 where none was asked for. */
  readonly dx: number;

  /** As the training sees it. */
  forward(x: number, y: number, scratch: number): void;

  /**
   * Gradients by weights and inputs.
   *
   * @param x  what `forward` took
   * @param y  what `forward` gave
   * @param dy  the gradient of the loss by y, padding lanes +0; may be overwritten
   */
  backward(x: number, y: number, dy: number): void;
}
