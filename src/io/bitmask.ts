/**
 * Sparse matrices in safetensors files, as bit mask and values: the "sparse-bitmask" form of the Python package
 * compressed-tensors. Four tensors a matrix:
 *
 *   NAME.bitmask      U8   rows × ⌈columns / 8⌉, 1 = kept; column j is bit j & 7 of byte j >> 3, padding bits 0
 *   NAME.compressed   F32, F64, F16 or BF16  the kept weights, row after row
 *   NAME.row_offsets  I64  rows: where in these each row starts
 *   NAME.shape        I64  rows, columns
 *
 * Source: vllm-project/compressed-tensors, compressors/sparse_compressors/sparse_bitmask.py.
 */
import {
  checkInteger,
  checkLength,
  checkNumbers,
  checkString,
  checkTypedArray,
  plainArray,
} from "../check.js";
import { FormatError } from "../errors.js";
import { type Bitmask, checkBitmask } from "../sparse/bitmask.js";
import { member } from "./member.js";
import { checkTensors, FLOATS, floatsOf, isShape, shown, shownShape, type Tensor } from "./tensor.js";

const SUFFIX = ".bitmask";

/**
 * A matrix as the tensors of a file.
 *
 * @param name  of the matrix
 * @param stored  as `packBitmask` gives it
 * @returns four tensors by name, for `writeSafetensors`
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when a member does not fit
 */
export function bitmaskTensors(name: string, stored: Bitmask): Map<string, Tensor> {
  checkString("name", name);
  const { rows, columns, bits, values } = checkBitmask("stored", stored);
  const offsets = rowOffsets(rows, bits);
  checkLength("stored.values", values, offsets[rows], 1);
  return new Map<string, Tensor>([
    [name + SUFFIX, { dtype: "U8", shape: [rows, Math.ceil(columns / 8)], data: bits }],
    [`${name}.compressed`, { dtype: "F32", shape: [values.length], data: values }],
    [
      `${name}.row_offsets`,
      { dtype: "I64", shape: [rows], data: BigInt64Array.from(offsets.slice(0, rows), BigInt) },
    ],
    [`${name}.shape`, { dtype: "I64", shape: [2], data: BigInt64Array.of(BigInt(rows), BigInt(columns)) }],
  ]);
}

/**
 * The names of the matrices that a file holds in this form.
 *
 * @param tensors  of `readSafetensors`
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 */
export function bitmaskNames(tensors: ReadonlyMap<string, Tensor>): string[] {
  return [...checkTensors(tensors).keys()]
    .filter((key) => key.endsWith(SUFFIX))
    .map((key) => key.slice(0, -SUFFIX.length));
}

/**
 * The matrix that a file holds under a name, for `unpackBitmask`.
 *
 * @param tensors  of `readSafetensors`
 * @param name  of the matrix
 * @returns views of the tensors; values that are not f32 are converted
 * @throws {FormatError} when a tensor is missing or they do not fit each other; it names the tensor, what was
 *   expected and what was found
 */
export function readBitmask(tensors: ReadonlyMap<string, Tensor>, name: string): Bitmask {
  checkTensors(tensors);
  checkString("name", name);
  const is =
    (...expected: number[]) =>
    (shape: readonly number[]) =>
      shape.length === expected.length && shape.every((size, i) => size === expected[i]);
  const size = member(tensors, `${name}.shape`, "I64", "[2]", is(2));
  const [rows, columns] = Array.from(size, Number);
  if (!isShape([rows, columns])) {
    throw new FormatError(
      `tensor ${shown(`${name}.shape`)} expected rows and columns, found ${size.join(" × ")}`,
    );
  }
  const rowBytes = Math.ceil(columns / 8);
  const bits = member(tensors, name + SUFFIX, "U8", `[${rows}, ${rowBytes}]`, is(rows, rowBytes));
  const offsets = member(tensors, `${name}.row_offsets`, "I64", `[${rows}]`, is(rows));
  checkPadding(name, bits, columns);
  const counted = rowOffsets(rows, bits);
  const wrong = offsets.findIndex((offset, row) => Number(offset) !== counted[row]);
  if (wrong >= 0) {
    const found = `${offsets[wrong]} in row ${wrong}`;
    throw new FormatError(
      `tensor ${shown(`${name}.row_offsets`)} expected ${counted[wrong]}, found ${found}`,
    );
  }
  const key = `${name}.compressed`;
  const compressed = tensors.get(key);
  const values = compressed && is(counted[rows])(compressed.shape) ? floatsOf(compressed) : undefined;
  if (values) return { rows, columns, bits, values };
  const found = compressed ? `${compressed.dtype} ${shownShape(compressed.shape)}` : "none";
  throw new FormatError(
    `tensor ${shown(key)} expected ${FLOATS} [${counted[rows]}], one a bit, found ${found}`,
  );
}

/**
 * A dense matrix in this form.
 *
 * @param rows  outputs
 * @param columns  inputs
 * @param weights  rows × columns, row after row
 * @param mask  one number a weight, 0 = pruned. Default: what is not 0 is kept
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function bitmaskOf(
  rows: number,
  columns: number,
  weights: Float32Array,
  mask: ArrayLike<number> = weights,
): Bitmask {
  checkInteger("rows", rows);
  checkInteger("columns", columns);
  checkLength("weights", checkTypedArray("weights", weights, "Float32Array"), rows, columns);
  checkLength("mask", checkNumbers("mask", mask), rows, columns);
  const rowBytes = Math.ceil(columns / 8);
  const bits = new Uint8Array(rows * rowBytes);
  const values = plainArray(weights).filter((_, i) => {
    const column = i % columns;
    if (mask[i] !== 0) bits[((i - column) / columns) * rowBytes + (column >> 3)] |= 1 << (column & 7);
    return mask[i] !== 0;
  });
  return { rows, columns, bits, values };
}

/**
 * The dense matrix of a bit mask and values.
 *
 * @param stored  as `readBitmask` gives it
 * @returns weights, row after row, 0 where pruned, and one byte a weight, 1 = kept
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when a member does not fit
 */
export function denseOf(stored: Bitmask): { weights: Float32Array; mask: Uint8Array } {
  const { rows, columns, bits, values } = checkBitmask("stored", stored);
  const rowBytes = Math.ceil(columns / 8);
  const weights = new Float32Array(rows * columns);
  const mask = new Uint8Array(weights.length);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (((bits[row * rowBytes + (column >> 3)] >> (column & 7)) & 1) === 0) continue;
      mask[row * columns + column] = 1;
      weights[row * columns + column] = values[next++];
    }
  }
  checkLength("stored.values", values, next, 1);
  return { weights, mask };
}

/** Where each row's values start, and how many there are. */
function rowOffsets(rows: number, bits: Uint8Array): number[] {
  const rowBytes = bits.length / rows;
  const offsets = [0];
  for (let row = 0; row < rows; row++) {
    let count = offsets[row];
    for (let byte of bits.subarray(row * rowBytes, (row + 1) * rowBytes))
      for (; byte; byte &= byte - 1) count++;
    offsets.push(count);
  }
  return offsets;
}

/** Refuses bits beyond the last column, which another reader might count. */
function checkPadding(name: string, bits: Uint8Array, columns: number): void {
  if (columns % 8 === 0) return;
  const rowBytes = Math.ceil(columns / 8);
  for (let end = rowBytes; end <= bits.length; end += rowBytes) {
    if (bits[end - 1] >> (columns % 8) === 0) continue;
    const found = `some in row ${end / rowBytes - 1}`;
    throw new FormatError(
      `tensor ${shown(name + SUFFIX)} expected no bits beyond column ${columns}, found ${found}`,
    );
  }
}
