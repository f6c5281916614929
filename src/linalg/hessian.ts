/** The Hessian of a layer's problem min ‖W′X − WX‖²/N, H = 2·XXᵀ/N: streamed, damped, inverted. */
import { checkNumber } from "../check.js";
import { ArgumentRangeError, NonFiniteError, NotPositiveDefiniteError } from "../errors.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Matrix } from "../tensor/matrix.js";
import { cholesky, choleskyInverse, invertLower, notPositiveDefinite } from "./cholesky.js";
import { GEMM_SCRATCH_BYTES, paddedBatch, panelsBytes } from "./panels.js";
import { largestOf, scaleFor, scaleForSquares } from "./scale.js";

/** Samples whose products are summed in f32 before they go into the f64 sum. */
export const CHUNK = 256;

/** Sums of squares between it and its reciprocal are as f32 has them. */
const MOST_SQUARES = 2 ** 80;

/** Whether a sum of squares in f32 says how large they are: what is too small is lost on the way, and 0 may be that. */
export const isPlainSum = (squares: number): boolean =>
  squares >= 1 / MOST_SQUARES && squares <= MOST_SQUARES;

/** The values of a feature in panels, one panel after the other; views until memory grows. */
export function* lanesOf(core: Core, features: number, batch: number, x: number, feature: number) {
  for (let first = 0; first < batch; first += 32) {
    const samples = Math.min(32, batch - first);
    yield core.f32(x + 4 * (first * features + feature * paddedBatch(samples)), samples);
  }
}

/** Sums up 2·XXᵀ over batches. Its memory goes with the scope it was made in. */
export class Hessian {
  readonly core: Core;
  /** Inputs of the layer. */
  readonly columns: number;
  readonly #sum: DoubleMatrix;
  readonly #gram: number;
  readonly #packed: number;
  readonly #scratch: number;
  #samples = 0;

  /**
   * @param core  whose memory it takes: 12·columns² bytes, and 1 KB a column
   * @param columns  inputs of the layer
   */
  constructor(core: Core, columns: number) {
    this.core = core;
    this.columns = columns;
    this.#sum = core.doubleMatrix(columns, columns);
    this.#gram = core.allocate(4 * columns * columns);
    this.#packed = core.allocate(16 * Math.ceil(columns / 4) * CHUNK);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /**
   * Adds samples that are in panels. Inputs whose squares f32 cannot hold are scaled by a power of two for the product.
   *
   * @param batch  how many, at most CHUNK
   * @param x  address of columns × batch in panels (assembly/dense/panels.ts)
   */
  addPanels(batch: number, x: number): void {
    const { core, columns } = this;
    this.#multiply(batch, x);
    const scales = this.#scales(batch, x);
    if (scales) this.#addScaled(batch, x, scales);
    else core.kernels.f64_add_f32(columns * columns, this.#gram, this.#sum.ptr);
    this.#samples += batch;
  }

  /** XXᵀ in f32. */
  #multiply(batch: number, x: number): void {
    const { columns } = this;
    const { kernels } = this.core;
    kernels.f32_pack_a_panels(columns, batch, x, this.#packed);
    kernels.f32_syrk_panels(columns, batch, this.#packed, x, this.#gram, columns, 0, this.#scratch);
  }

  /** What each input is to be multiplied by, judged by the diagonal of XXᵀ; undefined when that is 1 for all. */
  #scales(batch: number, x: number): Float64Array | undefined {
    const { core, columns } = this;
    const gram = core.f32(this.#gram, columns * columns);
    const scales = new Float64Array(columns).fill(1);
    for (let j = 0; j < columns; j++) {
      if (isPlainSum(gram[j * columns + j])) continue;
      let largest = 0;
      for (const lanes of lanesOf(core, columns, batch, x, j)) largest = Math.max(largest, largestOf(lanes));
      scales[j] = scaleFor(largest);
    }
    return scales.some((scale) => scale !== 1) ? scales : undefined;
  }

  #addScaled(batch: number, x: number, scales: Float64Array): void {
    const { core, columns } = this;
    core.scoped(() => {
      const length = panelsBytes(columns, batch) / 4;
      const scaled = core.allocate(4 * length);
      core.f32(scaled, length).set(core.f32(x, length));
      scales.forEach((scale, j) => {
        if (scale === 1) return;
        for (const lanes of lanesOf(core, columns, batch, scaled, j))
          lanes.forEach((value, i) => {
            lanes[i] = value * scale;
          });
      });
      this.#multiply(batch, scaled);
    });
    const [gram, sum] = [core.f32(this.#gram, columns * columns), this.#sum.view()];
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        sum[at] += gram[at] / scales[i] / scales[j];
      }
    }
  }

  /**
   * Adds samples as callers have them.
   *
   * @param samples  any number × columns, row after row
   */
  addRows(samples: Float32Array): void {
    const { core, columns } = this;
    core.scoped(() => {
      const rows = core.allocate(4 * columns * CHUNK);
      const x = core.allocate(panelsBytes(columns, paddedBatch(CHUNK)));
      for (let first = 0; first < samples.length; first += CHUNK * columns) {
        const part = samples.subarray(first, first + CHUNK * columns);
        const batch = part.length / columns;
        core.f32(rows, part.length).set(part);
        core.kernels.f32_panels_from_rows(columns, batch, rows, columns, x);
        this.addPanels(batch, x);
      }
    });
  }

  /**
   * The mean so far: 2·XXᵀ / N, columns × columns, in place of the sum, so nothing may be added afterwards.
   *
   * @throws {ArgumentRangeError} when there were no samples
   * @throws {NonFiniteError} when a sample was not finite: names the column
   */
  finish(): DoubleMatrix {
    if (this.#samples === 0) throw new ArgumentRangeError('"samples" expected at least one, got 0');
    const factor = 2 / this.#samples;
    const values = this.#sum.view();
    for (let i = 0; i < values.length; i++) values[i] *= factor;
    const column = diagonalOf(this.#sum).findIndex((value) => !Number.isFinite(value));
    if (column < 0) return this.#sum;
    const message = `"samples" expected finite numbers, got others in column ${column}`;
    throw new NonFiniteError(message, { index: column, column });
  }
}

/**
 * Inputs that are 0 in all samples: their weights do nothing.
 *
 * @param hessian  undamped, or a row of its diagonal
 * @returns their columns, ascending
 */
export function deadInputs(hessian: DoubleMatrix): number[] {
  const diagonal = diagonalOf(hessian);
  return [...diagonal.keys()].filter((j) => diagonal[j] === 0);
}

/**
 * A Hessian whose numbers, and those of its inverse, f32 can hold: multiplied by a power of four, which scales the
 * losses and changes no solution.
 *
 * @param hessian  undamped
 * @returns the same matrix where its largest diagonal element is from 2⁻⁴⁰ to 2⁴⁰, else a copy; and the factor
 */
export function normalized(hessian: DoubleMatrix): { hessian: DoubleMatrix; scale: number } {
  const { core, rows } = hessian;
  const scale = scaleForSquares(largestOf(diagonalOf(hessian)));
  if (scale === 1) return { hessian, scale };
  const copy = core.doubleMatrix(rows, rows);
  copy.view().set(hessian.view().map((value) => value * scale));
  return { hessian: copy, scale };
}

/**
 * What to add to the diagonal.
 *
 * @param hessian  undamped
 * @param ratio  ≥ 0, of the mean of the diagonal, dead inputs included
 */
export function dampingFor(hessian: DoubleMatrix, ratio: number): number {
  checkNumber("ratio", ratio, 0);
  const diagonal = diagonalOf(hessian);
  return (ratio * diagonal.reduce((sum, value) => sum + value, 0)) / Math.max(1, diagonal.length);
}

/**
 * A copy with damping on the diagonal, and 1 there for dead inputs, as the code of SparseGPT and OBC has it.
 *
 * @param hessian  undamped
 * @param ratio  of the mean of the diagonal
 */
export function damped(hessian: DoubleMatrix, ratio: number): DoubleMatrix {
  const { core, rows: n } = hessian;
  const copy = core.doubleMatrix(n, n);
  writeDamped(hessian, ratio, copy.view());
  return copy;
}

function writeDamped(hessian: DoubleMatrix, ratio: number, out: Float32Array | Float64Array): void {
  const { rows: n } = hessian;
  const damping = dampingFor(hessian, ratio);
  out.set(hessian.view());
  for (let j = 0; j < n; j++) out[j * n + j] += damping;
  for (const j of deadInputs(hessian)) out[j * n + j] = 1;
}

/**
 * The inverse of the damped Hessian, both triangles.
 *
 * @param hessian  undamped
 * @param ratio  of the mean of the diagonal
 * @throws {NotPositiveDefiniteError} with the pivot and the damping
 */
export function inverseHessian(hessian: DoubleMatrix, ratio: number): DoubleMatrix {
  return choleskyInverse(damped(hessian, ratio), dampingFor(hessian, ratio));
}

/** A matrix in the precision that was asked for. */
export interface ByPrecision {
  f32: Matrix;
  f64: DoubleMatrix;
}

/**
 * U, upper, with H⁻¹ = Uᵀ U for the damped Hessian: the inverse of the Cholesky factor of H taken in reverse order of
 * rows and columns. 2n³/3 flops, half of what inverting and factoring anew takes.
 *
 * @param hessian  undamped
 * @param ratio  of the mean of the diagonal
 * @param precision  of the factorisation and the result
 * @returns n × n, +0 below the diagonal
 * @throws {NotPositiveDefiniteError} with the pivot and the damping
 */
export function upperFactorOfInverse<P extends keyof ByPrecision>(
  hessian: DoubleMatrix,
  ratio: number,
  precision: P,
): ByPrecision[P] {
  const { core, rows: n } = hessian;
  const factor = precision === "f64" ? core.doubleMatrix(n, n) : core.matrix(n, n);
  const values = factor.view();
  writeDamped(hessian, ratio, values);
  // Row after row backwards is rows and columns in reverse order; the matrix has no gaps.
  values.reverse();
  try {
    invertLower(cholesky(factor, dampingFor(hessian, ratio)));
  } catch (error) {
    throw reversedPivot(error, n);
  }
  factor.view().reverse();
  return factor as ByPrecision[P];
}

/** The error of a reversed matrix with the pivot as the caller counts it. */
function reversedPivot(error: unknown, n: number): unknown {
  return error instanceof NotPositiveDefiniteError
    ? notPositiveDefinite(n - 1 - error.pivot, error.damping)
    : error;
}

/** Its diagonal; of a single row, which is a diagonal alone, the row. */
function diagonalOf(hessian: DoubleMatrix): Float64Array {
  const { rows, columns } = hessian;
  const values = hessian.view();
  const step = rows === 1 ? 1 : columns + 1;
  return Float64Array.from({ length: columns }, (_, j) => values[j * step]);
}
