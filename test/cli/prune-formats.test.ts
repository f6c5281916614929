/** `prune` on files of every format, and what it writes. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { zipSync } from "fflate";
import { afterAll, expect, test } from "vitest";
import { f16FromF32, f32FromF16 } from "../../src/io/half.js";
import { readModel } from "../../src/io/model.js";
import { readNpy, writeNpy } from "../../src/io/npy.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { cli, removeFolders } from "./cli.js";
import { files } from "./models.js";

afterAll(removeFolders);

test("as bit masks and halves: smaller files that evaluate the same, and sizes that say so", async () => {
  const { path } = files(12, 8, 3);
  const labels = {
    dtype: "U8",
    shape: [30],
    data: Uint8Array.from({ length: 30 }, (_, i) => i % 3),
  } as const;
  writeFileSync(path("y.npy"), writeNpy(labels));
  const evaluated = async (model: string) => {
    const data = ["--inputs", path("x.npy"), "--labels", path("y.npy"), "--json"];
    const { stdout, stderr } = await cli(["evaluate", model, ...data]);
    expect(stderr).toBe("");
    return JSON.parse(stdout).accuracy;
  };
  const written = async (name: string, ...args: string[]) => {
    const out = path(name);
    const given = ["--method", "magnitude", "--sparsity", "0.75", "--out", out, "--json", ...args];
    const { stdout, stderr } = await cli(["prune", path("model.safetensors"), ...given]);
    expect(stderr).toBe("");
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(out)));
    return { out, tensors, sizes: JSON.parse(stdout).sizes };
  };
  const dense = await written("dense.safetensors", "--masks");
  const bitmask = await written("bitmask.safetensors", "--format", "bitmask");
  const half = await written("half.safetensors", "--format", "bitmask", "--dtype", "F16");
  expect(readModel(bitmask.tensors)).toEqual(readModel(dense.tensors));
  expect([...half.tensors.keys()].sort()).toEqual([...bitmask.tensors.keys()].sort());
  expect(half.tensors.get("layer0.weight.compressed")).toMatchObject({ dtype: "F16", shape: [24] });
  expect(await evaluated(bitmask.out)).toBe(await evaluated(dense.out));
  expect(await evaluated(half.out)).toBeGreaterThan(0);
  expect(bitmask.sizes).toEqual(dense.sizes);
  const { layers, total } = dense.sizes;
  expect(layers.map(({ name }: { name: string }) => name)).toEqual(["layer0", "layer1"]);
  expect([total.before.raw, total.after.raw, half.sizes.total.after.raw]).toEqual([480, 480, 240]);
  // Bits, offsets of rows and sizes of both layers, and the values.
  expect(total.after.bitmask).toBe(8 * 2 + 3 + 11 * 8 + 2 * 16 + 30 * 4);
  // A pruned file is a model again.
  expect((await written("again.safetensors", "--format", "bitmask")).tensors).toEqual(bitmask.tensors);
  const again = await cli([
    "prune",
    half.out,
    "--sparsity",
    "0.8",
    "--method",
    "magnitude",
    "--out",
    path("p.safetensors"),
  ]);
  expect(again).toMatchObject({ code: 0, stderr: "" });
});

test("samples from .npz and from TensorFlow.js, and as halves: the same model", async () => {
  const { path } = files(12, 8, 3);
  const x = readNpy(new Uint8Array(readFileSync(path("x.npy"))));
  const halves = { dtype: "F16", shape: x.shape, data: f16FromF32(x.data as Float32Array) } as const;
  const rounded = f32FromF16(halves.data);
  writeFileSync(
    path("x.npz"),
    zipSync({ "x.npy": writeNpy({ ...x, data: rounded } as Tensor), "other.npy": writeNpy(x) }),
  );
  writeFileSync(path("x.safetensors"), writeSafetensors(new Map([["x", halves]])));
  const weights = [{ name: "x:0", shape: x.shape, dtype: "float32" }];
  writeFileSync(path("model.json"), JSON.stringify({ weightsManifest: [{ paths: ["x.bin"], weights }] }));
  writeFileSync(path("x.bin"), rounded);
  const sources = [
    `${path("x.npz")}:x`,
    path("x.safetensors"),
    path("model.json"),
    `${path("model.json")}:x:0`,
  ];
  const models = await Promise.all(
    sources.map(async (source, i) => {
      const out = path(`${i}.safetensors`);
      const args = ["--sparsity", "0.5", "--calibration", source, "--workers", "0", "--out", out];
      const { stderr } = await cli(["prune", path("model.safetensors"), ...args]);
      expect(stderr).toBe("");
      return readFileSync(out);
    }),
  );
  for (const model of models) expect(model).toEqual(models[0]);
  const refused = async (source: string) => {
    const args = ["--sparsity", "0.5", "--calibration", source, "--out", path("p.safetensors")];
    const { code, stderr } = await cli(["prune", path("model.safetensors"), ...args]);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused(path("x.npz"))).toContain("FILE:TENSOR with a tensor out of x, other, got");
  expect(await refused(`${path("model.json")}:y`)).toContain("FILE:TENSOR with a tensor out of x:0, got");
  expect(await refused(`${path("x.npy")}:x`)).toContain("a .npy, .csv or IDX file without a tensor's name");
  writeFileSync(path("x.npz"), "PK");
  expect(await refused(path("x.npz"))).toContain("x.npz: zip file expected the end of a directory");
  rmSync(path("x.bin"));
  expect(await refused(path("model.json"))).toContain("x.bin (ENOENT)");
});
