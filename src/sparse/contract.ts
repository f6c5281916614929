/** What every sparse format offers to the layers above. */
import type { Core } from "../tensor/core.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/** The formats by name. */
export type FormatName = "csr" | "block-4x1" | "block-1x4" | "2:4" | "1:4" | "4:8";

/**
 * The kept weights of a matrix, packed in a core's memory. It goes with the scope it was packed in: every use after
 * that throws a DisposedError.
 */
export interface SparseMatrix {
  /** How it is packed. */
  readonly format: FormatName;
  /** In whose memory it is. */
  readonly core: Core;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** Bytes of structure and values: what a product reads. */
  readonly lengthBytes: number;

  /**
   * Y := [Y +] A X [+ bias], then ReLU if asked, on activations in panels (assembly/dense/panels.ts). A batch of
   * one is a matrix-vector product.
   *
   * @param batch  samples
   * @param x  address of columns × batch
   * @param y  address of rows × batch
   * @param bias  address of one number a row, 0 = none; not looked at when accumulating
   * @param flags  ACCUMULATE, RELU (linalg/panels.ts)
   */
  multiply(batch: number, x: number, y: number, bias: number, flags: number): void;

  /**
   * Takes over the values of the kept weights; the pattern stays.
   *
   * @param weights  rows × columns, in the same core
   * @throws {ShapeError | ArgumentRangeError} when they do not fit
   */
  refresh(weights: Matrix): void;

  /**
   * Writes the matrix out: kept weights, +0 elsewhere.
   *
   * @param weights  rows × columns, in the same core, overwritten
   * @throws {ShapeError | ArgumentRangeError} when they do not fit
   */
  unpackInto(weights: Matrix): void;
}

/** A way to pack. */
export interface SparseFormat {
  readonly name: FormatName;

  /**
   * Whether a mask has the format's pattern, so that nothing pruned is stored.
   *
   * @param mask  1 = kept
   */
  fits(mask: Mask): boolean;

  /**
   * Packs the kept weights.
   *
   * @param weights  rows × columns
   * @param mask  the same shape; it is not looked at again
   * @throws {ShapeError} when the shapes differ
   * @throws {ArgumentRangeError} when the mask does not have the format's pattern, or is in another core
   * @throws {OutOfMemoryError}
   */
  pack(weights: Matrix, mask: Mask): SparseMatrix;
}
