import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readSafetensors, writeInOrder, writeSafetensors } from "../../src/io/safetensors.js";
import { readShards, shardNames, writeShards } from "../../src/io/shards.js";
import type { Tensor } from "../../src/io/tensor.js";

const f32 = (...data: number[]): Tensor => ({
  dtype: "F32",
  shape: [data.length],
  data: Float32Array.from(data),
});
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const file = (tensors: Record<string, Tensor>, metadata = {}) =>
  writeInOrder(new Map(Object.entries(tensors)), metadata);
const [ONE, TWO] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const index = json({
  metadata: { total_size: 20 },
  weight_map: { "b.bias": TWO, "a.weight": TWO, "z.weight": ONE, "z.bias": ONE },
});
const files = new Map([
  [TWO, file({ "a.weight": f32(3, 4), "b.bias": f32(5) })],
  [ONE, file({ "z.weight": f32(1), "z.bias": f32(2) }, { format: "pt" })],
]);

test("tensors stand as in the files, one after the other", () => {
  expect(shardNames(index)).toEqual([ONE, TWO]);
  const { tensors, metadata } = readShards(index, files);
  expect([...tensors.keys()]).toEqual(["z.weight", "z.bias", "a.weight", "b.bias"]);
  expect(tensors.get("a.weight")?.data).toEqual(Float32Array.of(3, 4));
  expect(metadata).toEqual({ format: "pt" });
});

test("what is written is the same again, new tensors beside those of their layer", () => {
  const model = readShards(index, files);
  const mask: Tensor = { dtype: "U8", shape: [2], data: Uint8Array.of(1, 0) };
  model.tensors.set("a.mask", mask).set("z.weight.bitmask", mask);
  const written = writeShards(model, index, "small");
  const names = ["small-00001-of-00002.safetensors", "small-00002-of-00002.safetensors"];
  expect([...written.files.keys()]).toEqual(names);
  expect(shardNames(written.index)).toEqual(names);
  const keys = names.map((name) => [...readSafetensors(written.files.get(name)!).tensors.keys()]);
  expect(keys).toEqual([
    ["z.weight", "z.bias", "z.weight.bitmask"],
    ["a.weight", "b.bias", "a.mask"],
  ]);
  const again = readShards(written.index, written.files);
  expect(Object.fromEntries(again.tensors)).toEqual(Object.fromEntries(model.tensors));
  expect(again.metadata).toEqual({ format: "pt" });
  expect(JSON.parse(new TextDecoder().decode(written.index)).metadata).toEqual({ total_size: 5 * 4 + 4 });
});

test("a file that is left empty is not written", () => {
  const { tensors, metadata } = readShards(index, files);
  const rest = new Map([...tensors].filter(([key]) => key.startsWith("z")));
  const written = writeShards({ tensors: rest, metadata }, index, "m");
  expect([...written.files.keys()]).toEqual(["m-00001-of-00001.safetensors"]);
});

describe("refuses", () => {
  const map = (weights: unknown) => json({ weight_map: weights });
  test.each<[string, Uint8Array, string]>([
    ["no JSON", new TextEncoder().encode("{"), "index expected JSON"],
    ["a list", json([]), "an object with a weight_map"],
    ["no map", json({ metadata: {} }), "an object with a weight_map, found an object"],
    ["an empty map", map({}), "expected tensors in its weight_map"],
    ["a tensor twice", new TextEncoder().encode(`{"weight_map":{"a":"${ONE}","a":"${TWO}"}}`), '"a" twice'],
    ["a file elsewhere", map({ a: "../x.safetensors" }), 'for tensor "a", found "../x.safetensors"'],
    ["an absolute path", map({ a: "/x.safetensors" }), 'found "/x.safetensors"'],
    ["another kind of file", map({ a: "pytorch_model.bin" }), 'found "pytorch_model.bin"'],
    ["a number", map({ a: 3 }), "found 3"],
    ["a file that is not there", map({ a: "x.safetensors" }), 'the file "x.safetensors", found none'],
    ["a tensor that is not there", map({ "z.weight": ONE, "z.bias": ONE, q: ONE }), 'tensor "q", found none'],
    [
      "a tensor in another file",
      map({ "z.weight": ONE, "z.bias": TWO }),
      `"z.bias" in "${ONE}", found it in`,
    ],
    ["a tensor it does not know", map({ "z.weight": ONE }), "found it nowhere in it"],
  ])("%s", (_, broken, message) => {
    const read = () => readShards(broken, files);
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });
  test("a broken file", () => {
    const broken = new Map(files).set(ONE, writeSafetensors(new Map()).subarray(0, 9));
    expect(() => readShards(index, broken)).toThrow(FormatError);
  });
});
