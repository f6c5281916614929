import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { describe, kindOf, nearest, tagOf } from "../src/describe.js";

test("kindOf knows typed arrays of every realm, and nothing else", () => {
  expect(kindOf(new Float32Array(1))).toBe("Float32Array");
  expect(kindOf(runInNewContext("new Uint8Array(2)"))).toBe("Uint8Array");
  expect(kindOf(Buffer.from("a"))).toBe("Uint8Array");
  for (const other of [[1], new ArrayBuffer(1), { [Symbol.toStringTag]: "Float32Array" }, null, 3]) {
    expect(kindOf(other)).toBeUndefined();
  }
});

test("tagOf knows the platform's objects", () => {
  expect(tagOf(new Response())).toBe("Response");
  expect(tagOf(new URL("file:///a"))).toBe("URL");
  expect(tagOf(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)))).toBe(
    "WebAssembly.Module",
  );
});

test.each([
  ["abc", '"abc"'],
  [-1, "-1"],
  [undefined, "undefined"],
  [new Float32Array(6), "Float32Array(6)"],
  [[1, 2], "Array(2)"],
  [Promise.resolve(), "Promise"],
  [new Map(), "Map"],
])("describe %s", (value, words) => expect(describe(value)).toBe(words));

test("nearest finds a misspelt name and does not guess wildly", () => {
  expect(nearest("sparsty", ["seed", "sparsity"])).toBe("sparsity");
  expect(nearest("speed", ["seed", "sparsity"])).toBe("seed");
  expect(nearest("epochs", ["seed", "sparsity"])).toBeUndefined();
  expect(nearest("a", [])).toBeUndefined();
});
