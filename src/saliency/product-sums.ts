/** Sums of products over samples, layer by layer: what gradients and second derivatives by weights are made of. */
import { CHUNK, isPlainSum, lanesOf } from "../linalg/hessian.js";
import { GEMM_SCRATCH_BYTES, packedBytes } from "../linalg/panels.js";
import { largestOf, scaleForSquares } from "../linalg/scale.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Matrix } from "../tensor/matrix.js";

const MIN_NORMAL = 2 ** -126;

/**
 * Σ Y·Xᵀ for each of some matrices: in f32 over a chunk of samples, in f64 over the chunks. It lives in the innermost
 * scope that was open when it was made.
 */
export class ProductSums {
  readonly #core: Core;
  readonly #outs: readonly (Matrix | undefined)[];
  readonly #sums: readonly (DoubleMatrix | undefined)[];
  readonly #product: number;
  readonly #packed: number;
  readonly #scratch: number;

  /**
   * @param core  whose memory it takes
   * @param outs  where the means go, one a layer; undefined where nobody asks
   */
  constructor(core: Core, outs: readonly (Matrix | undefined)[]) {
    this.#core = core;
    this.#outs = outs;
    this.#sums = outs.map((out) => out && core.doubleMatrix(out.rows, out.columns));
    const most = (measure: (out: Matrix) => number) =>
      Math.max(0, ...outs.map((out) => (out ? measure(out) : 0)));
    this.#product = core.allocate(4 * most(({ rows, columns }) => rows * columns));
    this.#packed = core.allocate(
      packedBytes(
        most(({ rows }) => rows),
        CHUNK,
      ),
    );
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
  }

  /**
   * @param l  the layer
   * @param batch  samples, at most CHUNK
   * @param y  address of rows × batch in panels
   * @param x  address of columns × batch in panels
   */
  add(l: number, batch: number, y: number, x: number): void {
    const sum = this.#sums[l];
    if (!sum) return;
    const { kernels } = this.#core;
    const { rows, columns } = sum;
    kernels.f32_pack_a_panels(rows, batch, y, this.#packed);
    kernels.f32_gemm_panels_transposed(
      ...([rows, columns, batch, this.#packed, x, this.#product, columns, 0, this.#scratch] as const),
    );
    kernels.f64_add_f32(rows * columns, this.#product, sum.ptr);
  }

  /**
   * Adds the squares of features, as they are in f32, and in f64 where f32 cannot hold them.
   *
   * @param l  the layer, whose matrix is 1 × columns
   * @param batch  samples, at most CHUNK
   * @param x  address of columns × batch in panels
   * @param squares  address of as many squares, all elements of x times themselves
   * @param ones  address of 1 × batch ones
   */
  addSquares(l: number, batch: number, x: number, squares: number, ones: number): void {
    const sum = this.#sums[l];
    if (!sum) return;
    const before = sum.toArray();
    this.add(l, batch, ones, squares);
    const [values, { columns }] = [sum.view(), sum];
    const added = this.#core.f32(this.#product, columns);
    for (let j = 0; j < columns; j++) {
      if (isPlainSum(added[j])) continue;
      values[j] = before[j];
      for (const lanes of lanesOf(this.#core, columns, batch, x, j))
        for (const value of lanes) values[j] += value * value;
    }
  }

  /**
   * Writes sum / samples out; +0 for what would be denormal.
   *
   * @param samples  how many were added
   * @param areRatios  whether each layer's are multiplied by a power of four, where f32 does not hold them otherwise
   */
  finish(samples: number, areRatios = false): void {
    for (const [l, sum] of this.#sums.entries()) {
      const to = this.#outs[l]?.view();
      const scale = areRatios && sum ? scaleForSquares(largestOf(sum.view()) / samples) : 1;
      sum?.view().forEach((value, i) => {
        const mean = (value / samples) * scale;
        if (to) to[i] = Math.abs(mean) < MIN_NORMAL ? 0 : mean;
      });
    }
  }
}
