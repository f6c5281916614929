/** Values of ONNX's tensors and attributes, of every type that has numbers. */
import { FormatError } from "../errors.js";
import { f32FromBf16, f32FromF16 } from "../io/half.js";
import type { Attribute as OnnxAttribute } from "../io/onnx/graph.js";
import type { OnnxTensor } from "../io/onnx/tensor.js";
import { type Fields, wire } from "../io/onnx/wire.js";
import { ELEMENT_TYPES } from "../ops/elementwise.js";
import { type ElementType, newArray, sizeOf, type Tensor } from "../ops/ir.js";

const fields = { floats: 4, integers: 5, longs: 7, raw: 9, doubles: 10, unsigned: 11 };
const HALF = 10;
const BRAIN = 16;

/** How a value is read from raw bytes, by ONNX's number of its type. */
const RAW: Readonly<Record<number, { bytes: number; read: (view: DataView, at: number) => number }>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 1, read: (view, at) => view.getInt8(at) },
  4: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  5: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  6: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  7: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { bytes: 1, read: (view, at) => view.getUint8(at) },
  10: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  12: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  13: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
};

/** The element type that ONNX's number stands for. @throws {FormatError} when there is none here */
export function elementTypeOf(type: number, what: string): ElementType {
  const dtype = ELEMENT_TYPES[type];
  if (dtype) return dtype;
  throw new FormatError(`${what} expected numbers or bool, found ONNX's type ${type}`);
}

/** The values of a tensor; float16 and bfloat16 widened. @throws {FormatError} when they are not as many as it says */
export function tensorOf(source: OnnxTensor): Tensor {
  const { name, dims, type, message } = source;
  const dtype = elementTypeOf(type, `onnx tensor "${name}"`);
  const count = sizeOf(dims);
  const isHalf = type === HALF || type === BRAIN;
  const data = isHalf ? new Uint16Array(count) : newArray(dtype, count);
  let at = 0;
  const put = (value: number) => {
    if (at < count) data[at] = value;
    at++;
  };
  if (source.external) readRaw(source.files.read(source.external), type, put);
  else for (const field = message.fields(); field.next(); ) readField(field, type, message.file.bytes, put);
  if (at !== count) throw new FormatError(`onnx tensor "${name}" expected ${count} values, found ${at}`);
  if (!isHalf) return { dtype, shape: dims, data: data as Tensor["data"] };
  const widened = type === HALF ? f32FromF16(data as Uint16Array) : f32FromBf16(data as Uint16Array);
  return { dtype: "f32", shape: dims, data: widened };
}

function readField(field: Fields, type: number, bytes: Uint8Array, put: (value: number) => void): void {
  const { number } = field;
  const isPacked = field.type === wire.bytes;
  if (number === fields.raw && isPacked) readRaw(bytes.subarray(field.start, field.end), type, put);
  else if (number === fields.integers || number === fields.longs || number === fields.unsigned) {
    for (const value of field.integers()) put(value);
  } else if (number === fields.floats || number === fields.doubles) {
    const view = viewOf(bytes, field);
    const step = number === fields.floats ? 4 : 8;
    for (let at = 0; at + step <= view.byteLength; at += step)
      put(step === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
  }
}

function readRaw(bytes: Uint8Array, type: number, put: (value: number) => void): void {
  const { bytes: step, read } = RAW[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + step <= view.byteLength; at += step) put(read(view, at));
}

function floatOf(bytes: Uint8Array, field: Fields): number {
  if (field.type === wire.fixed32) return viewOf(bytes, field).getFloat32(0, true);
  throw new FormatError(`onnx attribute expected a float of wire type 5, found wire type ${field.type}`);
}

const viewOf = (bytes: Uint8Array, { start, end }: Fields): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset + start, end - start);

/** A number, a text, or a list of them; undefined when an attribute holds something else. */
export function plainValueOf({
  message,
  tensor,
}: OnnxAttribute): number | string | number[] | string[] | Tensor | undefined {
  if (tensor) return tensorOf(tensor);
  const { bytes } = message.file;
  let single: number | string | undefined;
  const [numbers, texts]: [number[], string[]] = [[], []];
  let type = 0;
  for (const field = message.fields(); field.next(); ) {
    if (field.number === 20) type = field.integer();
    if (field.number === 2) single = floatOf(bytes, field);
    if (field.number === 3) single = field.integer();
    if (field.number === 4) single = field.text();
    if (field.number === 7) {
      const view = viewOf(bytes, field);
      for (let at = 0; at + 4 <= view.byteLength; at += 4) numbers.push(view.getFloat32(at, true));
    }
    if (field.number === 8) numbers.push(...field.integers());
    if (field.number === 9) texts.push(field.text());
  }
  if (texts.length > 0) return texts;
  // Types 6 and 7 are lists of floats and ints; an empty list has no field.
  if (numbers.length > 0 || type === 6 || type === 7) return numbers;
  return single ?? (type === 1 || type === 2 ? 0 : type === 3 ? "" : undefined);
}
