/**
 * What the readers of this folder return and its writers take: a dtype by its safetensors name, a shape and
 * the values in row-major order. Float formats that JavaScript has no array for stay as their bits.
 */
import { checkAttached, checkMap, checkObject, checkString } from "../check.js";
import { ArgumentTypeError, FormatError, ShapeError } from "../errors.js";
import { f32FromBf16, f32FromF16 } from "./half.js";

/** The array that holds each dtype. `F16`, `BF16` and the `F8` kinds are bit patterns, `BOOL` is 0 or 1. */
export interface ArrayOf {
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I16: Int16Array;
  U16: Uint16Array;
  F8_E4M3: Uint8Array;
  F8_E5M2: Uint8Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** A type of numbers by its safetensors name. */
export type Dtype = keyof ArrayOf;

/** An array of numbers with its dtype and shape, values in row-major order; a shape of [] is one number. */
export type Tensor<D extends Dtype = Dtype> = {
  [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: ArrayOf[K] };
}[D];

const constructors = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** All of them, for messages. */
export const dtypes = Object.keys(constructors) as Dtype[];

/** Whether `name` is a dtype of ours. */
export const isDtype = (name: unknown): name is Dtype =>
  typeof name === "string" && Object.hasOwn(constructors, name);

/** Bytes of one value. */
export const itemBytes = (dtype: Dtype): number => constructors[dtype].BYTES_PER_ELEMENT;

/** Elements of a shape. Not exact above 2⁵³, NaN for 0 · ∞: compare it with a length that exists. */
export const countOf = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);

/** Whether `value` is a list of whole numbers that are ≥ 0 and exact. */
export const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  !value.includes(undefined) &&
  value.every((size) => Number.isSafeInteger(size) && size >= 0);

/**
 * The tensor whose values start at byte `start` of `bytes`: a view where the platform can address it, else
 * a copy. The caller has checked that the file reaches that far. Little-endian, as every host of WebAssembly.
 */
export function tensorAt<D extends Dtype>(
  bytes: Uint8Array,
  start: number,
  dtype: D,
  shape: number[],
): Tensor<D> {
  const count = countOf(shape);
  const address = bytes.byteOffset + start;
  const aligned = address % itemBytes(dtype) === 0;
  const source = aligned ? bytes : new Uint8Array(bytes.subarray(start, start + count * itemBytes(dtype)));
  const data = new constructors[dtype](source.buffer as ArrayBuffer, aligned ? address : 0, count);
  return { dtype, shape, data } as unknown as Tensor<D>;
}

/** The dtypes of `floatsOf`, for messages. */
export const FLOATS = "F32, F64, F16 or BF16";

/**
 * Real numbers as f32: narrower ones exactly, F64 rounded.
 *
 * @param tensor  of any type
 * @returns the tensor's own array when that is f32 already, undefined when the tensor holds no floats
 * @throws {ArgumentTypeError | ShapeError} when it is no tensor
 */
export function floatsOf(tensor: Tensor): Float32Array | undefined {
  checkTensor("tensor", tensor);
  const { dtype, data } = tensor;
  if (dtype === "F32") return data;
  if (dtype === "F64") return Float32Array.from(data);
  if (dtype === "F16") return f32FromF16(data);
  return dtype === "BF16" ? f32FromBf16(data) : undefined;
}

/** What stands in the place of a file that was not fetched, by how it begins. */
const STAND_INS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^version https:\/\/git-lfs\./, "a Git LFS pointer to it: git lfs pull fetches the file itself"],
  [
    /^(ï»¿)?\s*<(!doctype|html|head|\?xml)\b/i,
    "a web page: the address was of a page about the file, or of an error",
  ],
];

/** How files packed by gzip, bzip2, xz and zstd begin. */
const PACKED = ["\x1f\x8b\x08", "BZh", "\xfd7zXZ", "\x28\xb5\x2f\xfd"];

/**
 * @throws {ArgumentTypeError} when a reader is given anything but the bytes of a file
 * @throws {FormatError} when they are a web page, a Git LFS pointer, or packed, as a download leaves them
 */
export function checkBytes(bytes: unknown): void {
  const kind = ArrayBuffer.isView(bytes) ? (bytes as Uint8Array)[Symbol.toStringTag] : shown(bytes);
  if (kind !== "Uint8Array") throw new ArgumentTypeError(`"bytes" expected Uint8Array, got ${kind}`);
  const file = checkAttached("bytes", bytes as Uint8Array);
  const start = String.fromCharCode(...file.subarray(0, 64));
  const found = STAND_INS.find(([pattern]) => pattern.test(start));
  if (found) throw new FormatError(`file expected its own content, found ${found[1]}`);
  if (PACKED.some((first) => start.startsWith(first)))
    throw new FormatError(
      "file expected its own content, found it packed by gzip, bzip2, xz or zstd: unpack it",
    );
}

/**
 * As `checkBytes`, for formats whose files no text and no archive can be.
 *
 * @throws {ArgumentTypeError | FormatError} as `checkBytes`, and for text and archives
 */
export function checkBinary(bytes: unknown): void {
  checkBytes(bytes);
  const start = String.fromCharCode(...(bytes as Uint8Array).subarray(0, 64));
  const isText = /^[\t\n\r -~]{4,}$/.test(start);
  if (!isText && !start.startsWith("PK\x03\x04")) return;
  const found = isText ? `text, ${shown(start)}` : "a ZIP archive, as PyTorch's own files are";
  throw new FormatError(`file expected its own content, found ${found}`);
}

/** Values in the other byte order, `width` bytes each: a copy. */
export function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  if (width > 1) for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}

/** The bytes of an array; a view. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A copy with a buffer of its own: browsers decode no text in a buffer that is shared or may change its length. */
export const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/**
 * Refuses a tensor that no writer can write.
 *
 * @throws {ArgumentTypeError} when dtype, shape or array is of no known kind, or they disagree
 * @throws {ShapeError} when the array has more or fewer values than the shape says
 */
export function checkTensor(name: string, tensor: Tensor): void {
  const { dtype, shape, data } = checkObject(name, tensor);
  const refuse = (expected: string, got: string) =>
    new ArgumentTypeError(`"${name}" expected ${expected}, got ${got}`);
  if (!isDtype(dtype)) throw refuse(`a dtype out of ${dtypes.join(", ")}`, shown(dtype));
  if (!isShape(shape)) throw refuse("a shape of whole numbers ≥ 0", shown(shape));
  // The tag is the same in every realm, where `instanceof` is not.
  const kind = ArrayBuffer.isView(data) ? data[Symbol.toStringTag] : shown(data);
  if (kind !== constructors[dtype].name) throw refuse(`${dtype} data in ${constructors[dtype].name}`, kind);
  checkAttached(name, data as Uint8Array);
  const count = countOf(shape);
  if (count === data.length) return;
  throw new ShapeError(
    `"${name}" expected ${count} values for shape ${shownShape(shape)}, got ${data.length}`,
  );
}

/** @returns `tensors`, by name. @throws {ArgumentTypeError | ShapeError} at the first that is none */
export function checkTensors(tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  for (const [name, tensor] of checkMap("tensors", tensors))
    checkTensor(checkString("tensors", name), tensor);
  return tensors;
}

/** A value of unknown origin for a message: short, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value))
    return value.length <= 8 && value.every(isScalar) ? `[${value.join(", ")}]` : "a list";
  if (typeof value !== "object" || value === null) return String(value);
  return value instanceof ArrayBuffer ? "ArrayBuffer" : "an object";
}

/** A shape for a message, however long. */
export const shownShape = (shape: readonly number[]): string =>
  `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""}]`;

const isScalar = (value: unknown) => typeof value === "number" || typeof value === "boolean";
