/**
 * Every export with each typed array of its arguments in other memory: a Buffer of Node, a part of a larger buffer, a
 * subclass, shared and resizable buffers. The results are the same, and the memory is left as it was, around them too.
 */
import { types } from "node:util";
import { describe, expect, test } from "vitest";
import { kindOf } from "../../src/describe.js";
import * as index from "../../src/index.js";
import * as io from "../../src/io/index.js";
import * as onnx from "../../src/onnx/index.js";
import { openSync } from "../../src/open.js";
import * as slim from "../../src/slim.js";
import { CALLS } from "./calls.js";
import { IO_CALLS, ONNX_CALLS, SLIM_CALLS } from "./file-calls.js";
import { METHOD_CALLS, OBJECTS } from "./method-calls.js";
import { type Call, type Callee, outcomeOf } from "./probe.js";

/** Any typed array; typed as one of them, because its class makes it anew. */
type Numbers = Float64Array;
type Kind = new (source: ArrayBufferLike | Numbers, start?: number, length?: number) => Numbers;

const kind = (array: Numbers) => array.constructor as Kind;
/** Before and behind an array in a larger buffer; a multiple of every item's size. */
const MARGIN = 16;

function within(array: Numbers, buffer: ArrayBufferLike): Numbers {
  new Uint8Array(buffer).fill(0xa5);
  const view = new (kind(array))(buffer, MARGIN, array.length);
  view.set(array);
  return view;
}

function subclassed(array: Numbers): Numbers {
  // What slice, map and filter call to make room for their results, as Buffer's own slice makes none at all.
  const Own = class extends kind(array) {
    constructor(source: ArrayBufferLike | Numbers | number, start?: number, length?: number) {
      if (typeof source === "number") throw new Error("a subclass is no place for results");
      super(source as Numbers, start, length);
    }
  };
  return new Own(array);
}

const resizable = (length: number) =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(length, {
    maxByteLength: length + 64,
  });

/** Undefined where an array of this type cannot stand so. */
const MEMORY: Readonly<Record<string, (array: Numbers) => ArrayBufferView | undefined>> = {
  "a Buffer": (array) => (kindOf(array) === "Uint8Array" ? Buffer.from(array) : undefined),
  "a slice of a pool": (array) => {
    if (kindOf(array) !== "Uint8Array") return within(array, new ArrayBuffer(array.byteLength + 2 * MARGIN));
    const pool = Buffer.alloc(array.length + 7, 0xa5);
    pool.set(array, 3);
    return pool.subarray(3, 3 + array.length);
  },
  "a subclass": subclassed,
  "a shared buffer": (array) => within(array, new SharedArrayBuffer(array.byteLength + 2 * MARGIN)),
  "a resizable buffer": (array) => within(array, resizable(array.byteLength + 2 * MARGIN)),
};

type Change = (array: Numbers) => unknown;

/** Plain data with every typed array in it changed. */
function changed(value: unknown, change: Change): unknown {
  const type = kindOf(value);
  if (type !== undefined && type !== "DataView") return change(value as Numbers) ?? value;
  if (types.isMap(value)) return new Map([...value].map(([key, part]) => [key, changed(part, change)]));
  if (Array.isArray(value)) return value.map((part) => changed(part, change));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, changed(part, change)]));
}

const wholeBuffer = ({ buffer }: ArrayBufferView) => [...new Uint8Array(buffer)].join();

async function differenceIn(callee: Callee, call: Call, make: Change): Promise<string | undefined> {
  using core = openSync();
  using other = openSync();
  const expected = await outcomeOf(callee, call.on?.(core), call.args(core));
  const given: ArrayBufferView[] = [];
  const args = changed(call.args(other), (array) => {
    const made = make(array) as ArrayBufferView | undefined;
    if (made) given.push(made);
    return made;
  }) as unknown[];
  const before = given.map(wholeBuffer);
  const outcome = await outcomeOf(callee, call.on?.(other), args);
  if (!("result" in expected)) return "the usual call fails";
  if ("error" in outcome) {
    const { message, stack = "" } = outcome.error as Error;
    return `it throws ${message} (${/src\/[\w/.-]+:\d+/.exec(stack)?.[0]})`;
  }
  if (JSON.stringify(outcome) !== JSON.stringify(expected)) return "it gives another result";
  const isChanged = !call.writes && given.some((view, i) => wholeBuffer(view) !== before[i]);
  return isChanged ? "it changes what it is given" : undefined;
}

const ofClass = (callee: Callee): Callee =>
  /^class\b/.test(Function.prototype.toString.call(callee))
    ? (...args: unknown[]) => Reflect.construct(callee, args)
    : callee;

/** Of the object it is called on. */
const methodOf = (name: string): Callee =>
  function (this: unknown, ...args) {
    return (this as Record<string, Callee>)[name.split(".")[1]](...args);
  };

const onObjects = Object.fromEntries(
  Object.entries(METHOD_CALLS).map(([key, call]) => [key, { ...call, on: OBJECTS[key.split(".")[0]] }]),
);

test("a copy of a caller's array is no array of the caller's class", () => {
  expect(() => (subclassed(new Float64Array(3)) as Float64Array).slice()).toThrow("no place for results");
});

describe.each([
  ["golden-ticket", index, CALLS],
  ["golden-ticket/io", io, IO_CALLS],
  ["golden-ticket/onnx", onnx, ONNX_CALLS],
  ["golden-ticket/slim", slim, SLIM_CALLS],
  ["methods", undefined, onObjects],
] as const)("%s", (_, module, calls: Readonly<Record<string, Call>>) => {
  test.each(Object.keys(calls))("%s", async (key) => {
    const name = key.split(" ")[0];
    const callee = module ? ofClass((module as unknown as Record<string, Callee>)[name]) : methodOf(name);
    for (const [memory, make] of Object.entries(MEMORY)) {
      expect(await differenceIn(callee, calls[key], make), `arrays in ${memory}`).toBeUndefined();
    }
  });
});
