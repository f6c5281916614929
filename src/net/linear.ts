/** A fully connected layer on the masked dense kernels. */
import { checkFinite, checkInteger, checkOptions, checkShape, checkTypedArray } from "../check.js";
import { ShapeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, packedBytes, panelsBytes, RELU } from "../linalg/panels.js";
import type { Core } from "../tensor/core.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix, MatrixValues } from "../tensor/matrix.js";

/** What `linear` takes beside the weights. */
export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** One number an output; default all 0. */
  readonly bias?: Float32Array | readonly number[];
  /** outputs × inputs, 1 = kept; default everything kept. */
  readonly mask?: Mask;
  /** Whether ReLU follows. Default false. */
  readonly relu?: boolean;
}

/**
 * y = (W ⊙ M) x + b, then ReLU if asked. Its memory goes with the scope it was made in.
 *
 * The masked weights are packed for the kernels at the first product and stay packed while they stay as they
 * are: who writes to `weights` through a view, or to the bits of `mask`, calls `changed()`.
 */
export class Linear {
  readonly core: Core;
  readonly inputs: number;
  readonly outputs: number;
  readonly relu: boolean;
  /** outputs × inputs; what stands under a pruned bit does not matter. */
  readonly weights: Matrix;
  /** 1 × outputs. */
  readonly bias: Matrix;
  #mask: Mask | undefined;
  readonly #packed: number;
  #isPacked = false;

  /**
   * Allocates a layer with all weights and biases 0; `linear` is the door to it.
   *
   * @param core  whose memory it takes: twice the weights
   * @param inputs  features of a sample, an integer ≥ 0
   * @param outputs  an integer ≥ 0
   * @param relu  whether ReLU follows
   */
  constructor(core: Core, inputs: number, outputs: number, relu: boolean) {
    this.core = core;
    this.inputs = inputs;
    this.outputs = outputs;
    this.relu = relu;
    this.weights = core.matrix(outputs, inputs);
    this.bias = core.matrix(1, outputs);
    this.#packed = core.allocate(packedBytes(outputs, inputs));
  }

  /** outputs × inputs, 1 = kept; undefined = everything kept. */
  get mask(): Mask | undefined {
    return this.#mask;
  }

  /** @throws {ShapeError} when the mask is not outputs × inputs */
  set mask(mask: Mask | undefined) {
    if (mask) checkShape("mask", mask, this.outputs, this.inputs);
    this.#mask = mask;
    this.#isPacked = false;
  }

  /** Kept weights. */
  get kept(): number {
    return this.#mask ? this.#mask.count : this.inputs * this.outputs;
  }

  /** Says that weights or mask bits were written: the next product packs them anew. */
  changed(): void {
    this.#isPacked = false;
  }

  /** Writes +0 over the pruned weights. */
  applyMask(): void {
    const { core, weights, mask } = this;
    if (!mask) return;
    core.kernels.f32_mask_apply(
      weights.rows,
      weights.columns,
      weights.ptr,
      weights.stride,
      mask.ptr,
      mask.strideWords,
    );
  }

  /** The packed masked weights (assembly/dense/pack.ts), packed now if they are out of date. */
  packed(): number {
    if (this.#isPacked) return this.#packed;
    const { core, weights } = this;
    const mask = this.#mask;
    core.kernels.f32_pack_a(
      this.outputs,
      this.inputs,
      weights.ptr,
      weights.stride,
      mask?.ptr ?? 0,
      mask?.strideWords ?? 0,
      this.#packed,
    );
    this.#isPacked = true;
    return this.#packed;
  }

  /**
   * The layer on activations in panels (assembly/dense/panels.ts), all addresses in bytes.
   *
   * @param batch  samples
   * @param x  inputs × batch
   * @param y  outputs × batch, overwritten
   * @param scratch  GEMM_SCRATCH_BYTES
   */
  forwardPanels(batch: number, x: number, y: number, scratch: number): void {
    const flags = this.relu ? RELU : 0;
    this.core.kernels.f32_gemm_panels(
      this.outputs,
      batch,
      this.inputs,
      this.packed(),
      x,
      y,
      this.bias.ptr,
      flags,
      scratch,
    );
  }

  /**
   * The layer on samples as callers have them.
   *
   * @param input  batch × inputs, row after row
   * @param out  batch × outputs, overwritten; a new array when absent
   * @returns batch × outputs, row after row
   * @throws {ArgumentTypeError} when the input is not a Float32Array
   * @throws {ShapeError} when its length is no multiple of `inputs`, or `out` does not fit
   */
  forward(input: Float32Array, out?: Float32Array): Float32Array {
    const batch = batchOf(input, this.inputs);
    return runRows(this.core, input, batch, this.inputs, this.outputs, out, (x, scratch) => {
      const y = this.core.allocate(panelsBytes(this.outputs, batch));
      this.forwardPanels(batch, x, y, scratch);
      return y;
    });
  }
}

/**
 * A layer with given weights.
 *
 * @param core  whose memory it takes
 * @param weights  outputs × inputs, row after row
 * @param options  shape, bias, mask, ReLU
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 */
export function linear(core: Core, weights: MatrixValues, options: LinearOptions): Linear {
  checkOptions("options", options, ["inputs", "outputs", "bias", "mask", "relu"]);
  const inputs = checkInteger("options.inputs", options.inputs);
  const outputs = checkInteger("options.outputs", options.outputs);
  const layer = new Linear(core, inputs, outputs, options.relu ?? false);
  layer.weights.copyFrom(weights);
  checkFinite("weights", layer.weights.view(), inputs);
  if (options.bias) layer.bias.copyFrom(options.bias, { finite: true });
  layer.mask = options.mask;
  return layer;
}

/** How many samples of `features` an array holds. @throws {ArgumentTypeError | ShapeError} */
export function batchOf(input: Float32Array, features: number): number {
  checkTypedArray("input", input, "Float32Array");
  const batch = features === 0 ? 0 : input.length / features;
  if (Number.isInteger(batch)) return batch;
  throw new ShapeError(`"input" expected a multiple of ${features} values, got ${input.length}`);
}

/**
 * Rows in, rows out: carries samples through the door into panels, runs `body` on them in a scope, and
 * carries what it leaves back.
 *
 * @param body  takes the address of the inputs in panels and of GEMM_SCRATCH_BYTES; returns that of the outputs
 */
export function runRows(
  core: Core,
  input: Float32Array,
  batch: number,
  inputs: number,
  outputs: number,
  out: Float32Array | undefined,
  body: (x: number, scratch: number) => number,
): Float32Array {
  if (out && checkTypedArray("out", out, "Float32Array").length !== batch * outputs) {
    throw new ShapeError(
      `"out" expected ${batch * outputs} values (${batch} × ${outputs}), got ${out.length}`,
    );
  }
  return core.scoped(() => {
    const { kernels } = core;
    // One sample is its own panel: nothing to lay out anew.
    const isOne = batch === 1;
    const x = core.allocate(panelsBytes(inputs, batch));
    const rows = isOne ? x : core.allocate(4 * batch * Math.max(inputs, outputs));
    const scratch = core.allocate(GEMM_SCRATCH_BYTES);
    core.f32(rows, input.length).set(input);
    if (!isOne) kernels.f32_panels_from_rows(inputs, batch, rows, inputs, x);
    const y = body(x, scratch);
    if (!isOne) kernels.f32_rows_from_panels(outputs, batch, y, rows, outputs);
    const result = core.f32(isOne ? y : rows, batch * outputs);
    if (!out) return result.slice();
    out.set(result);
    return out;
  });
}
