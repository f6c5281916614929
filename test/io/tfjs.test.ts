import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, FormatError } from "../../src/errors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { readTfjs, tfjsPaths } from "../../src/io/tfjs.js";
import { tenth } from "../harness/size.js";
import { mutants, readAll } from "./mutants.js";

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const bytes = (...arrays: ArrayBufferView[]) =>
  Uint8Array.from(
    arrays.flatMap((array) => [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)]),
  );
const text = (word: string) => [Uint32Array.of(word.length), new TextEncoder().encode(word)];

/** A model of one group: its weights are all in `shard`. */
function model(weights: unknown[], shard: Uint8Array = new Uint8Array(0)) {
  return [json({ weightsManifest: [{ paths: ["w.bin"], weights }] }), new Map([["w.bin", shard]])] as const;
}

/** A layers model with two groups, one of which is split in the middle of a number. */
const whole = bytes(Float32Array.of(1, -2, 3), Int32Array.of(-7), Uint8Array.of(1, 0));
const layers = json({
  format: "layers-model",
  modelTopology: { class_name: "Sequential" },
  weightsManifest: [
    {
      paths: ["group1-shard1of2.bin", "group1-shard2of2.bin"],
      weights: [
        { name: "dense/kernel", shape: [3, 1], dtype: "float32" },
        { name: "step", shape: [], dtype: "int32" },
        { name: "mask", shape: [2], dtype: "bool" },
      ],
    },
    { paths: ["more/b.bin"], weights: [{ name: "empty", shape: [0, 4], dtype: "float32" }] },
  ],
});
const layersShards = new Map([
  ["group1-shard1of2.bin", whole.slice(0, 5)],
  ["group1-shard2of2.bin", whole.slice(5)],
  ["more/b.bin", new Uint8Array(0)],
]);

/** A graph model with every kind of quantisation, and texts in between. */
const quantised = (dtype: string, scale?: number, min?: number) => ({
  quantization: { dtype, scale, min, original_dtype: "float32" },
});
const [graph, graphShards] = model(
  [
    { name: "u8", shape: [2], dtype: "float32", ...quantised("uint8", 0.1, -1) },
    { name: "words", shape: [2], dtype: "string" },
    { name: "u16", shape: [2], dtype: "float32", ...quantised("uint16", 2 ** -16, 0.5) },
    { name: "f16", shape: [1, 2], dtype: "float32", ...quantised("float16") },
    { name: "int", shape: [2], dtype: "int32", ...quantised("uint8", 2.6, -10) },
    { name: "plain", shape: [1], dtype: "float32" },
  ],
  bytes(
    Uint8Array.of(0, 255),
    ...text(""),
    ...text("two"),
    Uint16Array.of(0, 65_535),
    Uint16Array.of(0x3e00, 0x8001),
    Uint8Array.of(1, 3),
    Float32Array.of(0.75),
  ),
);

test("reads a layers model whose shards cut a number in two", () => {
  expect(tfjsPaths(layers)).toEqual(["group1-shard1of2.bin", "group1-shard2of2.bin", "more/b.bin"]);
  expect(readTfjs(layers, layersShards)).toEqual({
    tensors: new Map<string, Tensor>([
      ["dense/kernel", { dtype: "F32", shape: [3, 1], data: Float32Array.of(1, -2, 3) }],
      ["step", { dtype: "I32", shape: [], data: Int32Array.of(-7) }],
      ["mask", { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }],
      ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
    ]),
    skipped: [],
  });
});

test("reads quantised weights as the numbers they stand for, and steps over texts", () => {
  const { tensors, skipped } = readTfjs(graph, graphShards);
  expect(skipped).toEqual(["words"]);
  expect([...tensors].map(([name, { dtype, shape, data }]) => [name, dtype, shape, [...data]])).toEqual([
    ["u8", "F32", [2], [-1, Math.fround(255 * 0.1 - 1)]],
    ["u16", "F32", [2], [0.5, Math.fround(65_535 / 65_536 + 0.5)]],
    ["f16", "F32", [1, 2], [1.5, -(2 ** -24)]],
    ["int", "I32", [2], [-7, -2]],
    ["plain", "F32", [1], [0.75]],
  ]);
});

test("a model without weights", () => {
  expect(readTfjs(json({ weightsManifest: [] }), new Map()).tensors.size).toBe(0);
  expect(readTfjs(...model([])).tensors.size).toBe(0);
});

describe("refuses", () => {
  const one = { name: "a", shape: [2], dtype: "float32" };
  const long = bytes(Uint32Array.of(0xffffffff));
  test.each<[string, readonly [Uint8Array, Map<string, Uint8Array>], string]>([
    ["bad JSON", [new TextEncoder().encode("{"), new Map()], "model.json expected JSON, found"],
    ["no UTF-8", [Uint8Array.of(0x22, 0xff, 0x22), new Map()], "model.json expected JSON"],
    ["null", [json(null), new Map()], "a list weightsManifest, found undefined"],
    ["no manifest", [json({ weightsManifest: {} }), new Map()], "a list weightsManifest, found an object"],
    [
      "a group that is none",
      [json({ weightsManifest: [1] }), new Map()],
      "groups of paths and weights, found 1",
    ],
    ["no name", model([{ ...one, name: 1 }]), "expected a name, found 1"],
    [
      "no shape",
      model([{ ...one, shape: [-1] }]),
      'tensor "a" expected a shape of whole numbers ≥ 0, found [-1]',
    ],
    ["complex64", model([{ ...one, dtype: "complex64" }]), 'float32, int32, bool, string, found "complex64"'],
    ["a dtype of Object.prototype", model([{ ...one, dtype: "constructor" }]), 'found "constructor"'],
    ["int4", model([{ ...one, ...quantised("int4", 1, 0) }]), 'as uint8, uint16, float16, found "int4"'],
    ["quantised truth", model([{ ...one, dtype: "bool", ...quantised("uint8", 1, 0) }]), 'found "bool"'],
    ["int32 as float16", model([{ ...one, dtype: "int32", ...quantised("float16") }]), 'found "int32"'],
    [
      "a scale of text",
      model([{ ...one, quantization: { dtype: "uint8", scale: "1" } }]),
      "a finite scale and min",
    ],
    ["too few bytes", model([one], new Uint8Array(7)), "8 bytes for float32 [2], found 7 left in its shards"],
    ["too many bytes", model([one], new Uint8Array(9)), "expected 8 bytes, found 9"],
    ["a size that overflows", model([{ ...one, shape: [2 ** 52, 2 ** 52, 2 ** 52] }]), "found 0 left"],
    ["a name twice", model([one, one], new Uint8Array(16)), 'each name once, found "a" twice'],
    ["2⁵² texts", model([{ ...one, shape: [2 ** 52], dtype: "string" }], long), "texts for string"],
    [
      "a text beyond the end",
      model([{ ...one, shape: [1], dtype: "string" }], long),
      "1 texts for string [1]",
    ],
    ["a text after that", model([{ ...one, dtype: "string" }], bytes(long, long)), "2 texts for string [2]"],
  ])("%s", (_, [manifest, shards], message) => {
    expect(() => readTfjs(manifest, shards)).toThrow(FormatError);
    expect(() => readTfjs(manifest, shards)).toThrow(message);
  });
  test.each(["../w.bin", "a/../../w.bin", "/etc/passwd", "C:w.bin", "a\\b", "", "https://a/b", 7])(
    "the path %j",
    (path) => {
      const read = () => tfjsPaths(json({ weightsManifest: [{ paths: [path], weights: [] }] }));
      expect(read).toThrow("weightsManifest expected paths within its folder, found");
    },
  );
  test("a path twice: its bytes would be joined again and again", () => {
    const group = { paths: ["w.bin"], weights: [] };
    for (const groups of [[group, group], [{ ...group, paths: ["w.bin", "w.bin"] }]]) {
      const read = () => readTfjs(json({ weightsManifest: groups }), graphShards);
      expect(read).toThrow('weightsManifest expected each path once, found "w.bin" twice');
    }
  });
  test("a name twice among texts; 100,000 texts take no time", () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => ({ name: `t${i}`, shape: [0], dtype: "string" }));
    expect(readTfjs(...model(texts)).skipped).toHaveLength(100_000);
    expect(() => readTfjs(...model([...texts, texts[0]]))).toThrow('each name once, found "t0" twice');
  }, 5000);
  test("a missing shard, and one that is no Uint8Array", () => {
    expect(() => readTfjs(graph, new Map())).toThrow(ArgumentRangeError);
    expect(() => readTfjs(graph, new Map([["w.bin", "x" as never]]))).toThrow(ArgumentTypeError);
    expect(tfjsPaths(json({ weightsManifest: [{ paths: ["a..b/..c.bin"], weights: [] }] }))).toHaveLength(1);
  });
});

test.each([
  ["graph", graph, graphShards],
  ["layers", layers, layersShards],
] as const)("reads a damaged %s model right or refuses it", (_, manifest, shards) => {
  const [path, shard] = [...shards][0];
  const good = readTfjs(manifest, shards);
  const damagedManifests = readAll(
    mutants(manifest, tenth(8000)),
    (damaged) =>
      readTfjs(
        damaged,
        new Map(tfjsPaths(damaged).map((name, i) => [name, [...shards.values()][i] ?? shard])),
      ),
    ({ tensors }) => {
      for (const { shape, data } of tensors.values())
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    },
  );
  const damagedShards = readAll(
    mutants(shard, tenth(4000)),
    (damaged) => readTfjs(manifest, new Map([...shards, [path, damaged]])),
    ({ tensors, skipped }) => {
      expect([...tensors.keys(), ...skipped]).toEqual([...good.tensors.keys(), ...good.skipped]);
    },
  );
  for (const { refused, read } of [damagedManifests, damagedShards]) {
    expect(refused).toBeGreaterThan(tenth(1000));
    expect(read).toBeGreaterThan(tenth(200));
  }
});
