/** Bit mask and values: the form in which sparse matrices are stored and sent. */
import {
  checkInstance,
  checkInteger,
  checkLength,
  checkObject,
  checkShape,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { Core } from "../tensor/core.js";
import { Mask } from "../tensor/mask.js";
import { Matrix } from "../tensor/matrix.js";

/** A sparse matrix outside of a core. */
export interface Bitmask {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /**
   * 1 = kept: ⌈columns / 8⌉ bytes a row, column j is bit j & 7 of a row's byte j >> 3; bits beyond the last column
   * are 0.
   */
  readonly bits: Uint8Array;
  /** The kept weights, row after row. */
  readonly values: Float32Array;
}

/**
 * The kept weights of a matrix.
 *
 * @param weights  rows × columns
 * @param mask  the same shape, in the same core
 * @throws {ShapeError} when the shapes differ
 * @throws {ArgumentRangeError} when the cores do
 */
export function packBitmask(weights: Matrix, mask: Mask): Bitmask {
  checkInstance("weights", weights, Matrix);
  checkInstance("mask", mask, Mask);
  const { core, rows, columns } = checkShape("weights", weights, mask.rows, mask.columns);
  if (core !== mask.core) {
    throw new ArgumentRangeError('"mask" expected a mask in the core of "weights", got one in another');
  }
  const words = mask.words();
  const rowBytes = Math.ceil(columns / 8);
  const bits = new Uint8Array(rows * rowBytes);
  for (let i = 0; i * rowBytes < bits.length; i++) {
    const row = new Uint8Array(words.buffer, words.byteOffset + 4 * i * mask.strideWords, rowBytes);
    bits.set(row, i * rowBytes);
  }
  const values = core.scoped(() => {
    const packed = core.allocate(4 * mask.count);
    const { ptr, stride } = weights;
    const count = core.kernels.f32_bitmask_pack(
      rows,
      columns,
      ptr,
      stride,
      mask.ptr,
      mask.strideWords,
      packed,
    );
    return core.f32(packed, count).slice();
  });
  return { rows, columns, bits, values };
}

/**
 * @param name  the caller knows it by
 * @returns `stored`, its bits as many as its rows and columns say
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when a member does not fit
 */
export function checkBitmask(name: string, stored: Bitmask): Bitmask {
  const { bits, values } = checkObject(name, stored);
  const rows = checkInteger(`${name}.rows`, stored.rows, 0, 2 ** 32 - 1);
  const columns = checkInteger(`${name}.columns`, stored.columns, 0, 2 ** 32 - 1);
  checkTypedArray(`${name}.bits`, bits, "Uint8Array");
  checkLength(`${name}.bits`, bits, rows, Math.ceil(columns / 8));
  checkTypedArray(`${name}.values`, values, "Float32Array");
  return stored;
}

/**
 * A stored matrix as a dense one and its mask, in the core's memory.
 *
 * @param core  whose memory they take, until the innermost open scope ends
 * @param stored  bits beyond the last column of a row are not looked at
 * @returns weights, +0 where pruned, and mask
 * @throws {ArgumentTypeError | ArgumentRangeError} when a member is of the wrong kind
 * @throws {ShapeError} when bits or values are more or fewer than rows, columns and bits say
 * @throws {OutOfMemoryError}
 */
export function unpackBitmask(core: Core, stored: Bitmask): { weights: Matrix; mask: Mask } {
  checkInstance("core", core, Core);
  const { rows, columns, bits, values } = checkBitmask("stored", stored);
  const rowBytes = Math.ceil(columns / 8);
  const strideWords = Math.ceil(columns / 32);
  const words = new Uint32Array(rows * strideWords);
  const wordBytes = new Uint8Array(words.buffer);
  for (let i = 0; i * rowBytes < bits.length; i++) {
    wordBytes.set(bits.subarray(i * rowBytes, (i + 1) * rowBytes), 4 * i * strideWords);
  }
  const mask = core.mask(rows, columns, words);
  if (mask.count !== values.length) {
    throw new ShapeError(`"stored.values" expected ${mask.count} values, one a bit, got ${values.length}`);
  }
  const weights = core.matrix(rows, columns);
  core.scoped(() => {
    const packed = core.allocate(4 * values.length);
    core.f32(packed, values.length).set(values);
    const { ptr, stride } = weights;
    core.kernels.f32_bitmask_unpack(rows, columns, mask.ptr, mask.strideWords, packed, ptr, stride);
  });
  return { weights, mask };
}
