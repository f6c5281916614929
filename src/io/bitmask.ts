/**
 * Sparse matrices in safetensors files, as bit mask and values: three tensors a matrix.
 *
 *   NAME.bitmask  U8   rows × ⌈columns / 8⌉, 1 = kept; column j is bit j & 7 of byte j >> 3, padding bits 0
 *   NAME.values   F32  the kept weights, row after row
 *   NAME.shape    I64  rows, columns
 */
import { FormatError } from "../errors.js";
import type { Bitmask } from "../sparse/bitmask.js";
import { member } from "./member.js";
import { isShape, shown, type Tensor } from "./tensor.js";

/**
 * A matrix as the tensors of a file.
 *
 * @param name  of the matrix
 * @param stored  as `packBitmask` gives it
 * @returns three tensors by name, for `writeSafetensors`
 */
export function bitmaskTensors(name: string, stored: Bitmask): Map<string, Tensor> {
  const { rows, columns, bits, values } = stored;
  return new Map<string, Tensor>([
    [`${name}.bitmask`, { dtype: "U8", shape: [rows, Math.ceil(columns / 8)], data: bits }],
    [`${name}.values`, { dtype: "F32", shape: [values.length], data: values }],
    [`${name}.shape`, { dtype: "I64", shape: [2], data: BigInt64Array.of(BigInt(rows), BigInt(columns)) }],
  ]);
}

/** The names of the matrices that a file holds in this form. */
export function bitmaskNames(tensors: ReadonlyMap<string, Tensor>): string[] {
  const suffix = ".bitmask";
  return [...tensors.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length));
}

/**
 * The matrix that a file holds under a name, for `unpackBitmask`.
 *
 * @param tensors  of `readSafetensors`
 * @param name  of the matrix
 * @returns views of the tensors
 * @throws {FormatError} when a tensor is missing or they do not fit each other; it names the tensor, what was
 *   expected and what was found
 */
export function readBitmask(tensors: ReadonlyMap<string, Tensor>, name: string): Bitmask {
  const size = member(
    tensors,
    `${name}.shape`,
    "I64",
    "[2]",
    ([length, ...more]) => length === 2 && !more.length,
  );
  const [rows, columns] = Array.from(size, Number);
  if (!isShape([rows, columns])) {
    throw new FormatError(
      `tensor ${shown(`${name}.shape`)} expected rows and columns, found ${size.join(" × ")}`,
    );
  }
  const rowBytes = Math.ceil(columns / 8);
  const bits = member(
    tensors,
    `${name}.bitmask`,
    "U8",
    `[${rows}, ${rowBytes}]`,
    (shape) => shape.length === 2 && shape[0] === rows && shape[1] === rowBytes,
  );
  const kept = countBits(name, bits, columns);
  const isList = (shape: readonly number[]) => shape.length === 1 && shape[0] === kept;
  const values = member(tensors, `${name}.values`, "F32", `[${kept}], one a bit`, isList);
  return { rows, columns, bits, values };
}

/** Kept weights; refuses bits beyond the last column, which another reader might count. */
function countBits(name: string, bits: Uint8Array, columns: number): number {
  let count = 0;
  for (let byte of bits) for (; byte; byte &= byte - 1) count++;
  if (columns % 8 === 0) return count;
  const rowBytes = Math.ceil(columns / 8);
  for (let end = rowBytes; end <= bits.length; end += rowBytes) {
    if (bits[end - 1] >> (columns % 8) === 0) continue;
    const found = `some in row ${end / rowBytes - 1}`;
    throw new FormatError(
      `tensor ${shown(`${name}.bitmask`)} expected no bits beyond column ${columns}, found ${found}`,
    );
  }
  return count;
}
