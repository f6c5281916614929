/** ONNX models whose values are in files beside them, and what is no ONNX model. */
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { onnxFiles, readOnnx } from "../../src/io/onnx/onnx.js";
import { Random } from "../harness/random.js";
import { FLOAT, modelOf, node, type TensorInit, value } from "../io/onnx/sample.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const folder = newFolder();
const path = (name: string) => join(folder, name);
const prune = (line: string) => cli(["prune", ...line.split(" "), "--workers", "0"], folder);
const magnitude = "--sparsity 0.5 --method magnitude";
const beside = (name: string, dims: number[], location: string, offset: number): TensorInit => ({
  ...{ name, dims: dims.map(BigInt), dataType: FLOAT, dataLocation: 1 },
  externalData: [
    { key: "location", value: location },
    { key: "offset", value: `${offset}` },
  ],
});
/** x [n, 8] → MatMul "a" (8 × 8) → MatMul "b" (8 × 4), and a table of many rows. */
const model = (files: readonly [string, string], offsets: readonly [number, number], ...more: TensorInit[]) =>
  modelOf({
    initializer: [
      beside("wa", [8, 8], files[0], offsets[0]),
      beside("wb", [8, 4], files[1], offsets[1]),
      ...more,
    ],
    input: [value("x", FLOAT, ["n", 8])],
    output: [value("y", FLOAT, ["n", 4])],
    node: [
      node("MatMul", ["x", "wa"], ["h"], { name: "a" }),
      node("MatMul", ["h", "wb"], ["y"], { name: "b" }),
    ],
  });
const weights = new Uint8Array(new Random(1).uniform(96).buffer as ArrayBuffer);

describe("values beside the model", () => {
  test("are written beside the new one, under its name", async () => {
    writeFileSync(path("Small.ONNX"), model(["Small.ONNX.data", "Small.ONNX.data"], [0, 256]));
    writeFileSync(path("Small.ONNX.data"), weights);
    chmodSync(path("Small.ONNX.data"), 0o444);
    const { code, stderr } = await prune(`Small.ONNX ${magnitude} --out new.onnx`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const bytes = new Uint8Array(readFileSync(path("new.onnx")));
    expect(onnxFiles(bytes)).toEqual(["new.onnx.data"]);
    const written = readOnnx(bytes, { "new.onnx.data": new Uint8Array(readFileSync(path("new.onnx.data"))) });
    expect([written.kept("a"), written.kept("b")]).toEqual([32, 16]);
    expect(new Uint8Array(readFileSync(path("Small.ONNX.data")))).toEqual(weights);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
  test("of several files stay several", async () => {
    writeFileSync(path("two.onnx"), model(["two.onnx.0", "w.bin"], [0, 0]));
    writeFileSync(path("two.onnx.0"), weights.subarray(0, 256));
    writeFileSync(path("w.bin"), weights.subarray(256));
    expect((await prune(`two.onnx ${magnitude} --out p.onnx`)).code).toBe(0);
    expect(onnxFiles(new Uint8Array(readFileSync(path("p.onnx"))))).toEqual(["p.onnx.0", "p.onnx.w.bin"]);
    expect(readFileSync(path("p.onnx.0")).length + readFileSync(path("p.onnx.w.bin")).length).toBe(384);
  });
  test("are never replaced while they are read", async () => {
    writeFileSync(path("in.onnx"), model(["out.onnx.data", "out.onnx.data"], [0, 256]));
    writeFileSync(path("out.onnx.data"), weights);
    const { code, stderr } = await prune(`in.onnx ${magnitude} --out out.onnx`);
    expect(code).toBe(2);
    expect(stderr).toContain("out.onnx.data is read");
    expect(new Uint8Array(readFileSync(path("out.onnx.data")))).toEqual(weights);
    expect(existsSync(path("out.onnx"))).toBe(false);
  });
  test("over 2 GiB are read and written in parts", async () => {
    const start = 2 ** 31 + 4096;
    const table = beside("table", [2 ** 16, 2 ** 12], "big.data", 0);
    writeFileSync(path("big.onnx"), model(["big.data", "big.data"], [start, start + 256], table));
    const file = openSync(path("big.data"), "w");
    writeSync(file, weights, 0, weights.length, start);
    ftruncateSync(file, start + 8192);
    closeSync(file);
    const dry = await prune(`big.onnx ${magnitude} --dry-run`);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toMatch(/^table +65536 × 4096 +268435456 +– +read by no node$/m);
  });
  test("that are missing are named", async () => {
    writeFileSync(path("lost.onnx"), model(["gone.data", "gone.data"], [0, 256]));
    const { code, stderr } = await prune(`lost.onnx ${magnitude} --out l.onnx`);
    expect(code).toBe(2);
    expect(stderr).toContain("expected its values in gone.data, a file beside it, got nothing there");
  });
});

describe("what is no ONNX model is told for what it is", () => {
  const whole = model(["m", "m"], [0, 256]);
  test.each<[string, Uint8Array, string]>([
    ["packed", gzipSync(whole), "packed by gzip"],
    [
      "cut short",
      whole.subarray(0, whole.length - 20),
      `bytes or more, found ${whole.length - 20}: it ends early`,
    ],
  ])("%s", async (name, bytes, message) => {
    writeFileSync(path(`${name.replace(" ", "-")}.onnx`), bytes);
    const { code, stderr } = await prune(`${name.replace(" ", "-")}.onnx ${magnitude} --out n.onnx`);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
