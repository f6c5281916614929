/**
 * ONNX's TensorProto: sizes, a type and values in one of several fields. Float tensors can be read and written
 * anew in the field they stand in; of others only name, sizes and type are known.
 *
 * Source: onnx.proto of onnx/onnx.
 */
import { checkFinite, checkLength } from "../../check.js";
import { ArgumentRangeError, FormatError } from "../../errors.js";
import { f16FromF32, f32FromF16 } from "../half.js";
import { countOf, isShape, shown, shownShape } from "../tensor.js";
import { type Edit, type Fields, joined, type Message, varint, wire } from "./wire.js";

/** A tensor where it stands in the file. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Its values can be read and replaced: float32 or float16. */
  readonly isFloat: boolean;
  readonly isHalf: boolean;
  /** ONNX's number of its type: 1 is float32, 7 is int64, 10 is float16. */
  readonly type: number;
  readonly message: Message;
}

const float32 = 1;
const int64 = 7;
const float16 = 10;
const external = 1;
const fields = {
  dims: 1,
  type: 2,
  segment: 3,
  floats: 4,
  integers: 5,
  longs: 7,
  name: 8,
  raw: 9,
  files: 13,
  location: 14,
};

/** ONNX's element types that weights have, by number: name, bytes of one, and whether it is a real number. */
export const elementTypes: Readonly<
  Record<number, { readonly name: string; readonly bytes: number; readonly isReal: boolean }>
> = {
  1: { name: "float32", bytes: 4, isReal: true },
  2: { name: "uint8", bytes: 1, isReal: false },
  3: { name: "int8", bytes: 1, isReal: false },
  10: { name: "float16", bytes: 2, isReal: true },
  11: { name: "float64", bytes: 8, isReal: true },
  16: { name: "bfloat16", bytes: 2, isReal: true },
  17: { name: "float8e4m3fn", bytes: 1, isReal: true },
  18: { name: "float8e4m3fnuz", bytes: 1, isReal: true },
  19: { name: "float8e5m2", bytes: 1, isReal: true },
  20: { name: "float8e5m2fnuz", bytes: 1, isReal: true },
  21: { name: "uint4", bytes: 0.5, isReal: false },
  22: { name: "int4", bytes: 0.5, isReal: false },
  23: { name: "float4e2m1", bytes: 0.5, isReal: true },
};

/** As in NumPy; real tensors have 6 at most. */
const dimsLimit = 64;

/**
 * @param message  a TensorProto
 * @returns the tensor; the sizes of a float one are those of its values
 * @throws {FormatError} when it is broken, or its values are in another file
 */
export function readTensor(message: Message): OnnxTensor {
  const dims: number[] = [];
  let [name, type, location, isPart] = ["", 0, 0, false];
  for (const field = message.fields(); field.next(); ) {
    if (field.number === fields.dims) {
      for (const size of field.integers()) if (dims.push(size) > dimsLimit) break;
    } else if (field.number === fields.type) type = field.integer();
    else if (field.number === fields.name) name = field.text();
    else if (field.number === fields.location) location = field.integer();
    else if (field.number === fields.segment) isPart = true;
  }
  if (!isShape(dims) || dims.length > dimsLimit)
    throw refusal(name, `at most ${dimsLimit} sizes ≥ 0`, shownShape(dims));
  if (location === external) {
    const where = shown(fileOf(message));
    throw refusal(name, "its values in the model's own file", `them in ${where}: save the model as one file`);
  }
  if (isPart) throw refusal(name, "a whole tensor", "a segment of one");
  const isHalf = type === float16;
  const isFloat = type === float32 || isHalf;
  const tensor = { name, dims, isFloat, isHalf, type, message };
  if (isFloat) checkCount(tensor);
  return tensor;
}

/** The value of "location" among the entries that describe external data. */
function fileOf(message: Message): string {
  for (const field = message.fields(); field.next(); ) {
    if (field.number !== fields.files) continue;
    let [key, value] = ["", ""];
    for (const entry = field.message().fields(); entry.next(); ) {
      if (entry.number === 1) key = entry.text();
      if (entry.number === 2) value = entry.text();
    }
    if (key === "location") return value;
  }
  return "another file";
}

/** @returns the values of an int64 tensor of few; empty for another one, or a longer one */
export function wholeNumbersOf({ type, message }: OnnxTensor): number[] {
  const values: number[] = [];
  if (type !== int64) return values;
  for (const field = message.fields(); field.next(); ) {
    if (field.end - field.start > 8 * dimsLimit) continue;
    if (field.number === fields.longs) values.push(...field.integers());
    if (field.number !== fields.raw) continue;
    const view = viewOf(message.file.bytes, field.start, field.end);
    for (let at = 0; at + 8 <= view.byteLength; at += 8) values.push(Number(view.getBigInt64(at, true)));
  }
  return values;
}

/**
 * @param tensor  a float one
 * @returns its values in row-major order; a copy, float16 widened
 */
export function valuesOf(tensor: OnnxTensor): Float32Array {
  const length = countOf(tensor.dims);
  const [values, halves] = [
    new Float32Array(tensor.isHalf ? 0 : length),
    new Uint16Array(tensor.isHalf ? length : 0),
  ];
  let at = 0;
  for (const { field, itemBytes, count } of pieces(tensor)) {
    const view = viewOf(tensor.message.file.bytes, field.start, field.end);
    if (itemBytes === 0) for (const bits of field.integers()) halves[at++] = bits;
    else if (itemBytes === 4)
      for (let item = 0; item < count; item++) values[at++] = view.getFloat32(4 * item, true);
    else for (let item = 0; item < count; item++) halves[at++] = view.getUint16(2 * item, true);
  }
  return tensor.isHalf ? f32FromF16(halves) : values;
}

/**
 * Values that are not 0, or −0. Of quantized ones, and of real ones that are not in raw data or narrower than a byte,
 * all count.
 */
export function keptOf(tensor: OnnxTensor): number {
  const { type, dims, isFloat, message } = tensor;
  if (isFloat) return valuesOf(tensor).reduce((count, value) => count + Number(value !== 0), 0);
  const { bytes, isReal } = elementTypes[type];
  let zeros = 0;
  for (const field = message.fields(); isReal && bytes >= 1 && field.next(); ) {
    if (field.number !== fields.raw || field.type !== wire.bytes) continue;
    const raw = message.file.bytes.subarray(field.start, field.end);
    for (let at = 0; at + bytes <= raw.length; at += bytes)
      if (raw.subarray(at, at + bytes).every((byte, b) => (b < bytes - 1 ? byte : byte & 0x7f) === 0))
        zeros++;
  }
  return countOf(dims) - zeros;
}

/**
 * @param tensor  a float one
 * @param values  as many, in row-major order, finite; for float16 they are rounded to nearest, ties to even
 * @returns the edits that put them in place of the old ones, in the fields that hold these
 * @throws {ShapeError} when there are more or fewer
 * @throws {NonFiniteError} when one is NaN or infinite
 * @throws {ArgumentRangeError} when one is beyond the range of float16
 */
export function valueEdits(tensor: OnnxTensor, values: Float32Array): Edit[] {
  const { name, message, isHalf } = tensor;
  checkFinite(name, checkLength(name, values, 1, countOf(tensor.dims)));
  const halves = isHalf ? f16FromF32(values) : undefined;
  const over = halves?.findIndex((bits) => (bits & 0x7c00) === 0x7c00) ?? -1;
  if (over >= 0)
    throw new ArgumentRangeError(`"${name}" expected values within float16's ± 65504, got ${values[over]}`);
  const content = message.file.bytes.slice(message.start, message.end);
  const edits: Edit[] = [{ within: message, start: message.start, end: message.end, bytes: content }];
  let at = 0;
  for (const { field, itemBytes, count } of pieces(tensor)) {
    const { lengthAt, start, end } = field;
    if (itemBytes === 0) {
      const packed = joined([...halves!.subarray(at, at + count)].map(varint));
      edits.push({ within: message, start: lengthAt, end, bytes: joined([varint(packed.length), packed]) });
    } else {
      const view = viewOf(content, start - message.start, end - message.start);
      for (let item = 0; item < count; item++) {
        if (halves) view.setUint16(2 * item, halves[at + item], true);
        else view.setFloat32(4 * item, values[at + item], true);
      }
    }
    at += count;
  }
  // Varints change in length, so their fields are replaced one by one; other values stand in the copy.
  return edits.length > 1 ? edits.slice(1) : edits;
}

interface Piece {
  readonly field: Fields;
  /** Of one value; 0 for varints. */
  readonly itemBytes: number;
  readonly count: number;
}

/** The fields with values of a float tensor. @throws {FormatError} when one does not hold whole values */
function* pieces({ name, isHalf, message }: OnnxTensor): Generator<Piece> {
  for (const field = message.fields(); field.next(); ) {
    const lengthBytes = field.end - field.start;
    if (field.number === fields.integers && isHalf && field.type === wire.bytes) {
      let count = 0;
      for (const bits of field.integers()) {
        if (bits < 0 || bits > 0xffff) throw refusal(name, "the 16 bits of a float16", `${bits}`);
        count++;
      }
      yield { field, itemBytes: 0, count };
      continue;
    }
    const isRaw = field.number === fields.raw && field.type === wire.bytes;
    const isFloats =
      field.number === fields.floats && (field.type === wire.bytes || field.type === wire.fixed32);
    if (!isRaw && !(isFloats && !isHalf)) continue;
    const itemBytes = isHalf ? 2 : 4;
    if (lengthBytes % itemBytes > 0)
      throw refusal(name, `values of ${itemBytes} bytes`, `${lengthBytes} bytes in one field`);
    yield { field, itemBytes, count: lengthBytes / itemBytes };
  }
}

/** @throws {FormatError} when a float tensor has more or fewer values than its sizes say, or has them twice */
function checkCount(tensor: OnnxTensor): void {
  const { name, dims } = tensor;
  const counts = new Map<number, number>();
  for (const { field, count } of pieces(tensor)) {
    if (count > 0 && field.number === fields.raw && counts.has(fields.raw))
      throw refusal(name, "raw data once", "it twice");
    if (count > 0) counts.set(field.number, (counts.get(field.number) ?? 0) + count);
  }
  if (counts.size > 1) throw refusal(name, "values in one field", `them in ${counts.size}`);
  const [count = 0] = counts.values();
  if (count !== countOf(dims))
    throw refusal(name, `${countOf(dims)} values for ${shownShape(dims)}`, `${count}`);
}

function refusal(name: string, expected: string, found: string): FormatError {
  return new FormatError(`onnx tensor ${shown(name)} expected ${expected}, found ${found}`);
}

const viewOf = (bytes: Uint8Array, start: number, end: number): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
