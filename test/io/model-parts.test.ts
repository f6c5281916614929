/** Weights that stand as others: what torch.nn.utils.prune leaves, masks of every type. */
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, FormatError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { bf16FromF32, f16FromF32 } from "../../src/io/half.js";
import { type ModelLayer, readModel, writeModel } from "../../src/io/model.js";
import type { Tensor } from "../../src/io/tensor.js";

const f32 = (shape: number[], ...data: number[]): Tensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(data),
});
const read = (tensors: Record<string, Tensor>) => readModel(new Map(Object.entries(tensors))).layers;
const bits = [1, 0, 1, 0];
const expected = {
  ...{ name: "fc", rows: 2, columns: 2, weights: Float32Array.of(1, 0, 3, 0) },
  ...{ bias: new Float32Array(2), mask: Uint8Array.from(bits) },
};

describe("torch.nn.utils.prune", () => {
  const orig = f32([2, 2], 1, 2, 3, Number.NaN);
  const mask = f32([2, 2], ...bits);
  test("a weight is the original times its mask, in whichever order they stand", () => {
    expect(read({ "fc.weight_orig": orig, "fc.weight_mask": mask })).toEqual([expected]);
    expect(read({ "fc.weight_mask": mask, "fc.weight_orig": orig })).toEqual([expected]);
    expect(read({ "fc.weight": orig, "fc.weight_mask": mask })).toEqual([expected]);
    expect(read({ "fc.weight_mask": mask, "fc.weight": orig })).toEqual([expected]);
  });
  test("so is a bias", () => {
    const bias = { "fc.bias_orig": f32([2], 5, 6), "fc.bias_mask": f32([2], 0, 1) };
    const [layer] = read({ "fc.weight_orig": orig, "fc.weight_mask": mask, ...bias });
    expect(layer).toEqual({ ...expected, bias: Float32Array.of(0, 6) });
  });
  test("layers stay where they stand", () => {
    const layers = read({
      "in.weight_orig": orig,
      "in.weight_mask": mask,
      "then.weight": f32([2, 2], 1, 1, 1, 1),
      "at.weight_orig": orig,
      "at.weight_mask": mask,
    });
    expect(layers.map(({ name }) => name)).toEqual(["in", "then", "at"]);
  });
  test.each<[string, Record<string, Tensor>, string]>([
    [
      "no mask",
      { "fc.weight_orig": orig },
      'tensor "fc.weight_mask" expected beside "fc.weight_orig", found none',
    ],
    ["no weight", { "fc.weight_mask": mask }, 'tensor "fc.weight_orig" expected beside "fc.weight_mask"'],
    [
      "the weight twice",
      { "fc.weight_orig": orig, "fc.weight_mask": mask, "fc.weight": orig },
      'model expected "fc.weight" once, found "fc.weight" beside "fc.weight_orig"',
    ],
    [
      "the mask twice",
      { "fc.weight_orig": orig, "fc.weight_mask": mask, "fc.mask": mask },
      'model expected "fc.weight" once, found "fc.mask" beside "fc.weight_mask"',
    ],
    [
      "another shape",
      { "fc.weight_orig": orig, "fc.weight_mask": f32([4], ...bits) },
      'tensor "fc.weight_mask" expected shape [2, 2], as "fc.weight_orig" has, found [4]',
    ],
    [
      "half a mask",
      { "fc.weight_orig": orig, "fc.weight_mask": f32([2, 2], 1, 0.5, 0, 0) },
      'tensor "fc.weight_mask" expected 0 and 1, found 0.5 at index 1',
    ],
    ["spectral norm", { "fc.weight_orig": orig, "fc.weight_u": f32([2], 1, 1) }, '"fc.weight_mask" expected'],
  ])("refuses %s", (_, tensors, message) => {
    expect(() => read(tensors)).toThrow(FormatError);
    expect(() => read(tensors)).toThrow(message);
  });
});

const shape = [2, 2];
test.each<Tensor>([
  { dtype: "BOOL", shape, data: Uint8Array.from(bits) },
  { dtype: "U8", shape, data: Uint8Array.from(bits) },
  { dtype: "I8", shape, data: Int8Array.from(bits) },
  { dtype: "I32", shape, data: Int32Array.from(bits) },
  { dtype: "I64", shape, data: BigInt64Array.from(bits, BigInt) },
  { dtype: "F64", shape, data: Float64Array.from(bits) },
  { dtype: "F32", shape, data: Float32Array.from(bits) },
  { dtype: "F16", shape, data: f16FromF32(Float32Array.from(bits)) },
  { dtype: "BF16", shape, data: bf16FromF32(Float32Array.from(bits)) },
])("a mask of $dtype is one", (mask) => {
  expect(read({ "fc.weight": f32(shape, 1, 0, 3, 0), "fc.mask": mask })).toEqual([expected]);
});

test("a mask of other numbers is none", () => {
  const mask = (tensor: Tensor) => () => read({ "fc.weight": f32(shape, 1, 2, 3, 4), "fc.mask": tensor });
  const wide = { dtype: "I64", shape, data: BigInt64Array.of(1n, 0n, -1n, 0n) } as const;
  expect(mask(wide)).toThrow('tensor "fc.mask" expected 0 and 1, found -1 at index 2');
  expect(mask({ dtype: "F8_E5M2", shape, data: new Uint8Array(4) })).toThrow("0 and 1, found F8_E5M2");
});

describe("writing refuses what would be read as something else", () => {
  const layer: ModelLayer = { ...expected, weights: Float32Array.of(1, 2, 3, 4) };
  const write =
    (...layers: Partial<ModelLayer>[]) =>
    () =>
      writeModel({ layers: layers.map((one) => ({ ...layer, ...one })) });

  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    ["nothing", write(), ArgumentRangeError, '"model.layers" expected at least one layer, got none'],
    [
      "two of one name",
      write({ name: "a" }, { name: "a" }),
      ArgumentRangeError,
      '"model.layers[1].name" expected another name, got "a" twice',
    ],
    [
      "numbers that run backwards",
      write({ name: "fc2" }, { name: "fc1" }),
      ArgumentRangeError,
      '"model.layers" expected the order that their names say, fc1, fc2, got fc2, fc1',
    ],
    [
      "layers that do not follow",
      write({ name: "a" }, { name: "b", rows: 4, columns: 1, bias: new Float32Array(4) }),
      ShapeError,
      '"model.layers[1].columns" expected 2, the rows of the layer before, got 1',
    ],
    ["no rows", write({ rows: 0, weights: new Float32Array(0) }), ArgumentRangeError, "layers[0].rows"],
    [
      "a mask of 2",
      write({ mask: Uint8Array.of(1, 2, 0, 0) }),
      ArgumentRangeError,
      '"model.layers[0].mask" expected 0 and 1, got 2 at index 1',
    ],
    [
      "NaN",
      write({ weights: Float32Array.of(0, 0, Number.NaN, 0) }),
      NonFiniteError,
      '"model.layers[0].weights" expected finite numbers, got NaN at row 1, column 0',
    ],
    [
      "infinity",
      write({ mask: undefined, weights: Float32Array.of(0, Infinity, 0, 0) }),
      NonFiniteError,
      "row 0",
    ],
    ["a bias of NaN", write({ bias: Float32Array.of(0, Number.NaN) }), NonFiniteError, "layers[0].bias"],
  ])("%s", (_, attempt, Class, message) => {
    expect(attempt).toThrow(Class);
    expect(attempt).toThrow(message);
  });

  test("but not what is pruned anyway", () => {
    expect(write({ weights: Float32Array.of(1, Number.NaN, 3, Infinity) })).not.toThrow();
  });
});
