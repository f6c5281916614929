import { expect, test } from "vitest";
import { ArgumentRangeError, FormatError, NonFiniteError } from "../../src/errors.js";
import { type Model, readModel, writeModel } from "../../src/io/model.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { tenth } from "../harness/size.js";
import { mutants, readAll } from "./mutants.js";

const f32 = (shape: number[], data: number[]): Tensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(data),
});
const u8 = (shape: number[], data: number[]): Tensor => ({ dtype: "U8", shape, data: Uint8Array.from(data) });

test("layers stand in the order of their names, numbers by value", () => {
  const tensors = new Map<string, Tensor>();
  for (const [name, rows, columns] of [
    ["output", 1, 2],
    ["fc10", 2, 3],
    ["fc2", 3, 4],
  ] as const) {
    tensors.set(`${name}.weight`, f32([rows, columns], new Array(rows * columns).fill(1)));
  }
  const { layers } = readModel(tensors);
  expect(layers.map(({ name }) => name)).toEqual(["fc2", "fc10", "output"]);
  expect(layers.map(({ bias, mask }) => [bias.length, mask])).toEqual([
    [3, undefined],
    [2, undefined],
    [1, undefined],
  ]);
});

test("what is written is read again, pruned weights as 0", () => {
  const model: Model = {
    layers: [
      {
        name: "0",
        rows: 2,
        columns: 2,
        weights: Float32Array.of(1, 2, 3, 4),
        bias: Float32Array.of(5, 6),
        mask: Uint8Array.of(1, 0, 1, 1),
      },
      {
        name: "1",
        rows: 1,
        columns: 2,
        weights: Float32Array.of(7, 8),
        bias: Float32Array.of(9),
        mask: undefined,
      },
    ],
  };
  const bytes = writeModel(model, { a: "b" });
  const { tensors, metadata } = readSafetensors(bytes);
  expect(metadata).toEqual({ a: "b" });
  const [first, second] = readModel(tensors).layers;
  expect(first).toEqual({ ...model.layers[0], weights: Float32Array.of(1, 0, 3, 4) });
  expect(second).toEqual(model.layers[1]);
  expect(writeModel(readModel(tensors), { a: "b" })).toEqual(bytes);
});

const masked: Model = {
  layers: [
    {
      name: "fc",
      rows: 2,
      columns: 9,
      weights: Float32Array.from({ length: 18 }, (_, i) => (i % 4 === 1 ? i / 4 : 0)),
      bias: Float32Array.of(0.1, 65_504),
      mask: Uint8Array.from({ length: 18 }, (_, i) => Number(i % 4 === 1)),
    },
    {
      name: "out",
      rows: 1,
      columns: 2,
      weights: Float32Array.of(1, 0),
      bias: new Float32Array(1),
      mask: undefined,
    },
  ],
};

test("a masked layer as bit mask and values is read as what it was; one without a mask stays dense", () => {
  const { tensors } = readSafetensors(writeModel(masked, {}, { form: "bitmask" }));
  const parts = ["bias", "weight.bitmask", "weight.compressed", "weight.row_offsets", "weight.shape"];
  expect([...tensors.keys()].sort()).toEqual([
    ...parts.map((part) => `fc.${part}`),
    "out.bias",
    "out.weight",
  ]);
  expect(readModel(tensors)).toEqual(masked);
});

test.each(["dense", "bitmask"] as const)("as F16, %s: rounded to nearest, the mask kept", (form) => {
  const { tensors } = readSafetensors(writeModel(masked, {}, { form, dtype: "F16" }));
  const [first, second] = readModel(tensors).layers;
  expect(first).toEqual({ ...masked.layers[0], bias: Float32Array.of(0.0999755859375, 65_504) });
  expect(second).toEqual(masked.layers[1]);
  expect(tensors.get("fc.bias")?.dtype).toBe("F16");
});

test("refuses to write as F16 what F16 does not hold", () => {
  const layer = { ...masked.layers[1], weights: Float32Array.of(1, 65_520) };
  const write = () => writeModel({ layers: [layer] }, {}, { dtype: "F16" });
  expect(write).toThrow(ArgumentRangeError);
  expect(write).toThrow('"out.weight" expected numbers that F16 holds, up to 65504, got 65520 at index 1');
});

test("reads BF16 and F64", () => {
  const tensors = new Map<string, Tensor>([
    ["a.weight", { dtype: "BF16", shape: [1, 2], data: Uint16Array.of(0x3fc0, 0xc000) }],
    ["a.bias", { dtype: "F64", shape: [1], data: Float64Array.of(0.1) }],
  ]);
  const [{ weights, bias }] = readModel(tensors).layers;
  expect([weights, bias]).toEqual([Float32Array.of(1.5, -2), Float32Array.of(0.1)]);
});

test("refuses a matrix that stands both as bit mask and dense", () => {
  const { tensors } = readSafetensors(writeModel(masked, {}, { form: "bitmask" }));
  const twice = new Map(tensors).set("fc.mask", u8([2, 9], Array(18).fill(1)));
  expect(() => readModel(twice)).toThrow(
    'model expected "fc.weight" once, found "fc.mask" beside its bit mask',
  );
});

test("reads a damaged file right or refuses it", () => {
  const file = writeModel(masked, {}, { form: "bitmask", dtype: "F16" });
  const read = (bytes: Uint8Array) => {
    try {
      return readModel(readSafetensors(bytes).tensors);
    } catch (error) {
      if (error instanceof NonFiniteError) throw new FormatError(error.message);
      throw error;
    }
  };
  const counts = readAll(mutants(file, tenth(20_000)), read, (model) => {
    expect(readModel(readSafetensors(writeModel(model, {}, { form: "bitmask" })).tensors)).toEqual(model);
  });
  expect(counts.refused).toBeGreaterThan(tenth(5000));
  expect(counts.read).toBeGreaterThan(tenth(250));
});

test.each<[string, Record<string, Tensor>, string]>([
  ["no weights", { "a.bias": f32([1], [0]) }, "expected tensors NAME.weight, found none"],
  [
    "a vector",
    { "a.weight": f32([2], [0, 0]) },
    'tensor "a.weight" expected outputs × inputs, found shape [2]',
  ],
  [
    "integers",
    { "a.weight": { dtype: "I32", shape: [1, 1], data: Int32Array.of(1) } },
    "expected F32, F64, F16 or BF16, found I32",
  ],
  [
    "a long bias",
    { "a.weight": f32([1, 1], [0]), "a.bias": f32([2], [0, 0]) },
    "expected shape [1], found [2]",
  ],
  [
    "a mask of 2",
    { "a.weight": f32([1, 1], [0]), "a.mask": u8([1, 1], [2]) },
    "expected 0 and 1, found 2 at index 0",
  ],
  [
    "layers that do not follow",
    { "a.weight": f32([1, 1], [0]), "b.weight": f32([1, 2], [0, 0]) },
    'tensor "b.weight" expected 1 columns, as "a.weight" has rows, found 2',
  ],
  ["something else", { "a.weight": f32([1, 1], [0]), "a.scale": f32([1], [0]) }, 'found "a.scale"'],
])("refuses %s", (_, tensors, message) => {
  expect(() => readModel(new Map(Object.entries(tensors)))).toThrow(FormatError);
  expect(() => readModel(new Map(Object.entries(tensors)))).toThrow(message);
});

test("names the weight that is not finite", () => {
  const tensors = new Map([["a.weight", f32([2, 2], [0, 0, 0, Number.NaN])]]);
  expect(() => readModel(tensors)).toThrow(NonFiniteError);
  expect(() => readModel(tensors)).toThrow(
    'tensor "a.weight" expected finite numbers, found NaN at row 1, column 1',
  );
});
