/** Compressed rows: any pattern, and the format that trains. */
import { checkShape } from "../check.js";
import { ACCUMULATE, RELU } from "../linalg/panels.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { SparseFormat, SparseMatrix } from "./contract.js";
import { Packed } from "./packed.js";

/**
 * Columns of a block: 192 rows of a panel of 32 samples (24 KiB) stay in the nearest cache. Blocks pay while a row
 * has some 24 entries in each (measured, assembly/sparse/csr.ts).
 */
const BLOCK_COLUMNS = 192;
const ENTRIES_PER_BLOCK = 24;
/** The most rows and columns that 16-bit indices serve, in the matrix and its transpose. */
const U16_LIMIT = 65_536;

/** Addresses of the transposed structure, and how long they are good. */
interface Transposed {
  readonly lifetime: Lifetime;
  readonly starts: number;
  readonly rows: number;
  readonly order: number;
  readonly values: number;
}

/** Blocks that the columns make, at least one. */
const mostBlocks = (columns: number): number => Math.max(1, Math.ceil(columns / BLOCK_COLUMNS));

/** A matrix in compressed rows: 16-bit column numbers where they fit. */
export class CsrMatrix extends Packed implements SparseMatrix {
  readonly format = "csr";
  /** Entries there is room for: those of the mask it was made with. */
  readonly #room: number;
  #count = 0;
  #blocks = 1;
  readonly #starts: number;
  readonly #columns: number;
  readonly #values: number;
  readonly #index: "u16" | "u32";
  #transposed: Transposed | undefined;
  #isTransposedFresh = false;

  /** `csr.pack` is the door to it. */
  constructor(weights: Matrix, mask: Mask) {
    super(csr, weights, mask);
    const { core, rows, columns } = this;
    this.#room = mask.count;
    this.#index = Math.max(rows, columns) <= U16_LIMIT ? "u16" : "u32";
    this.#starts = core.allocate(4 * (mostBlocks(columns) * rows + 1));
    this.#columns = core.allocate((this.#index === "u16" ? 2 : 4) * this.#room);
    this.#values = core.allocate(4 * this.#room);
    this.#pack(weights, mask);
  }

  /**
   * Takes over another mask, in the memory that is there. All rows are packed: packing only those that changed, and
   * moving the others, was tried and gains nothing (300 × 784, setting a mask with 0 to 300 changed rows: 50 % sparsity
   * 184 to 291 µs against 238, 90 % 125 to 197 against 158).
   *
   * @param weights  rows × columns
   * @param mask  rows × columns
   * @returns whether it did: not when the mask keeps more than the first one did, or the memory is given back
   * @throws {ShapeError | ArgumentRangeError} when they do not fit
   */
  repack(weights: Matrix, mask: Mask): boolean {
    if (this.isOver || mask.count > this.#room) return false;
    this.checkTwin(weights);
    checkShape("mask", mask, this.rows, this.columns);
    this.#pack(weights, mask);
    return true;
  }

  #pack(weights: Matrix, mask: Mask): void {
    const { kernels, rows, columns } = this;
    const blocks = mostBlocks(columns);
    this.#count = mask.count;
    this.#blocks = this.#count >= ENTRIES_PER_BLOCK * blocks * rows ? blocks : 1;
    this.#isTransposedFresh = false;
    let end = 0;
    for (const [b, first, last] of this.#eachBlock()) {
      end = kernels.csr_row_starts(rows, first, last, end, mask.ptr, mask.strideWords, this.#startsOf(b));
      kernels[`f32_csr_pack_${this.#index}`](
        ...([rows, first, last, weights.ptr, weights.stride, mask.ptr, mask.strideWords] as const),
        ...([this.#startsOf(b), this.#columns, this.#values] as const),
      );
    }
  }

  /** Entries: kept weights. */
  get count(): number {
    return this.#count;
  }

  get lengthBytes(): number {
    return 4 * (this.#blocks * this.rows + 1) + (this.#index === "u16" ? 6 : 8) * this.count;
  }

  /** Address of the values, one f32 an entry. Who writes there changes the matrix. */
  get values(): number {
    return this.#values;
  }

  multiply(batch: number, x: number, y: number, bias: number, flags: number): void {
    const spmm = this.kernels[`f32_spmm_csr_${this.#index}`];
    const { rows, columns } = this;
    for (let b = 0; b < this.#blocks; b++) {
      const first = b === 0 ? flags & ACCUMULATE : ACCUMULATE;
      const last = b === this.#blocks - 1 ? flags & RELU : 0;
      spmm(rows, batch, columns, this.#startsOf(b), this.#columns, this.#values, x, y, bias, first | last);
    }
  }

  /**
   * dX := Aᵀ dY. The transposed structure is made when there is none, in the scope that is open then: call
   * `prepareTransposed` where it is to live.
   *
   * @param batch  samples
   * @param dy  address of rows × batch in panels
   * @param dx  address of columns × batch in panels, overwritten
   */
  multiplyTransposed(batch: number, dy: number, dx: number): void {
    const { kernels } = this;
    const { starts, rows, order, values } = this.prepareTransposed();
    kernels.f32_csr_reorder(this.count, order, this.#values, values);
    kernels[`f32_spmm_csr_${this.#index}`](
      this.columns,
      batch,
      this.rows,
      starts,
      rows,
      values,
      dy,
      dx,
      0,
      0,
    );
  }

  /** Makes the structure of Aᵀ, in memory of the innermost open scope, unless there is one. */
  prepareTransposed(): Transposed {
    const { core, kernels, rows, columns } = this;
    const room = this.#room;
    const there = this.#transposed?.lifetime.ended === false ? this.#transposed : undefined;
    if (there && this.#isTransposedFresh) return there;
    const transposed = there ?? {
      lifetime: core.lifetime,
      starts: core.allocate(4 * (columns + 1)),
      rows: core.allocate((this.#index === "u16" ? 2 : 4) * room),
      order: core.allocate(4 * room),
      values: core.allocate(4 * room),
    };
    kernels[`csr_transpose_${this.#index}`](
      ...([rows, columns, this.#blocks, this.#starts, this.#columns] as const),
      ...([transposed.starts, transposed.rows, transposed.order] as const),
    );
    this.#transposed = transposed;
    this.#isTransposedFresh = true;
    return transposed;
  }

  /**
   * g[p] := Σ_s dY[i, s] · X[j, s] for every entry p = (i, j): the weight gradient where weights are kept.
   *
   * @param batch  samples
   * @param dy  address of rows × batch in panels, padding lanes +0
   * @param x  address of columns × batch in panels
   * @param gradient  address of one f32 an entry, overwritten
   * @param flags  ACCUMULATE: adds to it instead. Default 0
   */
  gradient(batch: number, dy: number, x: number, gradient: number, flags = 0): void {
    const sddmm = this.kernels[`f32_sddmm_csr_${this.#index}`];
    for (let b = 0; b < this.#blocks; b++) {
      sddmm(this.rows, batch, this.columns, this.#startsOf(b), this.#columns, dy, x, gradient, flags);
    }
  }

  refresh(weights: Matrix): void {
    const { ptr, stride } = this.checkTwin(weights);
    const gather = this.kernels[`f32_csr_gather_values_${this.#index}`];
    for (let b = 0; b < this.#blocks; b++) {
      gather(this.rows, this.#startsOf(b), this.#columns, ptr, stride, this.#values);
    }
  }

  unpackInto(weights: Matrix): void {
    const scatter = this.kernels[`f32_csr_scatter_values_${this.#index}`];
    const { ptr, stride } = this.checkTwin(weights).fill(0);
    for (let b = 0; b < this.#blocks; b++) {
      scatter(this.rows, this.#startsOf(b), this.#columns, this.#values, ptr, stride);
    }
  }

  #startsOf(block: number): number {
    return this.#starts + 4 * block * this.rows;
  }

  *#eachBlock(): Iterable<[b: number, first: number, last: number]> {
    for (let b = 0; b < this.#blocks; b++) {
      const first = b * BLOCK_COLUMNS;
      yield [b, first, b === this.#blocks - 1 ? this.columns : first + BLOCK_COLUMNS];
    }
  }
}

interface CsrFormat extends SparseFormat {
  pack(weights: Matrix, mask: Mask): CsrMatrix;
}

/** Compressed rows: fits every mask. */
export const csr: CsrFormat = {
  name: "csr",
  fits: () => true,
  pack: (weights, mask) => new CsrMatrix(weights, mask),
};
