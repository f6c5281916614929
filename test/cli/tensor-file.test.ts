/** Samples, labels and real numbers in every kind of file: the same numbers are read, or refused by name. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { UsageError } from "../../src/cli/options.js";
import { namedTensors, readInputs, readLabels, readReals } from "../../src/cli/tensor-file.js";
import { bf16FromF32, f16FromF32 } from "../../src/io/half.js";
import { writeNpy } from "../../src/io/npy.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const folder = newFolder();
const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const values = [0, 1, 5, 2, 3, 1];
/** Two samples of three numbers, in every type that holds them. */
const tensors = (shape: number[]): Tensor[] => [
  { dtype: "F64", shape, data: Float64Array.from(values) },
  { dtype: "F32", shape, data: Float32Array.from(values) },
  { dtype: "F16", shape, data: f16FromF32(Float32Array.from(values)) },
  { dtype: "BF16", shape, data: bf16FromF32(Float32Array.from(values)) },
  { dtype: "I64", shape, data: BigInt64Array.from(values, BigInt) },
  { dtype: "U64", shape, data: BigUint64Array.from(values, BigInt) },
  { dtype: "I32", shape, data: Int32Array.from(values) },
  { dtype: "U32", shape, data: Uint32Array.from(values) },
  { dtype: "I16", shape, data: Int16Array.from(values) },
  { dtype: "U16", shape, data: Uint16Array.from(values) },
  { dtype: "I8", shape, data: Int8Array.from(values) },
];
const stored = (tensor: Tensor) =>
  write(`${tensor.dtype}-${tensor.shape.join("-")}.safetensors`, writeSafetensors(new Map([["t", tensor]])));
/** Big-endian 32-bit integers behind an IDX header. */
const idx = (shape: number[]) => {
  const words = [...shape, ...values].flatMap((value) => [0, 0, 0, value]);
  return Uint8Array.from([0, 0, 12, shape.length, ...words]);
};
/** Values of 2 × 3 column after column. */
const columns = () => {
  const bytes = writeNpy({ dtype: "F32", shape: [2, 3], data: Float32Array.of(0, 2, 1, 3, 5, 1) });
  const text = Buffer.from(bytes).toString("latin1").replace("False, ", "True,  ");
  return Uint8Array.from(Buffer.from(text, "latin1"));
};

const inputs = [
  ...tensors([2, 3]).map(stored),
  write("x.csv", "a,b,c\n0,1,5\n2,3,1\n"),
  write("X.CSV", "0,1,5\n2,3,1\n"),
  write("columns.npy", columns()),
  write("x.idx", idx([2, 3])),
  write("train-inputs-idx2-int", idx([2, 3])),
  `${write("x.npz", zipSync({ "x.npy": columns() }))}:x`,
];

describe("inputs", () => {
  test.each(inputs)("%s", (source) => {
    expect(readInputs("--inputs", source, 3)).toEqual(Float32Array.from(values));
  });
  test("bytes stay bytes, and truth is 1", () => {
    const data = Uint8Array.of(0, 1, 1, 0, 0, 1);
    expect(readInputs("--inputs", stored({ dtype: "U8", shape: [2, 3], data }), 3)).toEqual(data);
    const truth = readInputs("--inputs", stored({ dtype: "BOOL", shape: [2, 3], data }), 3);
    expect(truth).toEqual(Float32Array.from(data));
  });
  test("what f32 does not hold is refused", () => {
    const data = Int32Array.of(1, 2 ** 24 + 1);
    const read = () => readInputs("--inputs", stored({ dtype: "I32", shape: [1, 2], data }), 2);
    expect(read).toThrow(UsageError);
    expect(read).toThrow('"--inputs" expected numbers that f32 holds, got 16777217 at index 1 of');
    const eighths = stored({ dtype: "F8_E4M3", shape: [1, 2], data: new Uint8Array(2) });
    expect(() => readInputs("--inputs", eighths, 2)).toThrow("BF16, got F8_E4M3 in");
  });
  test("a file without an ending that tells its kind is told for what it is", () => {
    const packed = write("x-idx3-ubyte.gz", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0));
    expect(() => readInputs("--inputs", packed, 3)).toThrow(
      `${packed}: file expected its own content, found it packed`,
    );
  });
  test("a file of one array has no names", () => {
    expect(() => readInputs("--inputs", `${inputs[11]}:a`, 3)).toThrow(
      "a .npy, .csv or IDX file without a tensor's name",
    );
    expect(namedTensors("--inputs", inputs[11])).toBeUndefined();
    expect(namedTensors("--inputs", inputs[14])).toBeUndefined();
    expect(namedTensors("--inputs", inputs[0])?.names).toEqual(["t"]);
  });
});

describe("labels", () => {
  test.each([
    ...tensors([6]).map(stored),
    ...tensors([6, 1]).map(stored),
    write("y.csv", "label\n0\n1\n5\n2\n3\n1\n"),
    write("y-idx1-int", idx([6])),
  ])("%s", (source) => {
    expect(readLabels("--labels", source, 6)).toEqual(Uint16Array.from(values));
  });
  test("up to 65,536 classes", () => {
    const data = Int32Array.of(65_535, 0);
    const source = stored({ dtype: "I32", shape: [2], data });
    expect(readLabels("--labels", source, 65_536)).toEqual(Uint16Array.of(65_535, 0));
    expect(() => readLabels("--labels", source, 100_000)).not.toThrow();
    const beyond = stored({ dtype: "U32", shape: [2], data: Uint32Array.of(1, 65_536) });
    expect(() => readLabels("--labels", beyond, 100_000)).toThrow(
      '"--labels" expected classes from 0 to 65535, got 65536 at index 1 of',
    );
  });
  test.each<[string, Tensor, string]>([
    ["a class that is none", { dtype: "I8", shape: [2], data: Int8Array.of(0, -1) }, "got -1 at index 1"],
    ["a half", { dtype: "F32", shape: [2], data: Float32Array.of(0.5, 1) }, "got 0.5 at index 0"],
    ["NaN", { dtype: "F64", shape: [1], data: Float64Array.of(Number.NaN) }, "got NaN at index 0"],
    ["one-hot rows", { dtype: "I64", shape: [1, 2], data: BigInt64Array.of(0n, 1n) }, "got shape [1, 2]"],
    ["a number alone", { dtype: "U8", shape: [], data: Uint8Array.of(1) }, "got shape [] in"],
  ])("refuses %s", (_, tensor, message) => {
    const source = write("wrong.safetensors", writeSafetensors(new Map([["t", tensor]])));
    expect(() => readLabels("--labels", source, 3)).toThrow(UsageError);
    expect(() => readLabels("--labels", source, 3)).toThrow(message);
  });
});

test("real numbers: a line or a column of text is a list", () => {
  const read = (source: string) => readReals("--pool", source);
  expect(read(write("line.csv", "0.1,0.2,0.3\n"))).toEqual({
    data: Float64Array.of(0.1, 0.2, 0.3),
    shape: [3],
  });
  expect(read(write("column.csv", "v\n0.1\n0.2\n"))).toEqual({ data: Float64Array.of(0.1, 0.2), shape: [2] });
  expect(read(inputs[11]).shape).toEqual([2, 3]);
  expect(read(inputs[6])).toEqual({ data: Float64Array.from(values), shape: [2, 3] });
  const wide = stored({ dtype: "I64", shape: [1], data: BigInt64Array.of(2n ** 60n + 1n) });
  expect(() => read(wide)).toThrow("expected numbers that f64 holds, got 1152921504606846977 at index 0");
});
