/** A matrix of f64 in a core's memory: Hessians and their factors. */
import { checkInteger, checkLength, checkNumbers } from "../check.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "./core.js";

/** Rows and columns of f64 without gaps. It owns nothing: its memory goes with its scope or its core. */
export class DoubleMatrix {
  /** The core in whose memory it is. */
  readonly core: Core;
  /** An integer ≥ 0. */
  readonly rows: number;
  /** Rows have no gaps between them. */
  readonly columns: number;
  readonly #ptr: number;
  readonly #lifetime: Lifetime;

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #ptr in value;
  }

  /**
   * Names memory that is there already; `core.doubleMatrix` allocates.
   *
   * @param core  owner of the memory
   * @param ptr  address of the first element, in bytes, a multiple of 8
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   */
  constructor(core: Core, ptr: number, rows: number, columns: number) {
    this.core = core;
    this.rows = rows;
    this.columns = columns;
    this.#ptr = ptr;
    this.#lifetime = core.lifetime;
  }

  /**
   * Allocates a matrix; `core.doubleMatrix` is the door to it.
   *
   * @param core  whose memory it takes
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param values  row by row; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | OutOfMemoryError | DisposedError}
   */
  static allocate(core: Core, rows: number, columns: number, values?: ArrayLike<number>): DoubleMatrix {
    checkInteger("rows", rows, 0, 2 ** 32 - 1);
    checkInteger("columns", columns, 0, 2 ** 32 - 1);
    if (values !== undefined) checkLength("values", checkNumbers("values", values), rows, columns);
    const matrix = new DoubleMatrix(core, core.allocate(rows * columns * 8), rows, columns);
    if (values === undefined) matrix.view().fill(0);
    else matrix.view().set(values);
    return matrix;
  }

  /** The address of the first element, in bytes. @throws {DisposedError} when its scope or core has ended */
  get ptr(): number {
    this.#lifetime.check("matrix");
    return this.#ptr;
  }

  /**
   * All elements, row by row, as a live view: take a new one after anything that allocates.
   *
   * @throws {DisposedError}
   */
  view(): Float64Array<ArrayBuffer> {
    return this.core.f64(this.ptr, this.rows * this.columns);
  }

  /** A copy of all values, row by row. @throws {DisposedError} */
  toArray(): Float64Array<ArrayBuffer> {
    return this.view().slice();
  }
}
