/**
 * Checks of arguments. Each takes the name the caller knows a value by and the value, gives it back when
 * it is fine, and throws `"name" expected …, got …` when it is not: an ArgumentTypeError for the wrong
 * kind of thing, an ArgumentRangeError for the right kind with a wrong value.
 */
import { describe, kindOf, nearest, tagOf } from "./describe.js";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "./errors.js";

/** The typed arrays that arguments may be, by name. */
export interface TypedArrays {
  Float32Array: Float32Array;
  Float64Array: Float64Array;
  Int32Array: Int32Array;
  Uint32Array: Uint32Array;
  Uint16Array: Uint16Array;
  Uint8Array: Uint8Array;
}

type Viewed = new (buffer: ArrayBufferLike, start: number, length: number) => ArrayBufferView;

/**
 * The same memory as an array of the platform's own class. What `slice`, `map` and `filter` give is of the class of
 * their array: of a Buffer a view of its bytes, of another subclass whatever its constructor makes.
 *
 * @param values  a typed array that was checked
 */
export function plainArray<T extends ArrayBufferView & { readonly length: number }>(values: T): T {
  const Kind = (globalThis as unknown as Record<string, Viewed>)[kindOf(values) as string];
  return new Kind(values.buffer, values.byteOffset, values.length) as T;
}

/** @returns `value`, an integer with low ≤ value ≤ high. @throws {ArgumentTypeError | ArgumentRangeError} */
export function checkInteger(name: string, value: unknown, low = 0, high = Infinity): number {
  if (Number.isInteger(value) && isWithin(value as number, low, high)) return value as number;
  throw refusal(name, value, "number", `an integer${range(low, high)}`);
}

/** @returns `value`, finite, low ≤ value ≤ high. @throws {ArgumentTypeError | ArgumentRangeError} */
export function checkNumber(name: string, value: unknown, low = -Infinity, high = Infinity): number {
  if (Number.isFinite(value) && isWithin(value as number, low, high)) return value as number;
  throw refusal(name, value, "number", `a finite number${range(low, high)}`);
}

/** The least number of f32 above 0. */
export const LEAST_F32 = 2 ** -149;
/** The greatest number of f32 below 1. */
export const BELOW_ONE_F32 = 1 - 2 ** -24;
const MOST_F32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * For what a kernel takes as f32. There 10⁻⁵⁰ is 0 and 10³⁹ infinite, and 0 · ∞ or 0 / 0 makes NaN of pruned weights.
 *
 * @returns `value`, low ≤ value ≤ high, which f32 does not round to 0 or 1
 * @throws {ArgumentTypeError | ArgumentRangeError}
 */
export function checkF32(name: string, value: unknown, low = -MOST_F32, high = MOST_F32): number {
  const number = checkNumber(name, value, low, high);
  const rounded = Math.fround(number);
  if (rounded === number || (rounded !== 0 && rounded !== 1)) return number;
  throw new ArgumentRangeError(
    `"${name}" expected a number that does not become ${Math.abs(rounded)} in f32, got ${number}`,
  );
}

/** @returns `value`, true or false. @throws {ArgumentTypeError} */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(name, value, "boolean", "true or false");
}

/** @returns `value`, one of `names`. @throws {ArgumentTypeError | ArgumentRangeError} */
export function checkOneOf<T extends string>(name: string, value: unknown, names: readonly T[]): T {
  if (names.includes(value as T)) return value as T;
  throw refusal(name, value, "string", names.map((one) => `"${one}"`).join(" or "));
}

/** @returns `value`, a typed array of one of `kinds`, of any realm. @throws {ArgumentTypeError} */
export function checkTypedArray<K extends keyof TypedArrays>(
  name: string,
  value: unknown,
  ...kinds: K[]
): TypedArrays[K] {
  if (kinds.includes(kindOf(value) as K)) return checkAttached(name, value as TypedArrays[K]);
  throw refusal(name, value, "", kinds.join(" or "));
}

/** @returns `value`, an object and no array. @throws {ArgumentTypeError} */
export function checkObject<T>(name: string, value: T): T & object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw refusal(name, value, "", "an object");
}

/**
 * Gaps are refused here: `forEach` and its kin would walk 2³² of them without a word.
 *
 * @returns `value`, an array of `length` if that is given. @throws {ArgumentTypeError | ShapeError}
 */
export function checkArray<T extends readonly unknown[]>(name: string, value: T, length?: number): T {
  if (!Array.isArray(value)) throw refusal(name, value, "", "an array");
  if (value.includes(undefined)) throw refusal(name, value, "", "an array without gaps");
  if (length === undefined || value.length === length) return value;
  throw new ShapeError(`"${name}" expected an array of ${length}, got ${value.length}`);
}

/** @returns `value`, an array or typed array of numbers, NaN among them or not. @throws {ArgumentTypeError} */
export function checkNumbers<T extends ArrayLike<number>>(name: string, value: T): T {
  const kind = kindOf(value);
  const isTyped = kind !== undefined && kind !== "DataView" && !kind.startsWith("Big");
  if (isTyped) checkAttached(name, value as unknown as TypedArrays[keyof TypedArrays]);
  if (isTyped) return value;
  if (!Array.isArray(value)) throw refusal(name, value, "", "an array of numbers");
  for (let i = 0; i < value.length; i++) {
    if (typeof value[i] !== "number") throw refusal(`${name}[${i}]`, value[i], "", "a number");
  }
  return value;
}

/** @returns `value`, a text. @throws {ArgumentTypeError} */
export function checkString(name: string, value: string): string {
  if (typeof value === "string") return value;
  throw refusal(name, value, "", "a string");
}

/** @returns `value`, a Map of any realm, and no proxy of one. @throws {ArgumentTypeError} */
export function checkMap<T extends ReadonlyMap<unknown, unknown>>(name: string, value: T): T {
  try {
    Map.prototype.has.call(value, name);
    return value;
  } catch {
    throw refusal(name, value, "", "a Map");
  }
}

/** @returns `value`, something to call. @throws {ArgumentTypeError} */
export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === "function") return value;
  throw refusal(name, value, "", "a function");
}

/**
 * @param Class  whose `instanceof` tells objects of the class from those that only look like it
 * @returns `value`, an object of `Class`. @throws {ArgumentTypeError}
 */
export function checkInstance<T>(name: string, value: unknown, Class: abstract new (...args: never) => T): T {
  if (value instanceof Class) return value;
  throw refusal(name, value, "", `a ${Class.name}`);
}

/**
 * @param core  that something else is in
 * @returns `value`, in the same core: addresses mean nothing in another. @throws {ArgumentRangeError}
 */
export function checkSameCore<T extends { readonly core: object }>(name: string, value: T, core: object): T {
  if (value.core === core) return value;
  throw new ArgumentRangeError(`"${name}" expected one in the core of the others, got one in another`);
}

/**
 * Such an array seems to be empty, and would pass for a result.
 *
 * @returns `value`, whose buffer is there and long enough for it. @throws {ArgumentTypeError}
 */
export function checkAttached<T extends TypedArrays[keyof TypedArrays]>(name: string, value: T): T {
  try {
    if (value.length === 0) value.keys();
    return value;
  } catch {
    const kind = kindOf(value);
    throw new ArgumentTypeError(`"${name}" expected a ${kind} with its values, got one whose buffer is gone`);
  }
}

/**
 * @param columns  when given, the error names row and column instead of the index
 * @returns `values`, all finite. @throws {NonFiniteError} at the first NaN or infinity
 */
export function checkFinite<T extends ArrayLike<number>>(name: string, values: T, columns?: number): T {
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index])) continue;
    const row = columns ? Math.floor(index / columns) : undefined;
    const column = columns ? index % columns : undefined;
    const where = columns ? `row ${row}, column ${column}` : `index ${index}`;
    const message = `"${name}" expected finite numbers, got ${describe(values[index])} at ${where}`;
    throw new NonFiniteError(message, { index, row, column });
  }
  return values;
}

/** @returns `values`, as many as a matrix of `rows × columns` has. @throws {ShapeError} */
export function checkLength<T extends ArrayLike<unknown>>(
  name: string,
  values: T,
  rows: number,
  columns: number,
): T {
  const length = rows * columns;
  if (values.length === length) return values;
  throw new ShapeError(`"${name}" expected ${length} values (${rows} × ${columns}), got ${values.length}`);
}

/** @returns `value`, a matrix or mask of `rows × columns`. @throws {ShapeError} */
export function checkShape<T extends { readonly rows: number; readonly columns: number }>(
  name: string,
  value: T,
  rows: number,
  columns: number,
): T {
  if (value.rows === rows && value.columns === columns) return value;
  throw new ShapeError(
    `"${name}" expected ${rows} × ${columns}, got ${describe(value.rows)} × ${describe(value.columns)}`,
  );
}

/** @returns `value` with no keys but `keys`, {} when absent. @throws {ArgumentTypeError} */
export function checkOptions<T extends object>(
  name: string,
  value: T | undefined,
  keys: readonly (keyof T & string)[],
): T {
  if (value === undefined) return {} as T;
  if (tagOf(checkObject(name, value)) !== "Object") throw refusal(name, value, "", "an object of options");
  const unknown = Object.keys(value).find((key) => !(keys as readonly string[]).includes(key));
  if (unknown === undefined) return value;
  const near = nearest(unknown, keys);
  const hint = near ? `; did you mean "${near}"?` : "";
  throw new ArgumentTypeError(`"${name}" expected only the keys ${keys.join(", ")}, got "${unknown}"${hint}`);
}

/** @returns plain data as JSON. @throws {ArgumentTypeError} when it cannot be written so */
export function plainText(name: string, value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (cause) {
    throw new ArgumentTypeError(`"${name}" expected plain data, got ${describe(value)}`, { cause });
  }
}

/** The same as {@link checkOptions} for options that have to be given. @throws {ArgumentTypeError} */
export function checkGiven<T extends object>(name: string, value: T, keys: readonly (keyof T & string)[]): T {
  return checkOptions(name, checkObject(name, value), keys);
}

function refusal(name: string, value: unknown, type: string, expected: string): Error {
  const Refusal = typeof value === type ? ArgumentRangeError : ArgumentTypeError;
  return new Refusal(`"${name}" expected ${expected}, got ${describe(value)}`);
}

const isWithin = (value: number, low: number, high: number): boolean => value >= low && value <= high;

function range(low: number, high: number): string {
  if (high < Infinity) return low > -Infinity ? ` from ${low} to ${high}` : ` ≤ ${high}`;
  return low > -Infinity ? ` ≥ ${low}` : "";
}
