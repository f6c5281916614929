/** Arrays of a file become what the inputs of a model take. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { readSamples } from "../../src/cli/onnx-samples.js";
import { UsageError } from "../../src/cli/options.js";
import { writeNpy } from "../../src/io/npy.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const [FLOAT, UINT8, INT32, INT64, TEXT, BOOL, HALF, DOUBLE] = [1, 2, 6, 7, 8, 9, 10, 11];
const folder = newFolder();
const path = (name: string) => join(folder, name);
const x = (dtype: Tensor["dtype"], data: Tensor["data"]) => ({ dtype, shape: [data.length], data }) as Tensor;

/** The samples of a model with one input. */
function read(type: number, tensor: Tensor) {
  writeFileSync(path("x.npy"), writeNpy(tensor));
  return readSamples("--calibration", path("x.npy"), [{ name: "x", type }]).x;
}

describe("an array becomes what the model takes", () => {
  test.each<[string, number, Tensor, ArrayLike<number | bigint>]>([
    ["F32 to float", FLOAT, x("F32", Float32Array.of(1.5)), Float32Array.of(1.5)],
    ["F64 to float", FLOAT, x("F64", Float64Array.of(0.1)), Float32Array.of(0.1)],
    ["F64 to double", DOUBLE, x("F64", Float64Array.of(0.1)), Float64Array.of(0.1)],
    ["F16 to half", HALF, x("F16", Uint16Array.of(0x3c00)), Float32Array.of(1)],
    ["U8 to float", FLOAT, x("U8", Uint8Array.of(255, 51)), Float32Array.of(1, 0.2)],
    ["U8 to double", DOUBLE, x("U8", Uint8Array.of(51)), Float64Array.of(0.2)],
    ["I32 to float", FLOAT, x("I32", Int32Array.of(-(2 ** 24), 3)), Float32Array.of(-(2 ** 24), 3)],
    ["I64 to double", DOUBLE, x("I64", BigInt64Array.of(2n ** 53n)), Float64Array.of(2 ** 53)],
    ["U8 to U8", UINT8, x("U8", Uint8Array.of(7)), Uint8Array.of(7)],
    ["I64 to I32", INT32, x("I64", BigInt64Array.of(-5n)), Int32Array.of(-5)],
    ["I32 to I64", INT64, x("I32", Int32Array.of(16_000)), BigInt64Array.of(16_000n)],
    ["I64 to I64", INT64, x("I64", BigInt64Array.of(2n ** 60n)), BigInt64Array.of(2n ** 60n)],
    ["BOOL to bool", BOOL, x("BOOL", Uint8Array.of(1, 0)), Uint8Array.of(1, 0)],
    ["I8 to bool", BOOL, x("I8", Int8Array.of(1)), Uint8Array.of(1)],
  ])("%s", (_, type, tensor, expected) => {
    expect(read(type, tensor)).toEqual({ data: expected, dims: tensor.shape });
  });
  test.each<[string, number, Tensor, string]>([
    [
      "what floats do not hold",
      FLOAT,
      x("I32", Int32Array.of(2 ** 24 + 1)),
      "floats hold for x, got 16777217",
    ],
    ["nor doubles", DOUBLE, x("I64", BigInt64Array.of(2n ** 53n + 1n)), "got 9007199254740993"],
    ["floats for whole numbers", INT64, x("F32", Float32Array.of(1)), "whole numbers for x, got F32"],
    ["numbers beyond the type", INT32, x("I64", BigInt64Array.of(2n ** 31n)), "got 2147483648"],
    ["numbers that are no truth", BOOL, x("U8", Uint8Array.of(2)), "numbers from 0 to 1 for x, got 2"],
    ["texts", TEXT, x("U8", Uint8Array.of(2)), "numbers for the input x, got ONNX type 8"],
  ])("but not %s", (_, type, tensor, message) => {
    expect(() => read(type, tensor)).toThrow(UsageError);
    expect(() => read(type, tensor)).toThrow(message);
  });
});

describe("a file of several arrays", () => {
  const [a, b] = [x("F32", Float32Array.of(1)), x("F32", Float32Array.of(2))];
  writeFileSync(path("both.npz"), zipSync({ "a.npy": writeNpy(a), "b.npy": writeNpy(b) }));
  writeFileSync(
    path("both.safetensors"),
    writeSafetensors(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    ),
  );
  const inputs = (...names: string[]) => names.map((name) => ({ name, type: FLOAT }));

  test.each(["both.npz", "both.safetensors"])("gives each input its own: %s", (name) => {
    const samples = readSamples("--calibration", path(name), inputs("b", "a"));
    expect(samples).toEqual({ b: { data: b.data, dims: [1] }, a: { data: a.data, dims: [1] } });
    expect(readSamples("--calibration", path(name), inputs("b"))).toEqual({ b: { data: b.data, dims: [1] } });
    const one = readSamples("--calibration", `${path(name)}:a`, inputs("other"));
    expect(one).toEqual({ other: { data: a.data, dims: [1] } });
  });
  test("must have all of them", () => {
    const missing = () => readSamples("--calibration", path("both.npz"), inputs("a", "c"));
    expect(missing).toThrow(`arrays a, c, got ${path("both.npz")} without c`);
    const one = () => readSamples("--calibration", path("both.npz"), inputs("c"));
    expect(one).toThrow("FILE:TENSOR with a tensor out of a, b");
  });
});
