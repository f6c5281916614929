/**
 * Plain data as bytes and back: what a structured clone carries between threads, for the way between machines.
 *
 *   "GTQ1"    4 bytes
 *   u32       length of the header in bytes, little-endian
 *   header    JSON. What JSON lacks is {"$": [kind, …]}: typed arrays by kind, offset in the data and length;
 *             undefined; numbers that are not finite, and −0; objects that have a key "$"
 *   data      typed arrays, little-endian, each from a multiple of 8
 *
 * Equal data give equal bytes, so that a hash of them is a name for the data. What is read is data, never more.
 */
import { describe, kindOf } from "../describe.js";
import { ArgumentTypeError, FormatError } from "../errors.js";

const MAGIC = 0x31515447;
const START = 8;
/** Deeper than anything that is sent. */
const MOST_LEVELS = 64;

const ARRAYS = {
  ...{ Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array },
  ...{ Float32Array, Float64Array, BigInt64Array, BigUint64Array },
} as const;
type Kind = keyof typeof ARRAYS;
type AnyArray = InstanceType<(typeof ARRAYS)[Kind]>;

const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

const aligned = (offset: number) => Math.ceil(offset / 8) * 8;

/**
 * Plain data as bytes.
 *
 * @param value  numbers, texts, booleans, null, undefined, typed arrays, and arrays and objects of them
 * @throws {ArgumentTypeError} when something else is in it
 */
export function bytesFrom(value: unknown): Uint8Array {
  const arrays: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  const place = (kind: Kind, array: AnyArray) => {
    const at = aligned(end);
    end = at + array.byteLength;
    arrays.push({ at, bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) });
    return { $: [kind, at, array.length] };
  };
  const node = (part: unknown, level: number): unknown => {
    if (level > MOST_LEVELS)
      throw new ArgumentTypeError(`"task" expected at most ${MOST_LEVELS} levels, got more`);
    if (part === null || typeof part === "string" || typeof part === "boolean") return part;
    if (part === undefined) return { $: ["undefined"] };
    if (typeof part === "number") {
      if (Number.isFinite(part) && !Object.is(part, -0)) return part;
      return { $: ["number", Object.is(part, -0) ? "-0" : String(part)] };
    }
    const kind = kindOf(part);
    if (kind !== undefined && kind in ARRAYS) return place(kind as Kind, part as AnyArray);
    if (Array.isArray(part)) return part.map((one) => node(one, level + 1));
    const prototype = typeof part === "object" ? Object.getPrototypeOf(part) : undefined;
    if (prototype !== Object.prototype && prototype !== null) {
      throw new ArgumentTypeError(`"task" expected plain data, got ${describe(part)}`);
    }
    const object = Object.fromEntries(Object.entries(part).map(([key, one]) => [key, node(one, level + 1)]));
    return Object.hasOwn(object, "$") ? { $: ["object", object] } : object;
  };
  const header = new TextEncoder().encode(JSON.stringify(node(value, 0)));
  const data = aligned(START + header.length);
  const bytes = new Uint8Array(data + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.length, true);
  bytes.set(header, START);
  for (const array of arrays) bytes.set(array.bytes, data + array.at);
  return bytes;
}

/**
 * The data again; arrays are copies.
 *
 * @param bytes  of `bytesFrom`
 * @throws {FormatError} when they are anything else
 */
export function dataOf(bytes: Uint8Array): unknown {
  if (bytes.length < START) throw broken(`at least ${START} bytes`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) throw broken("a mark at its start", "none");
  const length = view.getUint32(4, true);
  if (length > bytes.length - START)
    throw broken(`a header within ${bytes.length} bytes`, `${length} bytes of it`);
  const data = aligned(START + length);
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(START, START + length));
    header = JSON.parse(text);
  } catch (cause) {
    throw broken("a header of JSON", (cause as Error).message);
  }
  return part(header, (kind, at, count) => arrayAt(bytes, kind, data + at, count), 0);
}

type Take = (kind: Kind, at: number, count: number) => AnyArray;

function part(node: unknown, take: Take, level: number): unknown {
  if (level > MOST_LEVELS) throw broken(`at most ${MOST_LEVELS} levels`, "more");
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((one) => part(one, take, level + 1));
  if (!Object.hasOwn(node, "$")) return objectOf(node, take, level);
  const [kind, first, second] = ((node as { $: unknown }).$ ?? []) as unknown[];
  if (kind === "undefined") return undefined;
  if (kind === "number" && Object.hasOwn(NUMBERS, String(first))) return NUMBERS[String(first)];
  if (kind === "object" && typeof first === "object" && first !== null) return objectOf(first, take, level);
  const isArray = typeof kind === "string" && Object.hasOwn(ARRAYS, kind);
  if (isArray && isCount(first) && isCount(second) && first % 8 === 0)
    return take(kind as Kind, first, second);
  throw broken("known kinds of values", describe(kind));
}

const objectOf = (node: object, take: Take, level: number) =>
  Object.fromEntries(Object.entries(node).map(([key, one]) => [key, part(one, take, level + 1)]));

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function arrayAt(bytes: Uint8Array, kind: Kind, at: number, count: number): AnyArray {
  const Type = ARRAYS[kind];
  const size = count * Type.BYTES_PER_ELEMENT;
  if (at + size > bytes.length)
    throw broken(`${kind}(${count}) within ${bytes.length} bytes`, `its end at ${at + size}`);
  // Not `bytes.slice`, which is a view where the bytes are a Buffer.
  return new Type(Uint8Array.from(bytes.subarray(at, at + size)).buffer, 0, count) as AnyArray;
}

const broken = (expected: string, found: string) =>
  new FormatError(`"data" of a queue expected ${expected}, got ${found}`);
