/** A mask: one bit per weight, in a core's memory. */
import { checkInstance, checkInteger, checkLength, checkShape, plainArray } from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../errors.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "./core.js";

/**
 * What a mask can be filled from:
 * - a Uint8Array or array: one 0 or 1 (or false or true) per weight, row by row;
 * - a Uint32Array: packed words, as `words` gives them; bits beyond a row's end are dropped;
 * - another mask, of any core.
 */
export type MaskBits = Uint8Array | Uint32Array | readonly (number | boolean)[] | Mask;

const WORD_BITS = 32;

/**
 * Rows of bits, 1 = kept. Column j of a row is bit j & 31 of its word j >> 5; the bits beyond the last
 * column are 0. It owns nothing: its memory goes with its scope or its core.
 */
export class Mask {
  /** The core in whose memory it is. */
  readonly core: Core;
  /** Of the matrix that it masks. */
  readonly rows: number;
  /** Of the matrix that it masks. */
  readonly columns: number;
  /** Words per row: ⌈columns / 32⌉. */
  readonly strideWords: number;
  readonly #ptr: number;
  readonly #lifetime: Lifetime;

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #ptr in value;
  }

  /**
   * Names memory that is there already; `core.mask` allocates.
   *
   * @param core  owner of the memory
   * @param ptr  address of the first word, in bytes, a multiple of 4
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   */
  constructor(core: Core, ptr: number, rows: number, columns: number) {
    this.core = core;
    this.rows = rows;
    this.columns = columns;
    this.strideWords = Math.ceil(columns / WORD_BITS);
    this.#ptr = ptr;
    this.#lifetime = core.lifetime;
  }

  /**
   * Allocates a mask; `core.mask` is the door to it.
   *
   * @param core  whose memory it takes
   * @param rows  an integer ≥ 0
   * @param columns  an integer ≥ 0
   * @param bits  1 = kept; all 0 when absent
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | OutOfMemoryError | DisposedError}
   */
  static allocate(core: Core, rows: number, columns: number, bits?: MaskBits): Mask {
    checkInteger("rows", rows, 0, 2 ** 32 - 1);
    checkInteger("columns", columns, 0, 2 ** 32 - 1);
    const words = bits === undefined ? undefined : wordsOf(bits, rows, columns);
    const lengthBytes = rows * Math.ceil(columns / WORD_BITS) * 4;
    const mask = new Mask(core, core.allocate(lengthBytes), rows, columns);
    if (words === undefined) mask.words().fill(0);
    else mask.words().set(words);
    return mask;
  }

  /** The address of the first word, in bytes. @throws {DisposedError} when its scope or core has ended */
  get ptr(): number {
    this.#lifetime.check("mask");
    return this.#ptr;
  }

  /**
   * The number of kept weights. Counted anew at each use, because kernels write masks.
   *
   * @throws {DisposedError}
   */
  get count(): number {
    return this.core.kernels.u32_mask_count(this.rows * this.strideWords, this.ptr);
  }

  /** The share of kept weights, from 0 to 1; 1 for a mask without weights. @throws {DisposedError} */
  get density(): number {
    const length = this.rows * this.columns;
    return length === 0 ? 1 : this.count / length;
  }

  /** The share of pruned weights, from 0 to 1; 0 for a mask without weights. @throws {DisposedError} */
  get sparsity(): number {
    const length = this.rows * this.columns;
    return length === 0 ? 0 : (length - this.count) / length;
  }

  /**
   * Whether a weight is kept.
   *
   * @param i  row, from 0
   * @param j  column, from 0
   * @returns 1 = kept, 0 = pruned
   * @throws {ArgumentTypeError | ArgumentRangeError} when there is no such weight
   * @throws {DisposedError}
   */
  get(i: number, j: number): 0 | 1 {
    checkInteger("i", i, 0, this.rows - 1);
    checkInteger("j", j, 0, this.columns - 1);
    const [word] = this.core.u32(this.ptr + 4 * (i * this.strideWords + (j >>> 5)), 1);
    return ((word >>> (j & 31)) & 1) as 0 | 1;
  }

  /**
   * All words, row by row, as a live view: take a new one after anything that allocates. Who writes to it
   * leaves the bits beyond the last column of a row 0.
   *
   * @throws {DisposedError}
   */
  words(): Uint32Array<ArrayBuffer> {
    return this.core.u32(this.ptr, this.rows * this.strideWords);
  }

  /**
   * Takes over all bits. Writes nothing when it throws.
   *
   * @param bits  of the same shape
   * @returns this mask
   * @throws {ArgumentTypeError | ArgumentRangeError} when there is something other than 0 and 1
   * @throws {ShapeError} when their number or shape is another
   * @throws {DisposedError}
   */
  copyFrom(bits: MaskBits): this {
    this.words().set(wordsOf(bits, this.rows, this.columns));
    return this;
  }

  /** One 0 or 1 per weight, row by row: a copy. @throws {DisposedError} */
  toArray(): Uint8Array<ArrayBuffer> {
    const { rows, columns, strideWords } = this;
    const words = this.words();
    const bits = new Uint8Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        bits[i * columns + j] = (words[i * strideWords + (j >>> 5)] >>> (j & 31)) & 1;
      }
    }
    return bits;
  }

  /**
   * Keeps or prunes every weight.
   *
   * @param bit  1 or true = keep, 0 or false = prune
   * @returns this mask
   * @throws {ArgumentTypeError | ArgumentRangeError} when it is something else
   * @throws {DisposedError}
   */
  fill(bit: 0 | 1 | boolean): this {
    const words = this.words().fill(checkBit("bit", bit) ? 0xffffffff : 0);
    clearPadding(words, this.rows, this.columns);
    return this;
  }

  /**
   * Whether another mask has the same shape and the same bits.
   *
   * @param other  a mask of any core
   * @throws {ArgumentTypeError} when it is no mask
   * @throws {DisposedError} when either has ended
   */
  equals(other: Mask): boolean {
    checkInstance("other", other, Mask);
    if (this.rows !== other.rows || this.columns !== other.columns) return false;
    const theirs = other.words();
    return this.words().every((word, index) => word === theirs[index]);
  }
}

/** Bits of any accepted kind as packed words, padding 0. */
function wordsOf(bits: MaskBits, rows: number, columns: number): Uint32Array {
  if (bits instanceof Mask) return checkShape("bits", bits, rows, columns).words().slice();
  const kind = kindOf(bits);
  if (kind === "Uint32Array") return checkedWords(bits as Uint32Array, rows, columns);
  if (kind === "Uint8Array" || Array.isArray(bits)) return pack(bits, rows, columns);
  const kinds = "a Uint8Array or array of 0 and 1, a Uint32Array of words or a Mask";
  throw new ArgumentTypeError(`"bits" expected ${kinds}, got ${describe(bits)}`);
}

function checkedWords(words: Uint32Array, rows: number, columns: number): Uint32Array {
  const strideWords = Math.ceil(columns / WORD_BITS);
  if (words.length !== rows * strideWords) {
    const expected = `${rows * strideWords} words (${rows} rows of ${strideWords})`;
    throw new ShapeError(`"bits" expected ${expected}, got ${words.length}`);
  }
  const copy = plainArray(words).slice();
  clearPadding(copy, rows, columns);
  return copy;
}

function pack(bits: ArrayLike<number | boolean>, rows: number, columns: number): Uint32Array {
  checkLength("bits", bits, rows, columns);
  const strideWords = Math.ceil(columns / WORD_BITS);
  const words = new Uint32Array(rows * strideWords);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const index = i * columns + j;
      const bit = bits[index];
      if (bit === 1 || bit === true) words[i * strideWords + (j >>> 5)] |= 1 << (j & 31);
      else if (bit !== 0 && bit !== false) throw notABit(`bits[${index}]`, bit);
    }
  }
  return words;
}

function clearPadding(words: Uint32Array, rows: number, columns: number): void {
  const used = columns % WORD_BITS;
  if (used === 0) return;
  const strideWords = Math.ceil(columns / WORD_BITS);
  for (let i = 1; i <= rows; i++) words[i * strideWords - 1] &= 0xffffffff >>> (WORD_BITS - used);
}

function checkBit(name: string, bit: unknown): boolean {
  if (bit === 1 || bit === true) return true;
  if (bit === 0 || bit === false) return false;
  throw notABit(name, bit);
}

function notABit(name: string, bit: unknown): Error {
  const Refusal = typeof bit === "number" ? ArgumentRangeError : ArgumentTypeError;
  return new Refusal(`"${name}" expected 0 or 1, got ${describe(bit)}`);
}
