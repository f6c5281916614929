/** A fully connected layer: dense, masked, or in the sparse format that costs least. */
import {
  checkFinite,
  checkGiven,
  checkInstance,
  checkInteger,
  checkSameCore,
  checkShape,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, packedBytes, panelsBytes, RELU } from "../linalg/panels.js";
import type { SparseFormat, SparseMatrix } from "../sparse/contract.js";
import { CsrMatrix } from "../sparse/csr.js";
import { FORMATS, formatNamed } from "../sparse/index.js";
import { Core } from "../tensor/core.js";
import { Mask } from "../tensor/mask.js";
import type { Matrix, MatrixValues } from "../tensor/matrix.js";
import { type KernelChoice, productCost, storedWeights } from "./cost.js";

/** What `linear` takes beside the weights. */
export interface LinearOptions {
  /** Features of a sample, an integer ≥ 0. */
  readonly inputs: number;
  /** An integer ≥ 0. */
  readonly outputs: number;
  /** One number an output; default all 0. */
  readonly bias?: Float32Array | readonly number[];
  /** outputs × inputs, 1 = kept; default everything kept. */
  readonly mask?: Mask;
  /** Whether ReLU follows. Default false. */
  readonly relu?: boolean;
  /** How to multiply: "dense" or a sparse format that fits the mask. Default the best for each batch. */
  readonly kernel?: KernelChoice;
}

/** Batch sizes for which a format is chosen: one sample, and a panel of them. */
const TYPICAL_BATCHES = [1, 32];

/** Has pruned weights left out of products, not multiplied as zeros, while the innermost open scope lasts. */
let keepAlone: (layer: Linear, isOn: boolean) => void;

/**
 * y = (W ⊙ M) x + b, then ReLU if asked. Its memory goes with the scope it was made in.
 *
 * A mask is packed in the sparse format that fits it best when it is set, and each product takes the kernel that
 * costs least for its batch by the table of cost-table.ts. What is packed stays packed: who writes to `weights`
 * through a view calls `changed()`, who changes a mask's bits sets it again.
 *
 * A pruned weight adds nothing to an output, whatever its input is, NaN and infinities too, in every kernel. Kernels
 * that multiply it as a 0 make NaN of those; `forward`, of a layer or network, then asks the one that never sees it.
 */
export class Linear {
  /** In whose memory it is. */
  readonly core: Core;
  /** Features of a sample. */
  readonly inputs: number;
  /** Numbers it gives for a sample. */
  readonly outputs: number;
  /** Whether ReLU follows. */
  readonly relu: boolean;
  /** 1 × outputs. */
  readonly bias: Matrix;
  readonly #weights: Matrix;
  readonly #packed: number;
  #mask: Mask | undefined;
  #sparse: SparseMatrix | undefined;
  #forced: KernelChoice | undefined;
  #kept: number;
  #isPackedFresh = false;
  #isSparseFresh = false;
  /** Whether the newest values are those of the sparse matrix: a trainer has written them there. */
  #isSparseNewest = false;
  /** Multiplies in the place of all others while it is there. */
  #keptAlone: SparseMatrix | undefined;
  static {
    keepAlone = (layer, isOn) => {
      const kept = isOn && layer.#mask;
      layer.#keptAlone = kept ? formatNamed("csr").pack(layer.weights, kept) : undefined;
    };
  }

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
    this.#weights = core.matrix(outputs, inputs);
    this.bias = core.matrix(1, outputs);
    this.#packed = core.allocate(packedBytes(outputs, inputs));
    this.#kept = inputs * outputs;
  }

  /** outputs × inputs; what stands under a pruned bit does not matter. */
  get weights(): Matrix {
    if (this.#isSparseNewest) this.#sparse?.unpackInto(this.#weights);
    this.#isSparseNewest = false;
    return this.#weights;
  }

  /** outputs × inputs, 1 = kept; undefined = everything kept. */
  get mask(): Mask | undefined {
    return this.#mask;
  }

  /**
   * Packs the mask: where the last one was packed if it keeps no more weights, else in the innermost open scope.
   *
   * @throws {ShapeError} when the mask is not outputs × inputs
   */
  set mask(mask: Mask | undefined) {
    this.setMask(mask);
  }

  /**
   * Sets the mask and, if wanted, how to multiply whatever the batch.
   *
   * @param mask  outputs × inputs, 1 = kept; undefined = everything kept
   * @param kernel  "dense" or a sparse format; default the best by the table, batch by batch
   * @throws {ArgumentTypeError | ShapeError} when the mask is none of outputs × inputs
   * @throws {ArgumentRangeError} when the mask is in another core or does not have the pattern of the format, or a
   *   sparse format is asked for without a mask; nothing changes then
   */
  setMask(mask: Mask | undefined, kernel?: KernelChoice): void {
    if (mask !== undefined) {
      checkSameCore("mask", checkInstance("mask", mask, Mask), this.core);
      checkShape("mask", mask, this.outputs, this.inputs);
    }
    if (!mask && kernel && kernel !== "dense") {
      throw new ArgumentRangeError(`"kernel" expected "dense" for a layer without a mask, got "${kernel}"`);
    }
    const { weights } = this;
    const format = mask && (kernel ? sparseFormat(kernel) : this.#bestFormat(mask));
    const isInPlace =
      mask &&
      format?.name === "csr" &&
      this.#sparse instanceof CsrMatrix &&
      this.#sparse.repack(weights, mask);
    if (!isInPlace) this.#sparse = mask && format?.pack(weights, mask);
    this.#mask = mask;
    this.#forced = kernel;
    this.#kept = mask ? mask.count : this.inputs * this.outputs;
    this.#isSparseFresh = true;
    this.#isPackedFresh = false;
  }

  /** Kept weights. */
  get kept(): number {
    return this.#kept;
  }

  /** The kernel of products with a whole panel of 32 samples; see `kernelFor`. */
  get kernel(): KernelChoice {
    return this.kernelFor(32);
  }

  /**
   * The kernel that products with this batch take.
   *
   * @param batch  samples
   */
  kernelFor(batch: number): KernelChoice {
    const format = this.#sparse?.format;
    if (this.#forced) return this.#forced;
    return format && this.#cost(format, batch) < this.#cost("dense", batch) ? format : "dense";
  }

  /** The sparse matrix, its values up to date; undefined when the layer has none. */
  get sparse(): SparseMatrix | undefined {
    if (!this.#isSparseFresh) this.#sparse?.refresh(this.#weights);
    this.#isSparseFresh = true;
    return this.#sparse;
  }

  /** The format that costs least for one of the typical batches; none when dense products cost less for all. */
  #bestFormat(mask: Mask): SparseFormat | undefined {
    const { count } = mask;
    const fitting = FORMATS.filter((format) => format.fits(mask));
    const costs = (kernel: KernelChoice) => TYPICAL_BATCHES.map((batch) => this.#cost(kernel, batch, count));
    const dense = costs("dense");
    /** Relative to dense, so that one sample counts as much as a panel. */
    const relative = ({ name }: SparseFormat) => Math.min(...costs(name).map((cost, i) => cost / dense[i]));
    const best = fitting.reduce((least, format) => (relative(format) < relative(least) ? format : least));
    return relative(best) < 1 ? best : undefined;
  }

  #cost(kernel: KernelChoice, batch: number, kept = this.#kept): number {
    return productCost(kernel, storedWeights(kernel, this.outputs, this.inputs, kept), batch);
  }

  /** Says that weights were written: what is packed is packed anew when it is next needed. */
  changed(): void {
    this.#isPackedFresh = false;
    this.#isSparseFresh = false;
  }

  /** Says that the values of the sparse matrix were written: they are the weights now. */
  sparseChanged(): void {
    this.#isPackedFresh = false;
    this.#isSparseNewest = true;
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
    if (this.#isPackedFresh) return this.#packed;
    const { core, weights, mask } = this;
    core.kernels.f32_pack_a(
      this.outputs,
      this.inputs,
      weights.ptr,
      weights.stride,
      mask?.ptr ?? 0,
      mask?.strideWords ?? 0,
      this.#packed,
    );
    this.#isPackedFresh = true;
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
    const { core, outputs, inputs, bias } = this;
    const sparse = this.#keptAlone ?? (this.kernelFor(batch) === "dense" ? undefined : this.sparse);
    if (sparse) sparse.multiply(batch, x, y, bias.ptr, flags);
    else core.kernels.f32_gemm_panels(outputs, batch, inputs, this.packed(), x, y, bias.ptr, flags, scratch);
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
    const body = (x: number, scratch: number) => {
      const y = this.core.allocate(panelsBytes(this.outputs, batch));
      this.forwardPanels(batch, x, y, scratch);
      return y;
    };
    return runRows(this.core, input, batch, this.inputs, this.outputs, out, body, [this]);
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
  checkInstance("core", core, Core);
  checkGiven("options", options, ["inputs", "outputs", "bias", "mask", "relu", "kernel"]);
  const inputs = checkInteger("options.inputs", options.inputs);
  const outputs = checkInteger("options.outputs", options.outputs);
  const layer = new Linear(core, inputs, outputs, options.relu ?? false);
  layer.weights.copyFrom(weights);
  checkFinite("weights", layer.weights.view(), inputs);
  if (options.bias) layer.bias.copyFrom(options.bias, { finite: true });
  layer.setMask(options.mask, options.kernel);
  return layer;
}

/** The format of a kernel's name; none for "dense". */
function sparseFormat(kernel: KernelChoice): SparseFormat | undefined {
  return kernel === "dense" ? undefined : formatNamed(kernel);
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
 * @param layers  that `body` runs: where an output is NaN, it is made anew from their kept weights alone
 */
export function runRows(
  core: Core,
  input: Float32Array,
  batch: number,
  inputs: number,
  outputs: number,
  out: Float32Array | undefined,
  body: (x: number, scratch: number) => number,
  layers: readonly Linear[] = [],
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
    const run = () => {
      const y = body(x, scratch);
      if (!isOne) kernels.f32_rows_from_panels(outputs, batch, y, rows, outputs);
      return core.f32(isOne ? y : rows, batch * outputs);
    };
    const probe = batch * outputs < MANY ? 0 : core.allocate(4 * (outputs + batch));
    let result = run();
    if (layers.some(({ mask }) => mask) && hasNaN(core, result, outputs, probe)) {
      result = withoutPruned(result.slice(), layers, run);
    }
    if (!out) return result.slice();
    out.set(result);
    return out;
  });
}

/** From so many numbers on a product with zeros, which are 0 of finite numbers alone, is faster than a look at each. */
const MANY = 256;

/** Whether rows of outputs hold a NaN, or an infinity perhaps. `probe` has room for a row and a column. */
function hasNaN(core: Core, values: Float32Array, columns: number, probe: number): boolean {
  if (values.length < MANY) return values.includes(Number.NaN);
  const rows = values.length / columns;
  const sums = probe + 4 * columns;
  core.f32(probe, columns).fill(0);
  core.kernels.f32_gemv(rows, columns, values.byteOffset, columns, probe, sums, 0, 0);
  return core.f32(sums, rows).includes(Number.NaN);
}

/** Outputs whose NaN come from kept weights alone; the others stay as they are. */
function withoutPruned(
  result: Float32Array<ArrayBuffer>,
  layers: readonly Linear[],
  run: () => Float32Array,
): Float32Array<ArrayBuffer> {
  try {
    for (const layer of layers) keepAlone(layer, true);
    const anew = run();
    return result.map((value, i) => (Number.isNaN(value) ? anew[i] : value));
  } finally {
    for (const layer of layers) keepAlone(layer, false);
  }
}
