/** The numbers that inputs of a model take: ONNX's element types, and the arrays that may be given for them. */
import { describe, kindOf } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError } from "../errors.js";
import { f16FromF32 } from "../io/half.js";
import type { OnnxValue } from "../io/onnx/graph.js";

/** Whole numbers. */
export type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Numbers; where the host has it, a Float16Array too. */
export type NumberArray = Float32Array | Float64Array | IntegerArray;

/** Kinds of arrays of whole numbers. */
const INTEGERS = [
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "BigInt64Array", "BigUint64Array"],
];
const FLOATS = ["Float32Array", "Float64Array", "Float16Array"];

/** An element type: its name in ONNX Runtime, and how numbers are stored for it. */
interface ElementType {
  readonly name: string;
  /** The array that holds it. */
  readonly array: {
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumberArray;
    from(values: never): NumberArray;
    readonly name: string;
  };
  /** Smallest and largest, of whole numbers. */
  readonly range?: readonly [bigint, bigint];
}

const whole = (name: string, array: ElementType["array"], low: bigint, high: bigint): ElementType => ({
  name,
  array,
  range: [low, high],
});

/** By ONNX's number. */
const TYPES: Record<number, ElementType> = {
  1: { name: "float32", array: Float32Array },
  2: whole("uint8", Uint8Array, 0n, 255n),
  3: whole("int8", Int8Array, -128n, 127n),
  4: whole("uint16", Uint16Array, 0n, 65_535n),
  5: whole("int16", Int16Array, -32_768n, 32_767n),
  6: whole("int32", Int32Array, -(2n ** 31n), 2n ** 31n - 1n),
  7: whole("int64", BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n),
  9: whole("bool", Uint8Array, 0n, 1n),
  10: { name: "float16", array: Float32Array },
  11: { name: "float64", array: Float64Array },
  12: whole("uint32", Uint32Array, 0n, 2n ** 32n - 1n),
  13: whole("uint64", BigUint64Array, 0n, 2n ** 64n - 1n),
};

/** Values as ONNX Runtime takes them. */
export interface Stored {
  /** ONNX Runtime's name of the type. */
  readonly type: string;
  readonly values: NumberArray;
}

/**
 * @param called  the input, for messages
 * @param input  of the model
 * @param data  what is given for it
 * @returns the same numbers as the input takes them
 * @throws {ArgumentTypeError} when the input takes no numbers, or the array is of another kind
 * @throws {ArgumentRangeError} when a whole number is beyond the type
 * @throws {NonFiniteError} at the first NaN or +∞; −∞ is what masks are made of
 */
export function storedValues(called: string, { type }: OnnxValue, data: unknown): Stored {
  const known = TYPES[type];
  if (!known)
    throw new ArgumentTypeError(`"${called}" expected an input of numbers, found ONNX type ${type}`);
  const kinds = known.range ? INTEGERS : FLOATS;
  const kind = kindOf(data) ?? "";
  if (!kinds.includes(kind)) {
    const expected = `${known.array.name}${known.range ? ", or one of other whole numbers" : ""}`;
    throw new ArgumentTypeError(`"${called}.data" expected a ${expected}, got ${describe(data)}`);
  }
  const given = data as NumberArray;
  if (known.range) checkRange(called, given as IntegerArray, known.range);
  else checkFloats(called, given as Float32Array);
  const values =
    kind === known.array.name ? plainView(given, known) : known.array.from(numbersFor(known, given));
  return { type: known.name, values: known.name === "float16" ? f16FromF32(values as Float32Array) : values };
}

/** What `slice` copies, as it does not of Node's Buffers. */
const plainView = ({ buffer, byteOffset, length }: NumberArray, { array }: ElementType): NumberArray =>
  new array(buffer, byteOffset, length);

/** Arrays of 64-bit numbers hold BigInts, others do not. */
function numbersFor({ array }: ElementType, given: NumberArray): never {
  const isBig = array === BigInt64Array || array === BigUint64Array;
  const values = isBig ? Array.from(given as Uint8Array, BigInt) : Array.from(given as Uint8Array, Number);
  return values as never;
}

function checkRange(called: string, values: IntegerArray, [low, high]: readonly [bigint, bigint]): void {
  const index = (values as Uint8Array).findIndex((value) => value < low || value > high);
  if (index < 0) return;
  throw new ArgumentRangeError(
    `"${called}" expected numbers from ${low} to ${high}, got ${values[index]} at index ${index}`,
  );
}

function checkFloats(called: string, values: Float32Array): void {
  const index = values.findIndex((value) => !(value < Infinity));
  if (index < 0) return;
  throw new NonFiniteError(`"${called}" expected finite numbers, got ${values[index]} at index ${index}`, {
    index,
  });
}

/** Classes that labels count. */
const CLASSES = 65_536;

/**
 * @param name  of the labels, for messages
 * @param labels  whole numbers from 0 to 65,535
 * @throws {ArgumentTypeError | ArgumentRangeError} when they are anything else
 */
export function classNumbers(name: string, labels: IntegerArray): Uint16Array {
  if (!INTEGERS.includes(kindOf(labels) ?? "")) {
    throw new ArgumentTypeError(`"${name}" expected an array of whole numbers, got ${describe(labels)}`);
  }
  const values = Array.from(labels as Uint8Array, Number);
  const wrong = values.findIndex((label) => label < 0 || label >= CLASSES);
  if (wrong < 0) return Uint16Array.from(values);
  throw new ArgumentRangeError(
    `"${name}" expected classes from 0 to ${CLASSES - 1}, got ${values[wrong]} at index ${wrong}`,
  );
}
