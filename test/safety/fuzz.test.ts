/** Every exported function, with something hostile in one place of its arguments. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as errors from "../../src/errors.js";
import * as index from "../../src/index.js";
import { openSync } from "../../src/open.js";
import { CALLS } from "./calls.js";
import { HOSTILE } from "./hostile.js";
import { type Call, offenceOf, placesOf } from "./probe.js";

type Callee = (...args: unknown[]) => unknown;
type Case = { readonly name: string; readonly callee: Callee; readonly call: Call };

/** The functions of a module; a class is called by `new`. */
function functionsOf(module: object): [name: string, callee: Callee][] {
  return Object.entries(module)
    .filter(([name, value]) => typeof value === "function" && !(name in errors))
    .map(([name, value]) => {
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      return [name, isClass ? (...args: unknown[]) => Reflect.construct(value, args) : value];
    });
}

describe.each([["golden-ticket", index, CALLS]] as const)("%s", (_, module, calls) => {
  const functions = functionsOf(module);
  const cases = functions.flatMap(([name, callee]): Case[] =>
    Object.entries(calls)
      .filter(([key]) => key.split(" ")[0] === name)
      .map(([key, call]) => ({ name: key, callee, call })),
  );

  test("has a call for every function", () => {
    const known = new Set(Object.keys(calls).map((key) => key.split(" ")[0]));
    expect([...known].sort()).toEqual(functions.map(([name]) => name).sort());
  });

  test.each(cases)("$name", async ({ callee, call }) => {
    using core = openSync();
    const args = call.args(core);
    await callee.apply(call.on?.(core), [...args]);
    const place = fc.constantFrom(...placesOf(args));
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...HOSTILE), async (where, hostile) => {
        expect(await offenceOf(callee, call, where, hostile), `${hostile.name} at ${where}`).toBeUndefined();
      }),
      { seed: 8, numRuns: 50 },
    );
  });
});
