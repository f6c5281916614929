/** What `prune` leaves of a file as it was, and where it refuses to write. */
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bf16FromF32, f16FromF32 } from "../../src/io/half.js";
import { readModel } from "../../src/io/model.js";
import { writeNpy } from "../../src/io/npy.js";
import { readSafetensors, writeInOrder, writeSafetensors } from "../../src/io/safetensors.js";
import { floatsOf, type Tensor } from "../../src/io/tensor.js";
import { Random } from "../harness/random.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

type Floats = "F32" | "F64" | "F16" | "BF16";

/** A file as another program would write it: layers 9 → 7 → 4, one without bias, metadata, a header of its own. */
function foreign(dtype: Floats, { mask = false, unaligned = false } = {}) {
  const folder = newFolder();
  const path = (name: string) => join(folder, name);
  const random = new Random(11);
  const floats = (shape: number[]): Tensor => {
    const data = random.uniform(shape.reduce((a, b) => a * b));
    if (dtype === "F32") return { dtype, shape, data };
    if (dtype === "F64") return { dtype, shape, data: Float64Array.from(data, (value) => value / 3) };
    return { dtype, shape, data: dtype === "F16" ? f16FromF32(data) : bf16FromF32(data) };
  };
  const tensors = new Map<string, Tensor>([
    ["fc1.weight", floats([7, 9])],
    ["fc2.weight", floats([4, 7])],
    ["fc2.bias", floats([4])],
  ]);
  if (mask) {
    const data = Uint8Array.from({ length: 63 }, (_, i) => Number(i % 9 !== 2));
    tensors.set("fc1.mask", { dtype: "U8", shape: [7, 9], data });
  }
  const bytes = writeSafetensors(tensors, { format: "pt", made: "elsewhere" });
  writeFileSync(path("m.safetensors"), unaligned ? shifted(bytes) : bytes);
  writeFileSync(path("x.npy"), writeNpy({ dtype: "F32", shape: [40, 9], data: random.uniform(360) }));
  return { path };
}

/** The same file with a header that is one byte longer, so that no tensor is aligned. */
function shifted(bytes: Uint8Array): Uint8Array {
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const file = new Uint8Array(bytes.length + 1);
  file.set(bytes.subarray(0, start));
  file[start] = 0x20;
  file.set(bytes.subarray(start), start + 1);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 7), true);
  return file;
}

async function pruned(path: (name: string) => string, ...more: string[]) {
  const args = ["--calibration", path("x.npy"), "--workers", "0", "--out", path("p.safetensors"), "--json"];
  const { code, stdout, stderr } = await cli(["prune", path("m.safetensors"), ...args, ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [before, after] = ["m", "p"].map((name) => new Uint8Array(readFileSync(path(`${name}.safetensors`))));
  return {
    before,
    after,
    was: readSafetensors(before),
    now: readSafetensors(after),
    json: JSON.parse(stdout),
  };
}

const zerosIn = (tensor: Tensor | undefined) =>
  (floatsOf(tensor as Tensor) as Float32Array).reduce((sum, value) => sum + Number(value === 0), 0);

describe("the pruned file is the same file with other weights", () => {
  test.each<[Floats, string, { mask?: boolean; unaligned?: boolean }]>([
    ["F32", "exact-obs", {}],
    ["F32", "magnitude", { mask: true }],
    ["F32", "exact-obs", { unaligned: true }],
    ["F64", "magnitude", {}],
    ["F64", "sparsegpt", { unaligned: true }],
    ["F16", "exact-obs", { mask: true }],
    ["BF16", "wanda", {}],
    ["BF16", "exact-obs", { unaligned: true }],
  ])("%s by %s, %o", async (dtype, method, how) => {
    const { path } = foreign(dtype, how);
    const { before, after, was, now, json } = await pruned(path, "--method", method, "--sparsity", "0.5");
    expect(after.length).toBe(before.length);
    expect([...now.tensors.keys()]).toEqual([...was.tensors.keys()]);
    expect(now.metadata).toEqual({ format: "pt", made: "elsewhere" });
    expect(now.tensors.get("fc2.bias")).toEqual(was.tensors.get("fc2.bias"));
    const zeros = ["fc1.weight", "fc2.weight"].map((name) => zerosIn(now.tensors.get(name)));
    expect(zeros).toEqual([32, 14]);
    expect(json.layers.map((layer: { kept: number }) => layer.kept)).toEqual([63 - 32, 28 - 14]);
    // Header and all: nothing but weights, and masks, has changed.
    const start = 8 + Number(new DataView(before.buffer, before.byteOffset).getBigUint64(0, true));
    expect(after.subarray(0, start)).toEqual(before.subarray(0, start));
    if (method === "magnitude" || method === "wanda") {
      for (const name of ["fc1.weight", "fc2.weight"]) {
        const [old, kept] = [was, now].map(({ tensors }) =>
          Array.from(tensors.get(name)?.data as Float64Array),
        );
        expect(kept.filter((value, i) => value !== 0 && value !== old[i])).toEqual([]);
      }
    }
    if (how.mask) {
      const weights = floatsOf(now.tensors.get("fc1.weight") as Tensor) as Float32Array;
      expect(Array.from(now.tensors.get("fc1.mask")?.data as Uint8Array)).toEqual(
        Array.from(weights, (weight) => Number(weight !== 0)),
      );
    }
    expect(json.file).toMatchObject({ before: { raw: before.length }, after: { raw: before.length } });
  });

  test("no weight that is kept becomes 0 by rounding", async () => {
    const { path } = foreign("F32");
    const file = readSafetensors(new Uint8Array(readFileSync(path("m.safetensors"))));
    const tiny = Float32Array.from({ length: 28 }, (_, i) => (i % 2 ? -1 : 1) * (i + 1) * 2 ** -30);
    file.tensors.set("fc2.weight", { dtype: "F32", shape: [4, 7], data: tiny });
    writeFileSync(path("m.safetensors"), writeSafetensors(file.tensors));
    const { now, json } = await pruned(path, "--method", "magnitude", "--sparsity", "0.25", "--dtype", "F16");
    expect(now.tensors.get("fc2.weight")?.dtype).toBe("F16");
    expect([zerosIn(now.tensors.get("fc2.weight")), json.layers[1].kept]).toEqual([7, 21]);
  });

  test("masks, forms and types only when they are asked for; what they would save is told", async () => {
    const { path } = foreign("F32");
    const plain = await pruned(path, "--sparsity", "0.9");
    expect([...plain.now.tensors.keys()].sort()).toEqual(["fc1.weight", "fc2.bias", "fc2.weight"]);
    const masked = await pruned(path, "--sparsity", "0.9", "--masks");
    expect([...masked.now.tensors.keys()].sort()).toEqual([
      "fc1.mask",
      "fc1.weight",
      "fc2.bias",
      "fc2.mask",
      "fc2.weight",
    ]);
    expect(plain.json.forms).toContainEqual({ format: "dense", dtype: "F16", bytes: expect.any(Number) });
    for (const { format, dtype, bytes } of plain.json.forms) {
      expect(bytes).toBeLessThan(plain.after.length);
      const other = await pruned(path, "--sparsity", "0.9", "--format", format, "--dtype", dtype);
      expect(other.after.length).toBe(bytes);
      expect(other.now.metadata).toEqual({ format: "pt", made: "elsewhere" });
    }
    const args = ["--calibration", path("x.npy"), "--sparsity", "0.9", "--out", path("p.safetensors")];
    const { stdout } = await cli(["prune", path("m.safetensors"), ...args]);
    const [form] = plain.json.forms;
    expect(stdout.trimEnd().split("\n").at(-1)).toContain(
      `it would be ${form.bytes} with --format ${form.format} --dtype ${form.dtype}`,
    );
  });

  test("a file of bit masks stays one, and gets no larger", async () => {
    const { path } = foreign("F16");
    const packed = await pruned(path, "--sparsity", "0.5", "--format", "bitmask");
    writeFileSync(path("m.safetensors"), packed.after);
    const again = await pruned(path, "--sparsity", "0.75");
    expect([...again.now.tensors.keys()].sort()).toEqual([...packed.now.tensors.keys()].sort());
    expect(again.now.tensors.get("fc1.weight.compressed")).toMatchObject({ dtype: "F16", shape: [16] });
    expect(again.after.length).toBeLessThan(packed.after.length);
    const same = await pruned(path, "--sparsity", "0.5");
    expect(same.after.length).toBe(packed.after.length);
  });

  test("PyTorch's own pruning: weight_orig and weight_mask stay what they are called", async () => {
    const { path } = foreign("F32", { mask: true });
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(path("m.safetensors"))));
    const [weights, mask] = ["fc1.weight", "fc1.mask"].map((name) => tensors.get(name)?.data as Float32Array);
    tensors.set("fc1.weight_orig", { dtype: "F32", shape: [7, 9], data: weights });
    tensors.set("fc1.weight_mask", { dtype: "F32", shape: [7, 9], data: Float32Array.from(mask) });
    for (const name of ["fc1.weight", "fc1.mask"]) tensors.delete(name);
    writeFileSync(path("m.safetensors"), writeSafetensors(tensors));
    const { before, after, was, now } = await pruned(path, "--sparsity", "0.5");
    expect([...now.tensors.keys()]).toEqual([...was.tensors.keys()]);
    expect(after.length).toBe(before.length);
    const bits = now.tensors.get("fc1.weight_mask")?.data as Float32Array;
    expect([zerosIn(now.tensors.get("fc1.weight_orig")), bits.filter((bit) => bit === 0).length]).toEqual([
      32, 32,
    ]);
  });

  test("layers that run in the order of the file still do in another form", async () => {
    const { path } = foreign("F32");
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(path("m.safetensors"))));
    const renamed = [...tensors].map(([name, tensor]): [string, Tensor] => [
      name.replace("fc1", "wide").replace("fc2", "narrow"),
      tensor,
    ]);
    const weightsLast = renamed.sort(([a], [b]) => (a < b ? 1 : -1));
    writeFileSync(path("m.safetensors"), writeInOrder(new Map(weightsLast)));
    const { now } = await pruned(path, "--sparsity", "0.5", "--format", "bitmask");
    expect(readModel(now.tensors).layers.map(({ name }) => name)).toEqual(["wide", "narrow"]);
  });

  test("what find says of its network is not said of the pruned one", async () => {
    const { path } = foreign("F32", { mask: true });
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(path("m.safetensors"))));
    const metadata = { format: "golden-ticket network", version: "1", accuracy: "0.98" };
    writeFileSync(path("m.safetensors"), writeSafetensors(tensors, metadata));
    const { now, before, after } = await pruned(path, "--sparsity", "0.5");
    expect(now.metadata).toEqual({});
    expect(after.length).toBeLessThan(before.length);
  });

  test("numbers that F16 does not hold are refused before the work", async () => {
    const { path } = foreign("F32");
    const file = readSafetensors(new Uint8Array(readFileSync(path("m.safetensors"))));
    (file.tensors.get("fc2.bias")?.data as Float32Array)[1] = 70_000;
    writeFileSync(path("m.safetensors"), writeSafetensors(file.tensors));
    const args = ["--calibration", path("x.npy"), "--sparsity", "0.5", "--out", path("p.safetensors")];
    const { code, stderr } = await cli(["prune", path("m.safetensors"), ...args, "--dtype", "F16"]);
    expect(code).toBe(2);
    expect(stderr).toContain('"--dtype" expected F32 for this model, got F16: "fc2.bias" expected numbers');
  });
});

describe("a file that is read is not replaced", () => {
  const made = () => {
    const { path } = foreign("F32");
    mkdirSync(path("sub"));
    symlinkSync(path("m.safetensors"), path("sub/link.safetensors"));
    symlinkSync(path("sub"), path("linked"));
    linkSync(path("m.safetensors"), path("hard.safetensors"));
    const inputs = { dtype: "F32", shape: [40, 9], data: new Random(2).uniform(360) } as const;
    writeFileSync(path("x.safetensors"), writeSafetensors(new Map<string, Tensor>([["x", inputs]])));
    return path;
  };
  test.each<[string, (path: (name: string) => string) => string, string]>([
    ["its own name", (path) => path("m.safetensors"), "MODEL"],
    ["a relative name", (path) => relative(process.cwd(), path("m.safetensors")), "MODEL"],
    ["a detour", (path) => `${path("sub")}/../m.safetensors`, "MODEL"],
    ["a symbolic link", (path) => path("sub/link.safetensors"), "MODEL"],
    ["a linked folder", (path) => path("linked/link.safetensors"), "MODEL"],
    ["a hard link", (path) => path("hard.safetensors"), "MODEL"],
    ["that of the samples", (path) => path("x.safetensors"), "--calibration"],
  ])("%s", async (_, nameOf, option) => {
    const path = made();
    const out = nameOf(path);
    const bytes = readFileSync(path("m.safetensors"));
    const args = ["--calibration", `${path("x.safetensors")}:x`, "--sparsity", "0.5", "--out", out];
    const { code, stdout, stderr } = await cli(["prune", path("m.safetensors"), ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `golden-ticket prune: "--out" expected another file than that of ${option}, or --force, got ${out}\n`,
    );
    expect(readFileSync(path("m.safetensors")).equals(bytes)).toBe(true);
    expect((await cli(["prune", path("m.safetensors"), ...args, "--force"])).code).toBe(0);
    expect(zerosIn(readSafetensors(new Uint8Array(readFileSync(out))).tensors.get("fc1.weight"))).toBe(32);
  });

  test("nor by the other commands that write one; nor a folder", async () => {
    const path = made();
    const model = path("m.safetensors");
    const ticket = await cli(["strong-ticket", model, "--epsilon", "0.1", "--out", path("hard.safetensors")]);
    expect(ticket).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("than that of MODEL, or --force"),
    });
    const targets = `${model}:fc2.bias`;
    const sums = await cli([
      "subset-sum",
      "--pool",
      targets,
      "--targets",
      `${model}:fc1.weight`,
      "--out",
      model,
    ]);
    expect(sums).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("than that of --pool, or --force"),
    });
    mkdirSync(path("d.safetensors"));
    const args = ["--method", "magnitude", "--sparsity", "0.5", "--out", path("d.safetensors")];
    const folder = await cli(["prune", model, ...args]);
    expect(folder).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"--out" expected a file, got the fol'),
    });
  });
});
