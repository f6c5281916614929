/** `run` and `inspect`: what they print, and what they say of input that does not fit. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { model } from "../../src/graph/model.js";
import { readNpz, writeNpy } from "../../src/io/index.js";
import { openSync } from "../../src/open.js";
import { graphOf, onnxOf } from "../graph/models.js";
import { int, node, weight } from "../io/onnx/sample.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const parts: Parameters<typeof onnxOf> = [
  { x: ["n", 3] },
  [
    node("Gemm", ["x", "w"], ["h"], { name: "first", attribute: [int("transB", 1)] } as never),
    node("Relu", ["h"], ["y"]),
  ],
  ["y"],
  [weight("w", [2, 3], [1, 0, -2, 0, 0, 3])],
];
const data = Float32Array.of(1, 2, 3, -1, -2, -3);
let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = newFolder();
  writeFileSync(at("m.onnx"), onnxOf(...parts));
  writeFileSync(at("x.npy"), writeNpy({ dtype: "F32", shape: [2, 3], data }));
  writeFileSync(at("wide.npy"), writeNpy({ dtype: "F32", shape: [2, 2], data: data.slice(0, 4) }));
  const loop = onnxOf({ x: [3] }, [node("Loop", ["", "", "x"], ["y"], { name: "again" })], ["y"]);
  writeFileSync(at("loop.onnx"), loop);
  writeFileSync(at("broken.onnx"), "no model");
});

test("run writes the outputs, and tells shapes, times, memory and layers", async () => {
  const args = [
    "run",
    at("m.onnx"),
    "--input",
    `x=${at("x.npy")}`,
    "--out",
    at("y.npz"),
    "--repeat",
    "3",
    "--json",
  ];
  const { stdout, code } = await cli(args);
  expect(code).toBe(0);
  const result = JSON.parse(stdout);
  expect(result.outputs).toEqual([{ name: "y", shape: [2, 2], dtype: "f32" }]);
  expect(result.medianMs).toBeGreaterThanOrEqual(0);
  expect(result.peakBytes).toBeGreaterThan(0);
  expect(result.seconds).toBeGreaterThan(0);
  for (const layer of result.layers)
    expect(Object.keys(layer)).toEqual(["name", "op", "kernel", "density", "multiplyAdds", "ms"]);
  const core = openSync();
  const expected = model(core, graphOf(...parts)).run({ x: { shape: [2, 3], data } }).y;
  core.dispose();
  expect(readNpz(readFileSync(at("y.npz"))).get("y")?.data).toEqual(expected.data);
});

test("inspect tells what is in a model", async () => {
  const { stdout, code } = await cli(["inspect", at("m.onnx"), "--shape", "4,3", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    format: "onnx",
    inputs: [{ name: "x", dtype: "f32", shape: ["n", 3] }],
    outputs: ["y"],
    parameters: 6,
    multiplyAdds: 24,
    layers: [{ name: "first", op: "Gemm", rows: 2, columns: 3, sparsity: 0.5, multiplyAdds: 24 }],
    unsupported: [],
  });
  expect(JSON.parse((await cli(["inspect", at("loop.onnx"), "--json"])).stdout).unsupported).toEqual([
    "Loop",
  ]);
});

test.each<[string, () => string[], string]>([
  ["no input", () => ["run", at("m.onnx")], "x (f32 n × 3)"],
  ["an input of another size", () => ["run", at("m.onnx"), "--input", at("wide.npy")], "[n, 3]"],
  ["a name that is none", () => ["run", at("m.onnx"), "--input", `z=${at("x.npy")}`], "one of the inputs x"],
  ["operators that are missing", () => ["run", at("loop.onnx"), "--input", at("x.npy")], "Loop (again)"],
  ["a file that is no model", () => ["inspect", at("broken.onnx")], "broken.onnx"],
  ["a file that is not there", () => ["inspect", at("none.onnx")], "none.onnx"],
  ["another kind of file", () => ["inspect", at("x.npy")], ".onnx, .json or .safetensors"],
  ["sizes that are none", () => ["inspect", at("m.onnx"), "--shape", "x=0,3"], "sizes > 0"],
])("%s: one line, exit 2, nothing written", async (_, args, message) => {
  const { stdout, stderr, code } = await cli([
    ...args(),
    ...(args()[0] === "run" ? ["--out", at("no.npz")] : []),
  ]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
  expect(existsSync(at("no.npz"))).toBe(false);
});
