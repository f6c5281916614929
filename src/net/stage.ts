/** What a network runs through: layers with weights, and what stands between them. */
import type { Linear } from "./linear.js";
import type { Updates } from "./optimizer.js";

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

  /**
   * Prepares for training; memory is taken in the innermost open scope.
   *
   * @param batch  samples a step
   * @param states  numbers that the optimiser keeps per parameter
   * @param isFirst  whether nobody needs the gradient by its inputs
   */
  trainer(batch: number, states: number, isFirst: boolean): StageTrainer;
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

  /** One step of the optimiser, where there are weights. */
  update?(updates: Updates): void;
}
