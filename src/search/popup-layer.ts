/** A layer of edge-popup: weights that stay, scores that learn, and the mask that the scores make. */
import { ACCUMULATE, GEMM_SCRATCH_BYTES, packedBytes, paddedBatch, panelsBytes } from "../linalg/panels.js";
import { type KernelChoice, productCost, storedWeights } from "../net/cost.js";
import type { LayerTrainer } from "../net/layer-trainer.js";
import type { Linear } from "../net/linear.js";
import { CsrMatrix } from "../sparse/csr.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/** How the scores learn: stochastic gradient descent. */
export interface ScoreStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** The least half-width of the guess, as a share of the threshold; and how many of its last movements it has. */
const LEAST_MARGIN = 2 ** -10;
const MOVEMENTS = 4;

/** The kernel of a layer's products while its mask changes; what it packs anew at every change is left out. */
export function popupKernel({ outputs, inputs }: Linear, kept: number, batch: number): KernelChoice {
  const cost = (kernel: KernelChoice) =>
    productCost(kernel, storedWeights(kernel, outputs, inputs, kept), batch);
  return cost("csr") < cost("dense") ? "csr" : "dense";
}

/**
 * Scores, their state and their gradient lie transposed, as panels of 32 outputs (assembly/dense/panels.ts with outputs
 * for samples): dWᵀ = X dYᵀ is then a product whose sparse factor can be X. Pixels and what ReLU leaves are mostly 0.
 * Its memory goes with the scope it was made in; the layer's mask stays.
 */
export class PopupLayer implements LayerTrainer {
  readonly layer: Linear;
  readonly mask: Mask;
  readonly dx: number;
  readonly #count: number;
  readonly #kernel: KernelChoice;
  readonly #length: number;
  readonly #weights: number;
  readonly #scores: number;
  readonly #velocity: number;
  readonly #gradient: number;
  /** dYᵀ: batch × outputs in panels of 32 outputs; what is padding stays +0. */
  readonly #dyTransposed: number;
  /** X as compressed rows, and packed for dense products. */
  readonly #x: {
    readonly starts: number;
    readonly columns: number;
    readonly values: number;
    readonly packed: number;
  };
  readonly #packedWeights: number;
  readonly #scratch: number;
  readonly #kept: number;
  readonly #info: number;
  readonly #selectScratch: number;
  #threshold = 0;
  #margin = Infinity;

  /**
   * @param layer  its mask keeps as many weights as are to be kept; replaced by the ones of largest score
   * @param scores  outputs × inputs, copied
   * @param batch  columns of its products, at most; 65,536 of them at most
   * @param isFirst  whether nobody needs the gradient by its inputs
   */
  constructor(layer: Linear, scores: Matrix, batch: number, isFirst: boolean) {
    const { core, inputs, outputs, weights, mask } = layer;
    if (!mask) throw new Error("a layer of edge-popup has a mask");
    const zeros = (bytes: number) => core.matrix(1, bytes / 4).ptr;
    const words = Math.ceil(outputs / 32) * inputs;
    const bytes = panelsBytes(inputs, outputs);
    this.layer = layer;
    this.mask = mask;
    this.#count = mask.count;
    this.#kernel = popupKernel(layer, this.#count, batch);
    this.#length = bytes / 4;
    [this.#weights, this.#scores, this.#velocity, this.#gradient] = [0, 1, 2, 3].map(() => zeros(bytes));
    this.#dyTransposed = zeros(panelsBytes(paddedBatch(batch), outputs));
    this.#x = {
      starts: core.allocate(4 * (inputs + 1)),
      columns: core.allocate(2 * inputs * batch),
      values: core.allocate(4 * inputs * batch),
      packed: core.allocate(packedBytes(inputs, paddedBatch(batch))),
    };
    this.dx = isFirst ? 0 : core.allocate(panelsBytes(inputs, batch));
    this.#packedWeights = isFirst ? 0 : core.allocate(packedBytes(inputs, outputs));
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    this.#kept = zeros(4 * words);
    this.#info = core.allocate(8);
    this.#selectScratch = core.allocate(4 * words + 8 * inputs * outputs);
    core.kernels.f32_panels_from_rows(inputs, outputs, weights.ptr, weights.stride, this.#weights);
    core.kernels.f32_panels_from_rows(inputs, outputs, scores.ptr, scores.stride, this.#scores);
    mask.fill(0);
    this.select();
    const { sparse } = layer;
    if (!isFirst && sparse instanceof CsrMatrix) sparse.prepareTransposed();
  }

  /** dWᵀ = X dYᵀ, of all weights; zeros of X are left out where that costs less, and change no bit. */
  weightsBackward(batch: number, x: number, dy: number, accumulates: boolean): void {
    const { core, inputs, outputs } = this.layer;
    const { kernels } = core;
    const { starts, columns, values, packed } = this.#x;
    const flags = accumulates ? ACCUMULATE : 0;
    this.#transpose(batch, dy);
    const nonzeros = kernels.f32_csr_from_panels_u16(inputs, batch, x, starts, columns, values);
    const samples = paddedBatch(batch);
    if (productCost("csr", nonzeros, outputs) < productCost("dense", inputs * batch, outputs)) {
      kernels.f32_spmm_csr_u16(
        ...([inputs, outputs, samples, starts, columns, values] as const),
        ...([this.#dyTransposed, this.#gradient, 0, flags] as const),
      );
    } else {
      kernels.f32_pack_a_panels(inputs, batch, x, packed);
      kernels.f32_gemm_panels(
        ...([inputs, outputs, samples, packed, this.#dyTransposed, this.#gradient] as const),
        ...([0, flags, this.#scratch] as const),
      );
    }
  }

  /** Nothing: biases stay. */
  biasBackward(): void {}

  beginInputs(): void {
    const { core, inputs, outputs, weights, sparse } = this.layer;
    if (sparse instanceof CsrMatrix) return;
    const { ptr, stride } = weights;
    core.kernels.f32_pack_a_transposed(
      ...([inputs, outputs, ptr, stride, this.mask.ptr, this.mask.strideWords, this.#packedWeights] as const),
    );
  }

  /** dX = (W ⊙ M)ᵀ dY. */
  inputsBackward(batch: number, dy: number): void {
    const { core, inputs, outputs, sparse } = this.layer;
    if (sparse instanceof CsrMatrix) {
      sparse.multiplyTransposed(batch, dy, this.dx);
      return;
    }
    core.kernels.f32_gemm_panels(
      ...([inputs, batch, outputs, this.#packedWeights, dy, this.dx, 0, 0, this.#scratch] as const),
    );
  }

  /** One step of the scores. */
  update({ learningRate, momentum, weightDecay }: ScoreStep): void {
    this.layer.core.kernels.f32_edge_popup(
      ...([this.#length, this.#scores, this.#gradient, this.#weights, this.#velocity] as const),
      ...([learningRate, momentum, weightDecay] as const),
    );
  }

  /**
   * Keeps the weights of largest score, exactly as many as before.
   *
   * @returns how many bits of the mask changed
   */
  select(): number {
    const { core, inputs, outputs } = this.layer;
    const isSettled = this.#count === 0 || this.#count === inputs * outputs;
    if (isSettled && this.mask.count === this.#count) return 0;
    const [low, high] = [Math.max(0, this.#threshold - this.#margin), this.#threshold + this.#margin];
    if (!this.#keepLargest(low, high)) this.#keepLargest(0, Infinity);
    const threshold = core.f32(this.#info, 1)[0];
    const movement = Math.abs(threshold - this.#threshold);
    this.#margin = Math.max(MOVEMENTS * movement, LEAST_MARGIN * threshold);
    this.#threshold = threshold;
    const changed = core.u32(this.#info, 2)[1];
    if (changed > 0) this.layer.setMask(this.mask, this.#kernel);
    return changed;
  }

  /** The scores, outputs × inputs, row after row. */
  scores(): Float32Array {
    const { core, inputs, outputs } = this.layer;
    return core.scoped(() => {
      const rows = core.matrix(outputs, inputs);
      core.kernels.f32_rows_from_panels(inputs, outputs, this.#scores, rows.ptr, rows.stride);
      return rows.toArray();
    });
  }

  #keepLargest(low: number, high: number): boolean {
    const { core, inputs, outputs } = this.layer;
    const { ptr, strideWords } = this.mask;
    const info = core.kernels.f32_keep_largest(
      ...([inputs, outputs, this.#scores, this.#kept, ptr, strideWords, this.#count, low, high] as const),
      ...([this.#info, this.#selectScratch] as const),
    );
    return info === 0;
  }

  /** dYᵀ from dY, one block of 32 samples and 32 outputs after the other. */
  #transpose(batch: number, dy: number): void {
    const { core, outputs } = this.layer;
    const samples = paddedBatch(batch);
    for (let s = 0; s < batch; s += 32) {
      const count = Math.min(32, batch - s);
      for (let o = 0; o < outputs; o += 32) {
        const rows = Math.min(32, outputs - o);
        const from = dy + 4 * (s * outputs + o * paddedBatch(count));
        const width = paddedBatch(rows);
        const to = this.#dyTransposed + 4 * (o * samples + s * width);
        core.kernels.f32_rows_from_panels(rows, count, from, to, width);
      }
    }
  }
}
