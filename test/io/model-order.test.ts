import { expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, FormatError } from "../../src/errors.js";
import { readModel, writeModel } from "../../src/io/model.js";
import { readSafetensors, writeInOrder } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";

const square = (value: number): Tensor => ({ dtype: "F32", shape: [1, 1], data: Float32Array.of(value) });
/** A file with a layer of one weight for each name, in this order. */
const fileOf = (names: readonly string[]) => {
  const tensors = new Map(names.map((name, i) => [`${name}.weight`, square(i + 1)]));
  return readSafetensors(writeInOrder(tensors)).tensors;
};
const orderOf = (names: readonly string[], order?: string[]) =>
  readModel(fileOf(names), order && { order }).layers.map(({ name }) => name);

test.each<[string, string[], string[]]>([
  ["names without numbers as in the file", ["encoder", "decoder"], ["encoder", "decoder"]],
  ["however they are spelt", ["zeta", "Alpha", "mid.dle"], ["zeta", "Alpha", "mid.dle"]],
  ["numbers by value", ["layer10", "layer9", "layer2"], ["layer2", "layer9", "layer10"]],
  ["numbers alone", ["4", "0", "10", "2"], ["0", "2", "4", "10"]],
  ["numbers of several prefixes", ["conv1", "fc3", "conv2", "pre0"], ["pre0", "conv1", "conv2", "fc3"]],
  [
    "numbers that start again, prefix after prefix as in the file",
    ["encoder.1", "encoder.0", "decoder.10", "decoder.2"],
    ["encoder.0", "encoder.1", "decoder.2", "decoder.10"],
  ],
  [
    "numbers within names",
    ["block.10.fc", "block.9.fc", "block.9.act", "block.1.fc"],
    ["block.1.fc", "block.9.fc", "block.9.act", "block.10.fc"],
  ],
  ["numbers beside a name without one", ["fc1", "fc10", "fc2", "output"], ["fc1", "fc2", "fc10", "output"]],
  ["a name that goes on", ["fc1", "fc", "fc2"], ["fc", "fc1", "fc2"]],
  ["numbers of one value as in the file", ["a01", "a1", "a0"], ["a0", "a01", "a1"]],
])("%s", (_, names, expected) => {
  expect(orderOf(names)).toEqual(expected);
});

test("an order that was asked for goes before", () => {
  expect(orderOf(["a", "b", "c"], ["c", "a", "b"])).toEqual(["c", "a", "b"]);
  expect(orderOf(["fc1", "fc2"], ["fc2", "fc1"])).toEqual(["fc2", "fc1"]);
  const wrong = (order: unknown) => () => orderOf(["a", "b"], order as string[]);
  expect(wrong(["a"])).toThrow('"order" expected each of a, b once, got none of "b"');
  expect(wrong(["a", "b", "a"])).toThrow('"order" expected each of a, b once, got "a" twice');
  expect(wrong(["a", "c"])).toThrow('"order" expected each of a, b once, got "c"');
  expect(wrong(["a"])).toThrow(ArgumentRangeError);
  expect(wrong("a")).toThrow(ArgumentTypeError);
  expect(wrong([1, "b"])).toThrow(ArgumentTypeError);
});

const matrix = (rows: number, columns: number): Tensor => ({
  ...{ dtype: "F32", shape: [rows, columns] },
  data: new Float32Array(rows * columns),
});

test("an order whose layers do not follow each other gives way to one whose layers do", () => {
  const alphabetical = new Map([
    ["first.weight", matrix(3, 4)],
    ["last.weight", matrix(1, 2)],
    ["mid.weight", matrix(2, 3)],
  ]);
  const read = (order?: string[]) => readModel(alphabetical, { order }).layers.map(({ name }) => name);
  expect(() => read()).toThrow(FormatError);
  expect(() => read()).toThrow(
    'tensor "last.weight" expected 3 columns, as "first.weight" has rows, found 2; ' +
      "read in the order first, last, mid",
  );
  expect(read(["first", "mid", "last"])).toEqual(["first", "mid", "last"]);
  expect(() => read(["mid", "first", "last"])).toThrow("read in the order mid, first, last");
  const reversed = new Map([...alphabetical].reverse()).set("last.weight", matrix(4, 1));
  const names = readModel(new Map([...reversed].filter(([key]) => key !== "mid.weight"))).layers;
  expect(names.map(({ name }) => name)).toEqual(["last", "first"]);
});

test("what is written is read in the order it was written in", () => {
  const layer = (name: string, fill: number) => ({
    ...{ name, rows: 1, columns: 1, weights: Float32Array.of(fill), bias: Float32Array.of(0) },
    mask: Uint8Array.of(1),
  });
  const forms = [
    { form: "dense", dtype: "F32" },
    { form: "bitmask", dtype: "F32" },
    { form: "dense", dtype: "F16" },
    { form: "bitmask", dtype: "F16" },
  ] as const;
  for (const names of [
    ["encoder", "decoder"],
    ["b", "c", "a"],
    ["fc1", "fc2", "head"],
    ["0", "2", "10"],
  ]) {
    const layers = names.map(layer);
    for (const form of forms) {
      const { tensors } = readSafetensors(writeModel({ layers }, {}, form));
      expect(readModel(tensors)).toEqual({ layers });
    }
  }
});
