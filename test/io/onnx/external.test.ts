/** Models that keep values in files beside them. */
import { describe, expect, test } from "vitest";
import { patchedFiles } from "../../../src/io/onnx/external.js";
import { onnxFiles, readOnnx } from "../../../src/io/onnx/onnx.js";
import { planOnnx, pruneOnnx } from "../../../src/onnx/prune-onnx.js";
import { openSync } from "../../../src/open.js";
import { Random } from "../../harness/random.js";
import { float, run } from "./run.js";
import { FLOAT, modelOf, node, type TensorInit, value, weight } from "./sample.js";

const [first, second] = [new Random(1).uniform(24), new Random(2).uniform(12)];
const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer.slice(0) as ArrayBuffer);

/** A tensor of a file; what is "" is left away. */
const beside = (
  name: string,
  dims: number[],
  location: string,
  offset: string,
  length: string,
  dataType = FLOAT,
): TensorInit => ({
  ...{ name, dims: dims.map(BigInt), dataType, dataLocation: 1 },
  externalData: Object.entries({ location, offset, length })
    .filter(([, text]) => text !== "")
    .map(([key, text]) => ({ key, value: text })),
});
/** x [n, 4] → MatMul "a" (4 × 6) → MatMul "b" (6 × 2). */
const model = (...initializer: TensorInit[]) =>
  modelOf({
    initializer,
    input: [value("x", FLOAT, ["n", 4])],
    output: [value("y", FLOAT, ["n", 2])],
    node: [
      node("MatMul", ["x", "wa"], ["h"], { name: "a" }),
      node("MatMul", ["h", "wb"], ["y"], { name: "b" }),
    ],
  });
const together = model(weight("wa", [4, 6], first), weight("wb", [6, 2], second));
const padded = (values: Float32Array, before: number, after: number) =>
  Uint8Array.from([...Array(before).fill(9), ...bytesOf(values), ...Array(after).fill(7)]);
const apart = () => ({
  file: model(beside("wa", [4, 6], "m.data", "16", "96"), beside("wb", [6, 2], "sub/b.bin", "", "")),
  files: { "m.data": padded(first, 16, 5), "sub/b.bin": padded(second, 0, 0) },
});

describe("values in files beside the model", () => {
  test("are read, and run when they are put into it", async () => {
    const { file, files } = apart();
    expect(onnxFiles(file)).toEqual(["m.data", "sub/b.bin"]);
    for (const given of [files, new Map(Object.entries(files))]) {
      const read = readOnnx(file, given);
      expect(read.weights("a")).toEqual(readOnnx(together).weights("a"));
      expect([read.kept("b"), read.parameters, read.files]).toEqual([12, 36, ["m.data", "sub/b.bin"]]);
      const x = { x: float([3, 4], new Random(5).uniform(12)) };
      expect((await run(read.withOutputs(["h"]), x)).y.data).toEqual((await run(together, x)).y.data);
    }
  });
  test("are changed where they stand, and nowhere else", () => {
    const { file, files } = apart();
    const read = readOnnx(file, files);
    const { bytes, patches } = read.edited(
      new Map([["a", new Float32Array(24)]]),
      new Map([["m.data", "new.data"]]),
    );
    expect(patches).toEqual([{ file: "m.data", start: 16, bytes: new Uint8Array(96) }]);
    const after = patchedFiles(files, patches);
    expect(after.get("m.data")).toEqual(
      Uint8Array.from(files["m.data"], (byte, i) => (i < 16 || i >= 112 ? byte : 0)),
    );
    expect(after.get("sub/b.bin")).toEqual(files["sub/b.bin"]);
    expect(onnxFiles(bytes)).toEqual(["new.data", "sub/b.bin"]);
    const again = readOnnx(bytes, { ...files, "new.data": after.get("m.data")! });
    expect([again.kept("a"), again.kept("b")]).toEqual([0, 12]);
    expect(read.edited(new Map()).bytes).toEqual(file);
    expect(readOnnx(read.withWeights(new Map([["a", new Float32Array(24)]]))).kept("a")).toBe(0);
  });
  test("are pruned to the same weights as in one file", async () => {
    using core = openSync();
    const { file, files } = apart();
    const before = structuredClone(files);
    const calibration = { x: { data: new Random(4).uniform(80), dims: [20, 4] } };
    const options = { sparsity: 0.5, calibration, workers: 0 };
    const done = await pruneOnnx(core, file, { ...options, files });
    const expected = await pruneOnnx(core, together, options);
    expect(done.layers).toEqual(expected.layers);
    expect(done.outputs).toEqual(expected.outputs);
    expect(files).toEqual(before);
    const read = readOnnx(done.bytes, patchedFiles(files, done.patches));
    for (const name of ["a", "b"]) expect(read.weights(name)).toEqual(readOnnx(expected.bytes).weights(name));
  });
  test("behind 2³² bytes are read in parts", async () => {
    using core = openSync();
    const start = 2 ** 32 + 64;
    const stored = bytesOf(first);
    const asked: number[] = [];
    const reader = {
      size: start + 96,
      read: (from: number, to: number) => {
        asked.push(to - from);
        return Uint8Array.from({ length: to - from }, (_, i) => stored[from + i - start] ?? 0);
      },
    };
    const file = model(beside("wa", [4, 6], "m.data", `${start}`, "96"), weight("wb", [6, 2], second));
    const options = { method: "magnitude", sparsity: 0.5, files: { "m.data": reader } } as const;
    const { bytes, patches } = await pruneOnnx(core, file, options);
    expect(patches.map(({ file: name, start: at, bytes: { length } }) => [name, at, length])).toEqual([
      ["m.data", start, 96],
    ]);
    expect(readOnnx(bytes, patchedFiles({ "m.data": reader }, patches)).kept("a")).toBe(12);
    expect(Math.max(...asked)).toBe(96);
  });
  test("that two constants share are left alone", () => {
    const file = model(beside("wa", [4, 6], "m", "0", "96"), beside("wb", [6, 2], "m", "48", "48"));
    const plan = () => planOnnx(file, { method: "magnitude", sparsity: 0.5, files: { m: bytesOf(first) } });
    expect(plan).toThrow("a (read by wb (same bytes) too); b (read by wa (same bytes) too)");
  });

  const inB = weight("wb", [6, 2], second);
  test.each<[string, TensorInit, Record<string, Uint8Array>, string]>([
    [
      "no such file",
      beside("wa", [4, 6], "m.data", "0", "96"),
      {},
      'in the file "m.data" beside the model, found no',
    ],
    [
      "a file that is too short",
      beside("wa", [4, 6], "m", "16", "96"),
      { m: new Uint8Array(96) },
      "file of 96 bytes",
    ],
    [
      "a file that stands for another",
      beside("wa", [4, 6], "m.data", "", ""),
      { "m.data": new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n") },
      '"m.data" beside the model: file expected its own content, found a Git LFS pointer',
    ],
    [
      "too few bytes",
      beside("wa", [4, 6], "m", "0", "95"),
      { m: new Uint8Array(96) },
      "96 bytes of values, found 95",
    ],
    ["an offset that is none", beside("wa", [4, 6], "m", "-4", ""), { m: new Uint8Array(96) }, "as offset"],
    ["a way out of the folder", beside("wa", [4, 6], "../m", "", ""), {}, 'beside the model, found "../m"'],
    ["a way from the root", beside("wa", [4, 6], "/etc/m", "", ""), {}, 'found "/etc/m"'],
    ["no name", beside("wa", [4, 6], "", "", ""), {}, 'found ""'],
  ])("are refused: %s", (_, tensor, files, message) => {
    expect(() => readOnnx(model(tensor, inB), files)).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
  });
});
