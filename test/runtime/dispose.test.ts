import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { dispose } from "../../src/runtime/dispose.js";

const code = readFileSync(new URL("../../dist/runtime/dispose.js", import.meta.url), "utf8");

/** The symbol that the module gives on a host with this `Symbol`. */
function disposeOn(host: { for: typeof Symbol.for; dispose?: symbol }): symbol {
  const context = createContext({ Symbol: host });
  return runInContext(`${code.replace("export const", "const")}; dispose`, context);
}

test("is the host's own symbol", () => {
  expect(dispose).toBe(Symbol.dispose);
  const own = Symbol("own");
  expect(disposeOn({ for: Symbol.for, dispose: own })).toBe(own);
});

test("is put where compiled `using` looks for it on a host that has none", () => {
  const host = { for: Symbol.for };
  expect(disposeOn(host)).toBe(Symbol.for("Symbol.dispose"));
  expect((host as { dispose?: symbol }).dispose).toBe(Symbol.for("Symbol.dispose"));
});
