import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as check from "../src/check.js";

/** The call must throw an error of this name with this message. */
function refuses(call: () => unknown, name: string, message: string): void {
  expect(call).toThrow(expect.objectContaining({ name, message }));
}

describe("checkInteger", () => {
  test("gives the value back", () => {
    expect(check.checkInteger("n", 0)).toBe(0);
    expect(check.checkInteger("n", 4096, 1, 4096)).toBe(4096);
    expect(check.checkInteger("n", -3, -3)).toBe(-3);
  });
  test.each([
    ["3", "ArgumentTypeError", '"n" expected an integer ≥ 0, got "3"'],
    [3n, "ArgumentTypeError", '"n" expected an integer ≥ 0, got 3n'],
    [null, "ArgumentTypeError", '"n" expected an integer ≥ 0, got null'],
    [undefined, "ArgumentTypeError", '"n" expected an integer ≥ 0, got undefined'],
    [[3], "ArgumentTypeError", '"n" expected an integer ≥ 0, got Array(1)'],
    [2.5, "ArgumentRangeError", '"n" expected an integer ≥ 0, got 2.5'],
    [Number.NaN, "ArgumentRangeError", '"n" expected an integer ≥ 0, got NaN'],
    [Infinity, "ArgumentRangeError", '"n" expected an integer ≥ 0, got Infinity'],
    [-1, "ArgumentRangeError", '"n" expected an integer ≥ 0, got -1'],
  ])("refuses %s", (value, name, message) => refuses(() => check.checkInteger("n", value), name, message));
  test("names both ends", () => {
    refuses(
      () => check.checkInteger("n", 9, 1, 8),
      "ArgumentRangeError",
      '"n" expected an integer from 1 to 8, got 9',
    );
  });
});

test("checkNumber", () => {
  expect(check.checkNumber("x", -0.5)).toBe(-0.5);
  const message = '"x" expected a finite number, got NaN';
  refuses(() => check.checkNumber("x", Number.NaN), "ArgumentRangeError", message);
  refuses(
    () => check.checkNumber("sparsity", 1.5, 0, 1),
    "ArgumentRangeError",
    '"sparsity" expected a finite number from 0 to 1, got 1.5',
  );
  refuses(
    () => check.checkNumber("x", 2, -Infinity, 1),
    "ArgumentRangeError",
    '"x" expected a finite number ≤ 1, got 2',
  );
  refuses(() => check.checkNumber("x", "1"), "ArgumentTypeError", '"x" expected a finite number, got "1"');
});

test("checkBoolean", () => {
  expect(check.checkBoolean("on", false)).toBe(false);
  refuses(() => check.checkBoolean("on", 0), "ArgumentTypeError", '"on" expected true or false, got 0');
});

test("checkOneOf", () => {
  expect(check.checkOneOf("budget", "global", ["uniform", "global"])).toBe("global");
  const expected = '"budget" expected "uniform" or "global", got';
  const names = ["uniform", "global"];
  refuses(() => check.checkOneOf("budget", "local", names), "ArgumentRangeError", `${expected} "local"`);
  refuses(() => check.checkOneOf("budget", 1, names), "ArgumentTypeError", `${expected} 1`);
});

describe("checkTypedArray", () => {
  test("takes the kinds it is given, from any realm", () => {
    const own = new Float64Array(2);
    const foreign = runInNewContext("new Float32Array(3)");
    expect(foreign instanceof Float32Array).toBe(false);
    expect(check.checkTypedArray("x", own, "Float32Array", "Float64Array")).toBe(own);
    expect(check.checkTypedArray("x", foreign, "Float32Array")).toBe(foreign);
  });
  test.each([
    [new Int32Array(4), "Int32Array(4)"],
    [new DataView(new ArrayBuffer(8)), "DataView(8)"],
    [new ArrayBuffer(8), "ArrayBuffer"],
    [[1, 2], "Array(2)"],
    [{ [Symbol.toStringTag]: "Float32Array" }, "Float32Array"],
    [{}, "an object"],
    [() => 1, "a function"],
    [Symbol("s"), "Symbol(s)"],
  ])("refuses %s", (value, words) => {
    const call = () => check.checkTypedArray("x", value, "Float32Array", "Float64Array");
    refuses(call, "ArgumentTypeError", `"x" expected Float32Array or Float64Array, got ${words}`);
  });
});

describe("checkFinite", () => {
  test("takes finite values and none", () => {
    const values = Float32Array.of(1, -0, 3.4e38, 1e-45);
    expect(check.checkFinite("x", values)).toBe(values);
    expect(check.checkFinite("x", [])).toEqual([]);
    expect(check.checkFinite("x", new Float32Array(0), 0)).toHaveLength(0);
  });
  test("names the first bad index", () => {
    const call = () => check.checkFinite("x", [0, 1, Number.NaN, Infinity]);
    refuses(call, "NonFiniteError", '"x" expected finite numbers, got NaN at index 2');
    expect(call).toThrow(expect.objectContaining({ index: 2, row: undefined, column: undefined }));
  });
  test("names row and column", () => {
    const call = () => check.checkFinite("x", [0, 1, 2, 3, 4, -Infinity, Number.NaN], 3);
    refuses(call, "NonFiniteError", '"x" expected finite numbers, got -Infinity at row 1, column 2');
    expect(call).toThrow(expect.objectContaining({ code: "ERR_NON_FINITE", index: 5, row: 1, column: 2 }));
  });
});

test("checkLength and checkShape", () => {
  const values = [1, 2, 3, 4, 5, 6];
  expect(check.checkLength("x", values, 2, 3)).toBe(values);
  refuses(() => check.checkLength("x", values, 2, 2), "ShapeError", '"x" expected 4 values (2 × 2), got 6');
  const shape = { rows: 512, columns: 512 };
  expect(check.checkShape("hessian", shape, 512, 512)).toBe(shape);
  refuses(
    () => check.checkShape("hessian", shape, 768, 768),
    "ShapeError",
    '"hessian" expected 768 × 768, got 512 × 512',
  );
});

describe("checkOptions", () => {
  type Options = { variant?: string; memoryLimitMiB?: number };
  const read = (value: unknown) =>
    check.checkOptions("options", value as Options, ["variant", "memoryLimitMiB"]);
  test("gives known keys back; none at all counts as empty", () => {
    const options = { variant: "simd", memoryLimitMiB: undefined };
    expect(read(options)).toBe(options);
    expect(read(undefined)).toEqual({});
    expect(read(Object.create(null))).toEqual({});
  });
  test.each([
    ["varient", '; did you mean "variant"?'],
    ["VARIANT", '; did you mean "variant"?'],
    ["memoryLimit", '; did you mean "memoryLimitMiB"?'],
    ["threads", ""],
    ["", ""],
  ])("refuses the key %j", (key, hint) => {
    const message = `"options" expected only the keys variant, memoryLimitMiB, got "${key}"${hint}`;
    refuses(() => read({ [key]: 1 }), "ArgumentTypeError", message);
  });
  test.each([[null], ["simd"], [[]], [1]])("refuses %j", (value) => {
    expect(() => read(value)).toThrow(/^"options" expected an object, got /);
  });
  test("refuses any key where none is known", () => {
    expect(() => check.checkOptions("options", { a: 1 }, [])).toThrow('got "a"');
  });
});

test("a long string is cut in messages", () => {
  expect(() => check.checkInteger("n", "x".repeat(1000))).toThrow(`got "${"x".repeat(40)}…"`);
});
