/**
 * IDX, the format of the MNIST files: one array.
 *
 *   2 bytes   0
 *   1 byte    type: 8 u8, 9 i8, 11 i16, 12 i32, 13 f32, 14 f64
 *   1 byte    number of dimensions, then each as u32, big-endian
 *   data      big-endian values in row-major order, up to the end of the file
 *
 * Source: "The IDX file format", on the MNIST page of LeCun, Cortes and Burges.
 */
import { FormatError } from "../errors.js";
import type { Dtype, Tensor } from "./tensor.js";
import { checkBytes, countOf, itemBytes, shownShape, swapped, tensorAt } from "./tensor.js";

const types = new Map<number, Dtype>([
  [8, "U8"],
  [9, "I8"],
  [11, "I16"],
  [12, "I32"],
  [13, "F32"],
  [14, "F64"],
]);

/** Whether bytes begin as an IDX file does. */
export const isIdx = (bytes: Uint8Array): boolean => bytes[0] === 0 && bytes[1] === 0 && types.has(bytes[2]);

/**
 * Reads an IDX file.
 *
 * @param bytes  the whole file
 * @returns the array; bytes as a view of the file, wider types as a copy in the host's byte order
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when the file is broken
 */
export function readIdx(bytes: Uint8Array): Tensor {
  checkBytes(bytes);
  const start = 4 + 4 * bytes[3];
  const dtype = types.get(bytes[2]);
  if (!(bytes.length >= start) || bytes[0] !== 0 || bytes[1] !== 0 || !dtype) {
    const head = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(
      `IDX file expected 00 00, a type (08, 09, 0b to 0e) and its dimensions, found ${head || "nothing"}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: bytes[3] }, (_, index) => view.getUint32(4 + 4 * index));
  const width = itemBytes(dtype);
  const lengthBytes = countOf(shape) * width;
  if (lengthBytes !== bytes.length - start) {
    throw new FormatError(
      `IDX data expected ${lengthBytes} bytes for ${dtype} ${shownShape(shape)}, ` +
        `found ${bytes.length - start}`,
    );
  }
  if (width === 1) return tensorAt(bytes, start, dtype, shape);
  return tensorAt(swapped(bytes.subarray(start), width), 0, dtype, shape);
}
