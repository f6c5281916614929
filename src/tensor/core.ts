/** A workspace that makes matrices and masks: what `open` gives, and what every algorithm works in. */
import { Workspace } from "../runtime/workspace.js";
import { DoubleMatrix } from "./double-matrix.js";
import { Mask, type MaskBits } from "./mask.js";
import { Matrix, type MatrixValues } from "./matrix.js";

/** A running core. Close it with `using core = await open()` or `core.dispose()`. */
export class Core extends Workspace {
  /**
   * A matrix in the core's memory, until the innermost open scope or the core ends.
   *
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param values  row by row; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
   * @throws {OutOfMemoryError} when the memory cannot hold it
   * @throws {DisposedError}
   */
  matrix(rows: number, columns: number, values?: MatrixValues): Matrix {
    return Matrix.allocate(this, rows, columns, values);
  }

  /**
   * A mask in the core's memory, until the innermost open scope or the core ends.
   *
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param bits  1 = kept; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
   * @throws {OutOfMemoryError} when the memory cannot hold it
   * @throws {DisposedError}
   */
  mask(rows: number, columns: number, bits?: MaskBits): Mask {
    return Mask.allocate(this, rows, columns, bits);
  }

  /**
   * A matrix of f64 in the core's memory, until the innermost open scope or the core ends.
   *
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param values  row by row; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
   * @throws {OutOfMemoryError} when the memory cannot hold it
   * @throws {DisposedError}
   */
  doubleMatrix(rows: number, columns: number, values?: ArrayLike<number>): DoubleMatrix {
    return DoubleMatrix.allocate(this, rows, columns, values);
  }
}
