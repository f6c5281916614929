/** Every exported function and every method, with something hostile in one place of its arguments. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as errors from "../../src/errors.js";
import * as index from "../../src/index.js";
import * as io from "../../src/io/index.js";
import * as onnx from "../../src/onnx/index.js";
import { openSync } from "../../src/open.js";
import * as slim from "../../src/slim.js";
import { tenth } from "../harness/size.js";
import { CALLS } from "./calls.js";
import { IO_CALLS, ONNX_CALLS, SLIM_CALLS } from "./file-calls.js";
import { HOSTILE } from "./hostile.js";
import { METHOD_CALLS, OBJECTS, UNCHECKED } from "./method-calls.js";
import { type Call, type Callee, offenceOf, placesOf, valueAt } from "./probe.js";

type Functions = readonly (readonly [name: string, callee: Callee])[];

const VIEWS = HOSTILE.filter(({ isView }) => isView);
/** Hostile calls of each. */
const RUNS = tenth(40);
/** They neither read nor write memory. */
const HARMLESS = [
  ...["Core.dispose", "Linear.kernelFor", "Linear.changed", "Linear.sparseChanged"],
  ...["Network.deviation", "Network.forwardThrough"],
];
/** They name memory that is there already, by its address. */
const OF_ADDRESSES = ["Matrix", "Mask"];

/** The functions of a module; a class is called by `new`. */
function functionsOf(module: object): Functions {
  return Object.entries(module)
    .filter(
      ([name, value]) => typeof value === "function" && !(name in errors) && !OF_ADDRESSES.includes(name),
    )
    .map(([name, value]) => {
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      return [name, isClass ? (...args: unknown[]) => Reflect.construct(value, args) : value];
    });
}

/** The methods of all objects, those of their ancestors included. */
function methodsOf(): Functions {
  using core = openSync();
  return Object.entries(OBJECTS).flatMap(([name, make]) => {
    const found = new Map<string, Callee>();
    for (let at = make(core); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
        if (typeof value === "function" && key !== "constructor") found.set(`${name}.${key}`, value);
    }
    return [...found];
  });
}

const methods = methodsOf();
const onObjects = Object.fromEntries(
  Object.entries(METHOD_CALLS).map(([key, call]) => [key, { ...call, on: OBJECTS[key.split(".")[0]] }]),
);

describe.each([
  ["golden-ticket", functionsOf(index), CALLS],
  ["golden-ticket/io", functionsOf(io), IO_CALLS],
  ["golden-ticket/onnx", functionsOf(onnx), ONNX_CALLS],
  ["golden-ticket/slim", functionsOf(slim), SLIM_CALLS],
  ["methods", methods.filter(([name, { length }]) => length > 0 && !UNCHECKED.includes(name)), onObjects],
] as const)("%s", (_, functions, calls: Readonly<Record<string, Call>>) => {
  test("has a call for every function", () => {
    const known = new Set(Object.keys(calls).map((key) => key.split(" ")[0]));
    expect([...known].sort()).toEqual(functions.map(([name]) => name).sort());
  });

  test.each(Object.keys(calls))("%s takes its arrays in any memory", async (key) => {
    const call = calls[key];
    const [, callee] = functions.find(([name]) => name === key.split(" ")[0])!;
    using core = openSync();
    const args = call.args(core);
    for (const where of placesOf(args))
      for (const hostile of ArrayBuffer.isView(valueAt(args, where)) ? VIEWS : [])
        expect(await offenceOf(callee, call, where, hostile), `${hostile.name} at ${where}`).toBeUndefined();
  });

  test.each(Object.keys(calls))("%s", async (key) => {
    const call = calls[key];
    const [, callee] = functions.find(([name]) => name === key.split(" ")[0])!;
    using core = openSync();
    const args = call.args(core);
    await callee.apply(call.on?.(core), [...args]);
    const place = fc.constantFrom(...placesOf(args));
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...HOSTILE), async (where, hostile) => {
        expect(await offenceOf(callee, call, where, hostile), `${hostile.name} at ${where}`).toBeUndefined();
      }),
      { seed: 8, numRuns: RUNS },
    );
  });
});

describe("after the end", () => {
  const ofCore = methods.filter(
    ([name]) =>
      !HARMLESS.includes(name) && !/^(SmallNetwork|SubsetSums|Scope|Lifetime|OnnxModel)\./.test(name),
  );
  const ends = { "a scope": false, "a core": true };

  test.each(
    Object.entries(ends).flatMap(([end, isCore]) =>
      ofCore.map(([name, method]) => ({ end, isCore, name, method })),
    ),
  )("$name throws when $end has ended", async ({ isCore, name, method }) => {
    using core = openSync();
    const key = Object.keys(onObjects).find((one) => one === name);
    const scope = core.scope();
    const object = OBJECTS[name.split(".")[0]](core);
    if (!isCore && object === core) return;
    const args = key ? onObjects[key].args(core) : [0, 0, 0, 0];
    if (isCore) core.dispose();
    else scope.dispose();
    expect(() => method.apply(object, [...args])).toThrow(errors.DisposedError);
  });
});
