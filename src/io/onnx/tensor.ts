/**
 * ONNX's TensorProto: sizes, a type and values in one of several fields. Float tensors can be read and written
 * anew in the field they stand in; of others only name, sizes and type are known.
 *
 * Source: onnx.proto of onnx/onnx.
 */
import { checkFinite, checkLength } from "../../check.js";
import { ArgumentRangeError, FormatError } from "../../errors.js";
import { f16FromF32, f32FromF16 } from "../half.js";
import { bytesOf, countOf, isShape, shown, shownShape } from "../tensor.js";
import type { DataFiles, ExternalRange } from "./external.js";
import { type Edit, type Fields, field, joined, type Message, varint, wire } from "./wire.js";

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
  /** Of values in a file beside the model. */
  readonly external: ExternalRange | undefined;
  readonly files: DataFiles;
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
 * @param files  beside the model
 * @returns the tensor; the sizes of a float one are those of its values
 * @throws {FormatError} when it is broken, or its values are in a file that is not there or too short
 */
export function readTensor(message: Message, files: DataFiles): OnnxTensor {
  const dims: number[] = [];
  const entries: Message[] = [];
  let [name, type, location, isPart] = ["", 0, 0, false];
  for (const field = message.fields(); field.next(); ) {
    if (field.number === fields.dims) {
      for (const size of field.integers()) if (dims.push(size) > dimsLimit) break;
    } else if (field.number === fields.type) type = field.integer();
    else if (field.number === fields.name) name = field.text();
    else if (field.number === fields.location) location = field.integer();
    else if (field.number === fields.files) entries.push(field.message());
    else if (field.number === fields.segment) isPart = true;
  }
  if (!isShape(dims) || dims.length > dimsLimit)
    throw refusal(name, `at most ${dimsLimit} sizes ≥ 0`, shownShape(dims));
  if (isPart) throw refusal(name, "a whole tensor", "a segment of one");
  const isHalf = type === float16;
  const isFloat = type === float32 || isHalf;
  const known = elementTypes[type];
  const lengthBytes = known && Math.ceil(countOf(dims) * known.bytes);
  const range =
    location === external
      ? files.rangeOf(entries, lengthBytes, (expected, found) => refusal(name, expected, found))
      : undefined;
  const tensor = { name, dims, isFloat, isHalf, type, message, external: range, files };
  if (isFloat && !range) checkCount(tensor);
  return tensor;
}

/** @returns the values of an int64 tensor of few; empty for another one, or a longer one */
export function wholeNumbersOf({ type, dims, message, external, files }: OnnxTensor): number[] {
  const values: number[] = [];
  if (type !== int64 || countOf(dims) > dimsLimit) return values;
  if (external) return longsIn(files.read(external));
  for (const field = message.fields(); field.next(); ) {
    if (field.end - field.start > 8 * dimsLimit) continue;
    if (field.number === fields.longs) values.push(...field.integers());
    if (field.number !== fields.raw) continue;
    values.push(...longsIn(message.file.bytes.subarray(field.start, field.end)));
  }
  return values;
}

function longsIn(bytes: Uint8Array): number[] {
  const view = viewOf(bytes, 0, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) =>
    Number(view.getBigInt64(8 * i, true)),
  );
}

/**
 * @param tensor  a float one
 * @returns its values in row-major order; a copy, float16 widened
 */
export function valuesOf(tensor: OnnxTensor): Float32Array {
  const { external, files } = tensor;
  if (external) return floatsIn(files.read(external), tensor.isHalf);
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
  const { type, dims, isFloat, external } = tensor;
  const { bytes, isReal } = elementTypes[type];
  let zeros = 0;
  if (isFloat && !external) zeros = valuesOf(tensor).reduce((count, value) => count + Number(value === 0), 0);
  else if (isReal && bytes >= 1)
    for (const raw of rawOf(tensor))
      for (let at = 0; at + bytes <= raw.length; at += bytes) zeros += Number(isZero(raw, at, bytes));
  return countOf(dims) - zeros;
}

/** Whether all bits but the sign's are 0. */
function isZero(raw: Uint8Array, at: number, bytes: number): boolean {
  for (let b = 0; b < bytes - 1; b++) if (raw[at + b] !== 0) return false;
  return (raw[at + bytes - 1] & 0x7f) === 0;
}

/** Bytes of a file that are looked at together: whole values of any type. */
const CHUNK = 2 ** 24;

/** The raw data of a tensor, in the file or beside it; nothing when its values stand in other fields. */
function* rawOf({ message, external, files }: OnnxTensor): Generator<Uint8Array> {
  if (external) {
    const { file, start, end } = external;
    for (let at = start; at < end; at += CHUNK)
      yield files.read({ file, start: at, end: Math.min(end, at + CHUNK) });
    return;
  }
  for (const field = message.fields(); field.next(); )
    if (field.number === fields.raw && field.type === wire.bytes)
      yield message.file.bytes.subarray(field.start, field.end);
}

function floatsIn(bytes: Uint8Array, isHalf: boolean): Float32Array {
  const { buffer } = new Uint8Array(bytes);
  return isHalf ? f32FromF16(new Uint16Array(buffer)) : new Float32Array(buffer);
}

/** Values as the bytes of a float tensor, checked as by `valueEdits`. */
export function bytesOfValues(tensor: OnnxTensor, values: Float32Array): Uint8Array {
  const halves = halvesOf(tensor, values);
  return bytesOf(halves ?? values.slice());
}

/** A tensor of a file beside the model with its values in it. */
export function inlineEdit({ message }: OnnxTensor, values: Uint8Array): Edit {
  const kept: Uint8Array[] = [];
  for (const one = message.fields(); one.next(); )
    if (one.number !== fields.files && one.number !== fields.location)
      kept.push(message.file.bytes.subarray(one.fieldAt, one.end));
  const bytes = joined([...kept, field(fields.raw, values)]);
  return { within: message, start: message.start, end: message.end, bytes };
}

/** Another name for the file beside the model. */
export function renameEdit({ location }: ExternalRange, name: string): Edit {
  let edit: Edit = { within: location, start: location.end, end: location.end, bytes: field(2, name) };
  for (const one = location.fields(); one.next(); )
    if (one.number === 2)
      edit = { within: location, start: one.fieldAt, end: one.end, bytes: field(2, name) };
  return edit;
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
  const { message } = tensor;
  const halves = halvesOf(tensor, values);
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

/** Values as float16 where the tensor is of that. */
function halvesOf({ name, dims, isHalf }: OnnxTensor, values: Float32Array): Uint16Array | undefined {
  checkFinite(name, checkLength(name, values, 1, countOf(dims)));
  const halves = isHalf ? f16FromF32(values) : undefined;
  const over = halves?.findIndex((bits) => (bits & 0x7c00) === 0x7c00) ?? -1;
  if (over < 0) return halves;
  throw new ArgumentRangeError(`"${name}" expected values within float16's ± 65504, got ${values[over]}`);
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
