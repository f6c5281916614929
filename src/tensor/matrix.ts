/** A matrix of f32 in a core's memory. */
import { checkFinite, checkInteger, checkLength, checkOptions, checkShape } from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "./core.js";

/** What a matrix can be filled from: one number per element, row by row, or another matrix, of any core. */
export type MatrixValues = Float32Array | Float64Array | readonly number[] | Matrix;

/** How values are taken over. */
export interface CopyOptions {
  /** Whether to refuse NaN and infinities, judged after rounding to f32. Default false. */
  finite?: boolean;
}

/** Rows and columns of f32 at an address. It owns nothing: its memory goes with its scope or its core. */
export class Matrix {
  /** The core in whose memory it is. */
  readonly core: Core;
  /** An integer ≥ 0. */
  readonly rows: number;
  /** An integer ≥ 0. */
  readonly columns: number;
  /** Distance from one row to the next, in elements. */
  readonly stride: number;
  readonly #ptr: number;
  readonly #lifetime: Lifetime;

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #ptr in value;
  }

  /**
   * Names memory that is there already; `core.matrix` allocates.
   *
   * @param core  owner of the memory
   * @param ptr  address of the first element, in bytes, a multiple of 4
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param stride  elements from one row to the next, ≥ columns
   */
  constructor(core: Core, ptr: number, rows: number, columns: number, stride: number = columns) {
    this.core = core;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
    this.#ptr = ptr;
    this.#lifetime = core.lifetime;
  }

  /**
   * Allocates a matrix; `core.matrix` is the door to it.
   *
   * @param core  whose memory it takes
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param values  row by row; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | OutOfMemoryError | DisposedError}
   */
  static allocate(core: Core, rows: number, columns: number, values?: MatrixValues): Matrix {
    checkInteger("rows", rows, 0, 2 ** 32 - 1);
    checkInteger("columns", columns, 0, 2 ** 32 - 1);
    if (values !== undefined) checkValues(values, rows, columns);
    const matrix = new Matrix(core, core.allocate(rows * columns * 4), rows, columns);
    return values === undefined ? matrix.fill(0) : matrix.#write(numbersOf(values));
  }

  /** The address of the first element, in bytes. @throws {DisposedError} when its scope or core has ended */
  get ptr(): number {
    this.#lifetime.check("matrix");
    return this.#ptr;
  }

  /**
   * All elements, row by row, as a live view: writing to it writes to the matrix. Take a new one after
   * anything that allocates, which may detach it.
   *
   * @throws {ShapeError} when there are gaps between the rows; take `row` or `toArray` then
   * @throws {DisposedError}
   */
  view(): Float32Array<ArrayBuffer> {
    if (this.#isContiguous) return this.core.f32(this.ptr, this.rows * this.columns);
    throw new ShapeError(`"stride" expected ${this.columns}, for rows without gaps, got ${this.stride}`);
  }

  /**
   * One row as a live view, like `view`.
   *
   * @param i  index of the row, from 0
   * @throws {ArgumentTypeError | ArgumentRangeError} when there is no such row
   * @throws {DisposedError}
   */
  row(i: number): Float32Array<ArrayBuffer> {
    checkInteger("i", i, 0, this.rows - 1);
    return this.#row(i);
  }

  /**
   * Takes over all values, rounded to f32. Writes nothing when it throws.
   *
   * @param values  of the same shape
   * @param options  `finite: true` refuses NaN and infinities
   * @returns this matrix
   * @throws {ArgumentTypeError} when the values are not numbers
   * @throws {ShapeError} when their number or shape is another
   * @throws {NonFiniteError} when asked to refuse; names row and column
   * @throws {DisposedError}
   */
  copyFrom(values: MatrixValues, options?: CopyOptions): this {
    const { finite = false } = checkOptions("options", options, ["finite"]);
    checkValues(values, this.rows, this.columns);
    const source = numbersOf(values);
    if (!finite) return this.#write(source);
    return this.#write(checkFinite("values", new Float32Array(source), this.columns));
  }

  /** A copy of all values, row by row. @throws {DisposedError} */
  toArray(): Float32Array<ArrayBuffer> {
    if (this.#isContiguous) return this.view().slice();
    const copy = new Float32Array(this.rows * this.columns);
    for (let i = 0; i < this.rows; i++) copy.set(this.#row(i), i * this.columns);
    return copy;
  }

  /**
   * Sets every element.
   *
   * @param value  any number
   * @returns this matrix
   * @throws {ArgumentTypeError} when it is not a number
   * @throws {DisposedError}
   */
  fill(value: number): this {
    if (typeof value !== "number") throw notANumber("value", value);
    if (this.#isContiguous) this.view().fill(value);
    else for (let i = 0; i < this.rows; i++) this.#row(i).fill(value);
    return this;
  }

  get #isContiguous(): boolean {
    return this.stride === this.columns || this.rows <= 1;
  }

  #row(i: number): Float32Array<ArrayBuffer> {
    return this.core.f32(this.ptr + 4 * i * this.stride, this.columns);
  }

  #write(values: ArrayLike<number>): this {
    if (this.#isContiguous) this.view().set(values);
    else {
      const all = new Float32Array(values);
      for (let i = 0; i < this.rows; i++) {
        this.#row(i).set(all.subarray(i * this.columns, (i + 1) * this.columns));
      }
    }
    return this;
  }
}

function checkValues(values: MatrixValues, rows: number, columns: number): void {
  if (values instanceof Matrix) {
    checkShape("values", values, rows, columns);
    return;
  }
  const kind = kindOf(values);
  if (Array.isArray(values)) {
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] !== "number") throw notANumber(`values[${i}]`, values[i]);
    }
  } else if (kind !== "Float32Array" && kind !== "Float64Array") {
    const kinds = "a Float32Array, Float64Array, Matrix or array of numbers";
    throw new ArgumentTypeError(`"values" expected ${kinds}, got ${describe(values)}`);
  }
  checkLength("values", values, rows, columns);
}

/** Checked values as a list; of a matrix it may be a view, so it must be used before the next allocation. */
function numbersOf(values: MatrixValues): ArrayLike<number> {
  if (!(values instanceof Matrix)) return values;
  return values.stride === values.columns ? values.view() : values.toArray();
}

function notANumber(name: string, value: unknown): ArgumentTypeError {
  return new ArgumentTypeError(`"${name}" expected a number, got ${describe(value)}`);
}
