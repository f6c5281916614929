import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { TensorProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../../src/errors.js";
import { f16FromF32, f32FromF16 } from "../../../src/io/half.js";
import { DataFiles } from "../../../src/io/onnx/external.js";
import { readTensor, valueEdits, valuesOf } from "../../../src/io/onnx/tensor.js";
import { field, joined, rootOf, splice } from "../../../src/io/onnx/wire.js";
import { FLOAT, HALF, raw, type TensorInit, weight } from "./sample.js";

const fileOf = (tensor: TensorInit) => toBinary(TensorProtoSchema, create(TensorProtoSchema, tensor));
const read = (file: Uint8Array) => readTensor(rootOf(file), new DataFiles({}));
const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];

/** The same values in every field that may hold them. */
const forms: [string, (values: Float32Array) => TensorInit][] = [
  ["raw data", (values) => ({ dataType: FLOAT, rawData: raw(values) })],
  ["float_data", (values) => ({ dataType: FLOAT, floatData: [...values] })],
  ["raw float16", (values) => ({ dataType: HALF, rawData: raw(f16FromF32(values)) })],
  ["float16 in int32_data", (values) => ({ dataType: HALF, int32Data: [...f16FromF32(values)] })],
];

describe.each(forms)("%s", (_, form) => {
  const halves = fc.integer({ min: 0, max: 0x7bff }).map((half) => f32FromF16(Uint16Array.of(half))[0]);
  const arrays = fc.uint8Array({ maxLength: 40 }).chain(({ length }) => {
    const array = fc.array(halves, { minLength: length, maxLength: length });
    return fc.tuple(array, array).map((pair) => pair.map((values) => Float32Array.from(values)));
  });

  test("gives its values, and takes others as a writer would write them", () => {
    fc.assert(
      fc.property(arrays, fc.string(), ([before, after], name) => {
        const tensor = (values: Float32Array) =>
          fileOf({ name, dims: [1n, BigInt(values.length)], docString: "é", ...form(values) } as TensorInit);
        const file = tensor(before);
        const found = read(file);
        expect(found).toMatchObject({ name, dims: [1, before.length], isFloat: true });
        expect(bits(valuesOf(found))).toEqual(bits(before));
        expect(splice(rootOf(file), valueEdits(found, before))).toEqual(file);
        expect(splice(rootOf(file), valueEdits(found, after))).toEqual(tensor(after));
      }),
    );
  });
});

test("float_data one by one stays that", () => {
  const one = (value: number) => joined([Uint8Array.of(0x25), raw(Float32Array.of(value))]);
  const file = joined([field(1, 3), one(1), field(2, FLOAT), one(-2), one(0.5)]);
  const tensor = read(file);
  expect([...valuesOf(tensor)]).toEqual([1, -2, 0.5]);
  const changed = splice(rootOf(file), valueEdits(tensor, Float32Array.of(0, 3, 0)));
  expect(changed).toEqual(joined([field(1, 3), one(0), field(2, FLOAT), one(3), one(0)]));
});
test("other types are known by name and sizes", () => {
  const tensor = read(fileOf({ name: "shape", dims: [2n], dataType: 7, int64Data: [1n, 2n] } as TensorInit));
  expect(tensor).toMatchObject({ name: "shape", dims: [2], type: 7, isFloat: false });
});

test.each<[string, object, string]>([
  [
    "values in another file",
    {
      dataLocation: 1,
      externalData: [
        { key: "offset", value: "0" },
        { key: "location", value: "w.bin" },
      ],
    },
    'onnx tensor "w" expected its values in the file "w.bin" beside the model, found no such file given',
  ],
  ["external data that says nothing more", { dataLocation: 1 }, 'beside the model, found ""'],
  ["a segment", { segment: { begin: 0n, end: 1n } }, "expected a whole tensor"],
  ["a negative size", { dims: [-1n, -1n] }, "sizes ≥ 0, found [-1, -1]"],
  ["a size of 2⁵³", { dims: [2n ** 53n] }, "sizes ≥ 0"],
  ["sizes whose product overflows", { dims: [2n ** 32n, 2n ** 32n] }, "found 1"],
  ["∞ · 0 sizes", { dims: [...Array(25).fill(2n ** 52n), 0n] }, "expected NaN values"],
  ["65 sizes", { dims: Array(65).fill(1n) }, "at most 64 sizes"],
  ["fewer values", { dims: [2n] }, "expected 2 values for [2], found 1"],
  ["half a value", { rawData: new Uint8Array(5) }, "values of 4 bytes, found 5 bytes"],
  ["values in two fields", { floatData: [1] }, "values in one field, found them in 2"],
  ["no values", { rawData: new Uint8Array(0) }, "expected 1 values for [1], found 0"],
  ["17 bits", { dataType: HALF, rawData: new Uint8Array(0), int32Data: [0x10000] }, "16 bits of a float16"],
  [
    "a sign",
    { dataType: HALF, rawData: new Uint8Array(0), int32Data: [-1] },
    "16 bits of a float16, found -1",
  ],
])("%s are refused", (_, more, message) => {
  const file = fileOf({ ...weight("w", [1], [1]), ...more } as TensorInit);
  expect(() => read(file)).toThrow(FormatError);
  expect(() => read(file)).toThrow(message);
});
test("raw data given twice is refused", () => {
  const file = joined([fileOf(weight("w", [2], [1]) as TensorInit), field(9, new Uint8Array(4))]);
  expect(() => read(file)).toThrow("raw data once, found it twice");
});
