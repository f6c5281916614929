/** Compressed rows made from plain arrays, without a dense matrix beside them: for matrices too large to have one. */
import { checkInteger, checkObject, checkTypedArray } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "../tensor/core.js";

/** A matrix in compressed rows. */
export interface CsrArrays {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** Where each row's entries begin, and the number of all: rows + 1. */
  readonly rowStarts: Uint32Array;
  /** Column of each entry, ascending in each row. */
  readonly columnIndices: Uint32Array;
  /** Entries, row after row. */
  readonly values: Float32Array;
}

/** What is wrong with the structure of compressed rows: which array, what it should hold and what it does. */
export interface CsrFlaw {
  readonly part: "rowStarts" | "columnIndices" | "values";
  readonly expected: string;
  readonly found: string;
}

/** Columns that 16-bit indices serve. */
const U16_COLUMNS = 65_536;

/**
 * Looks for the first flaw in a structure whose numbers nobody vouches for.
 *
 * @param arrays  rows and columns are whole numbers ≥ 0
 * @returns undefined when the kernels can run on it
 */
export function csrFlaw(arrays: CsrArrays): CsrFlaw | undefined {
  const { rows, columns, rowStarts, columnIndices, values } = arrays;
  const starts = (expected: string, found: string): CsrFlaw => ({ part: "rowStarts", expected, found });
  if (rowStarts.length !== rows + 1) return starts(`${rows + 1} values`, `${rowStarts.length}`);
  if (rowStarts[0] !== 0) return starts("0 at index 0", `${rowStarts[0]}`);
  const count = columnIndices.length;
  if (rowStarts[rows] !== count)
    return starts(`${count} at index ${rows}, the entries`, `${rowStarts[rows]}`);
  for (let i = 0; i < rows; i++) {
    const end = rowStarts[i + 1];
    if (end < rowStarts[i] || end > count) {
      return starts(`${rowStarts[i]} to ${count} at index ${i + 1}`, `${end}`);
    }
    let least = 0;
    for (let p = rowStarts[i]; p < end; p++) {
      const column = columnIndices[p];
      if (column < least || column >= columns) {
        const range = least < columns ? `a column from ${least} to ${columns - 1}` : "no column";
        return { part: "columnIndices", expected: `${range} at index ${p}, row ${i}`, found: `${column}` };
      }
      least = column + 1;
    }
  }
  if (values.length === count) return undefined;
  return { part: "values", expected: `${count} values, one an entry`, found: `${values.length}` };
}

/**
 * @param name  of the arrays, for the message
 * @returns `arrays`, which the kernels can run on
 * @throws {ArgumentTypeError | ArgumentRangeError} when they cannot; names the array and the place
 */
export function checkCsr<T extends CsrArrays>(name: string, arrays: T): T {
  const { rows, columns, rowStarts, columnIndices, values } = checkObject(name, arrays);
  checkInteger(`${name}.rows`, rows);
  checkInteger(`${name}.columns`, columns);
  checkTypedArray(`${name}.rowStarts`, rowStarts, "Uint32Array");
  checkTypedArray(`${name}.columnIndices`, columnIndices, "Uint32Array");
  checkTypedArray(`${name}.values`, values, "Float32Array");
  const flaw = csrFlaw(arrays);
  if (flaw === undefined) return arrays;
  throw new ArgumentRangeError(`"${name}.${flaw.part}" expected ${flaw.expected}, got ${flaw.found}`);
}

/** A matrix in compressed rows in a core's memory, for products alone. It goes with the scope it was made in. */
export class CsrRows {
  readonly core: Core;
  readonly rows: number;
  readonly columns: number;
  readonly #index: "u16" | "u32";
  readonly #starts: number;
  readonly #columns: number;
  readonly #values: number;
  readonly #lifetime: Lifetime;

  /**
   * @param core  whose memory it takes: 6 to 8 bytes an entry and 4 a row
   * @param arrays  copied
   * @throws {ArgumentRangeError} when they are no compressed rows; names the array
   * @throws {OutOfMemoryError} when the memory cannot hold them
   */
  constructor(core: Core, arrays: CsrArrays) {
    const { rowStarts, columnIndices, values } = checkCsr("arrays", arrays);
    const count = values.length;
    this.core = core;
    this.rows = arrays.rows;
    this.columns = arrays.columns;
    this.#index = this.columns <= U16_COLUMNS ? "u16" : "u32";
    this.#lifetime = core.lifetime;
    this.#starts = core.allocate(4 * rowStarts.length);
    this.#columns = core.allocate((this.#index === "u16" ? 2 : 4) * count);
    this.#values = core.allocate(4 * count);
    core.u32(this.#starts, rowStarts.length).set(rowStarts);
    core.f32(this.#values, count).set(values);
    if (this.#index === "u32") core.u32(this.#columns, count).set(columnIndices);
    else new Uint16Array(core.memory.buffer, this.#columns, count).set(columnIndices);
  }

  /**
   * Y := A X [+ bias], then ReLU if asked, for some rows of A, on activations in panels (assembly/dense/panels.ts).
   *
   * @param batch  samples; at most one panel, 32, when the rows are not all
   * @param x  address of columns × batch
   * @param y  address of (end − first) × batch, overwritten
   * @param bias  address of one number a row of A, from its first; 0 = none
   * @param flags  RELU (linalg/panels.ts)
   * @param first  row to begin with
   * @param end  row to stop before
   * @throws {DisposedError} when its scope or core has ended
   */
  multiply(
    batch: number,
    x: number,
    y: number,
    bias: number,
    flags: number,
    first = 0,
    end = this.rows,
  ): void {
    this.#lifetime.check("sparse matrix");
    this.core.kernels[`f32_spmm_csr_${this.#index}`](
      ...([end - first, batch, this.columns, this.#starts + 4 * first, this.#columns, this.#values] as const),
      ...([x, y, bias && bias + 4 * first, flags] as const),
    );
  }
}
