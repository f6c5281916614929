/**
 * NumPy's .npy: one array.
 *
 *   6 bytes   "\x93NUMPY", then the version: major, minor
 *   u16, u32  length of the header in bytes (version 1; versions 2 and 3), little-endian
 *   header    a Python dict: { 'descr': '<f4', 'fortran_order': False, 'shape': (3, 4) }, ends in a newline
 *   data      values in row-major order, or column-major with 'fortran_order': True, up to the end of the file;
 *             little-endian, or big-endian where descr begins with >
 *
 * Source: NumPy Enhancement Proposal 1.
 */
import { ArgumentTypeError, FormatError } from "../errors.js";
import type { Dtype, Tensor } from "./tensor.js";
import {
  bytesOf,
  checkBytes,
  checkTensor,
  countOf,
  isShape,
  itemBytes,
  shown,
  shownShape,
  swapped,
  tensorAt,
  unshared,
} from "./tensor.js";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** As in numpy.load. */
const headerLimitBytes = 10_000;

const descriptions = new Map<string, Dtype>([
  ["<f8", "F64"],
  ["<f4", "F32"],
  ["<i8", "I64"],
  ["<u8", "U64"],
  ["<i4", "I32"],
  ["<u4", "U32"],
  ["<f2", "F16"],
  ["<i2", "I16"],
  ["<u2", "U16"],
  ["|i1", "I8"],
  ["|u1", "U8"],
  ["|b1", "BOOL"],
]);

/**
 * Reads a .npy file.
 *
 * @param bytes  the whole file
 * @returns the array, row after row; a view of `bytes` where it stands so, in the host's byte order and aligned, a copy
 *   elsewhere
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when the file is broken or not numeric
 */
export function readNpy(bytes: Uint8Array): Tensor {
  checkBytes(bytes);
  if (bytes.length < 10 || magic.some((byte, index) => bytes[index] !== byte)) {
    throw new FormatError(
      `npy file expected to start with "\\x93NUMPY" and a version, found ${bytes.length} other bytes`,
    );
  }
  const major = bytes[6];
  if (major < 1 || major > 3)
    throw new FormatError(`npy file expected version 1, 2 or 3, found ${major}.${bytes[7]}`);
  const headerStart = major === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const declared =
    major === 1 ? view.getUint16(8, true) : bytes.length < 12 ? Infinity : view.getUint32(8, true);
  const limit = Math.min(Math.max(bytes.length - headerStart, 0), headerLimitBytes);
  if (declared > limit)
    throw new FormatError(`npy header expected at most ${limit} bytes, found a length of ${declared}`);
  const start = headerStart + declared;
  const { dtype, isSwapped, shape, isColumnMajor } = parseHeader(bytes.subarray(headerStart, start));
  const lengthBytes = countOf(shape) * itemBytes(dtype);
  if (lengthBytes !== bytes.length - start) {
    throw new FormatError(
      `npy data expected ${lengthBytes} bytes for ${dtype} ${shownShape(shape)}, ` +
        `found ${bytes.length - start}`,
    );
  }
  const tensor = isSwapped
    ? tensorAt(swapped(bytes.subarray(start), itemBytes(dtype)), 0, dtype, shape)
    : tensorAt(bytes, start, dtype, shape);
  return isColumnMajor ? rowMajor(tensor) : tensor;
}

/** The same array with its values in row-major order, of one where they are in column-major order. */
function rowMajor(tensor: Tensor): Tensor {
  const { shape, data } = tensor;
  const strides = shape.map((_, axis) => countOf(shape.slice(axis + 1)));
  const index = shape.map(() => 0);
  const copy = new (data.constructor as Uint8ArrayConstructor)(data.length);
  for (let from = 0, to = 0; from < data.length; from++) {
    copy[to] = data[from] as number;
    // The first axis runs fastest; where one ends, it starts again and the next goes on.
    for (let axis = 0; axis < shape.length; axis++) {
      to += strides[axis];
      if (++index[axis] < shape[axis]) break;
      to -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { ...tensor, data: copy } as Tensor;
}

/**
 * Writes a .npy file: version 1, data at a multiple of 64 bytes, as `numpy.save` does.
 *
 * @param tensor  of any shape
 * @throws {ArgumentTypeError} when array and dtype disagree or NumPy has no such dtype
 * @throws {ShapeError} when there are more or fewer values than the shape says
 */
export function writeNpy(tensor: Tensor): Uint8Array {
  checkTensor("tensor", tensor);
  const description = [...descriptions].find(([, dtype]) => dtype === tensor.dtype)?.[0];
  if (!description)
    throw new ArgumentTypeError(`"tensor" expected a dtype that NumPy has, got ${tensor.dtype}`);
  // NumPy arrays have at most 64 dimensions, so the header always fits into version 1.
  const { shape } = tensor;
  if (shape.length > 64)
    throw new ArgumentTypeError(`"tensor" expected at most 64 dimensions, got ${shape.length}`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${description}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const file = new Uint8Array(start + tensor.data.byteLength);
  file.set([...magic, 1, 0]);
  new DataView(file.buffer).setUint16(8, start - 10, true);
  file.set(new TextEncoder().encode(`${header.padEnd(start - 11)}\n`), 10);
  file.set(bytesOf(tensor.data), start);
  return file;
}

const entry =
  /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\s,]*\))\s*(,|(?=\}))/y;

interface Header {
  readonly dtype: Dtype;
  readonly shape: number[];
  /** Whether the bytes of a value are in the other order than the host's. */
  readonly isSwapped: boolean;
  readonly isColumnMajor: boolean;
}

function parseHeader(bytes: Uint8Array): Header {
  const text = new TextDecoder("latin1").decode(unshared(bytes)).trim();
  const found = new Map<string, string>();
  entry.lastIndex = text.startsWith("{") ? 1 : text.length;
  let end = entry.lastIndex;
  for (let match = entry.exec(text); match; match = entry.exec(text)) {
    if (found.has(match[2]))
      throw new FormatError(`npy header expected each key once, found '${match[2]}' twice`);
    found.set(match[2], match[3]);
    end = entry.lastIndex;
  }
  if (found.size !== 3 || text.slice(end).trim() !== "}") {
    throw new FormatError(
      `npy header expected 'descr', 'fortran_order' and 'shape' of a plain array, found ${shown(text)}`,
    );
  }
  const { descr, shape: tuple, fortran_order: order } = Object.fromEntries(found);
  if (order !== "True" && order !== "False")
    throw new FormatError(`npy 'fortran_order' expected True or False, found ${shown(order)}`);
  const shape = shapeOf(tuple);
  // One dimension has one order, and NumPy then writes True at times.
  const isColumnMajor = order === "True" && shape.length > 1;
  return { dtype: dtypeOf(descr), shape, isSwapped: descr[1] === ">", isColumnMajor };
}

function dtypeOf(quoted: string): Dtype {
  const dtype = descriptions.get(quoted.slice(1, -1).replace(/^>(?=\D[248]$)/, "<"));
  if (dtype) return dtype;
  throw new FormatError(
    `npy 'descr' expected one of ${[...descriptions.keys()].join(" ")}, found ${shown(quoted)}`,
  );
}

function shapeOf(tuple: string): number[] {
  const parts = tuple.slice(1, -1).split(",");
  // `(3,)` is a tuple, `(3)` a number.
  const isClosed = parts.at(-1)?.trim() === "";
  if (isClosed) parts.pop();
  const shape = parts.map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (tuple.startsWith("(") && isShape(shape) && (shape.length !== 1 || isClosed)) return shape;
  throw new FormatError(`npy 'shape' expected a tuple of whole numbers, found ${shown(tuple)}`);
}
