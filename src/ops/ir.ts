/**
 * The one notion of a network, as plain data: values by name, nodes between them. Operators mean what ONNX says at
 * opset 21; readers translate older ones, and other formats' names and layouts, on the way in.
 */

/** Element types. `i64` is held in f64: whole numbers, exact within ± 2⁵³. */
export type ElementType = "f32" | "f64" | "i64" | "i32" | "i16" | "i8" | "u32" | "u16" | "u8" | "bool";

/** The array that holds the elements of each type; `bool` is 0 or 1. */
export interface ElementArrays {
  f32: Float32Array;
  f64: Float64Array;
  i64: Float64Array;
  i32: Int32Array;
  i16: Int16Array;
  i8: Int8Array;
  u32: Uint32Array;
  u16: Uint16Array;
  u8: Uint8Array;
  bool: Uint8Array;
}

/** Any of them. */
export type ElementArray = ElementArrays[ElementType];

/** What is known of a value before there is one: its type and its shape, [] for one number. */
export interface TensorType {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** A value: its elements in row-major order. */
export interface Tensor extends TensorType {
  readonly data: ElementArray;
}

/** What a node carries besides its inputs. */
export type Attribute = number | string | readonly number[] | readonly string[] | Tensor | Graph;

/** An operator with its inputs and outputs. */
export interface Node {
  /** As in the file; made from operator and index where the file has none. No two are the same. */
  readonly name: string;
  readonly op: string;
  /** Names of values, "" for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An input of a graph: sizes are numbers, or names where they are left open ("" for none). */
export interface GraphInput {
  readonly name: string;
  readonly dtype: ElementType;
  /** Undefined where the file does not say how many axes there are. */
  readonly shape?: readonly (number | string)[];
}

/** A network, or a branch of one: names of the outer graph are visible inside. */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  /** Names of values. */
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

const constructors = {
  f32: Float32Array,
  f64: Float64Array,
  i64: Float64Array,
  i32: Int32Array,
  i16: Int16Array,
  i8: Int8Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
  bool: Uint8Array,
};

/** Elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);

/** An array for `count` elements of a type, all 0. */
export const newArray = (dtype: ElementType, count: number): ElementArray => new constructors[dtype](count);

/** A tensor of a type; all 0 without `data`, which is kept and converted where it is no array of the type. */
export function tensor(dtype: ElementType, shape: readonly number[], data?: ArrayLike<number>): Tensor {
  if (data === undefined) return { dtype, shape, data: newArray(dtype, sizeOf(shape)) };
  const own = data instanceof constructors[dtype] ? (data as ElementArray) : constructors[dtype].from(data);
  return { dtype, shape, data: own };
}

/** Whole numbers as ONNX's shapes and axes have them. */
export const integers = (values: readonly number[]): Tensor => tensor("i64", [values.length], values);

/** Whether two shapes are the same. */
export const isSameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Elements from one index of an axis to the next, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis--]) strides[axis] = step;
  return strides;
}
