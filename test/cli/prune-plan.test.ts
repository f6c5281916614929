import { readdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { pruneShare } from "../../src/cli/prune-share.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { network } from "../onnx/models.js";
import { cli, removeFolders } from "./cli.js";
import { files } from "./models.js";

afterAll(removeFolders);

describe("--dry-run", () => {
  test("tells the plan and writes nothing; a mask of the model counts", async () => {
    const { folder, path } = files(20, 10, 4);
    const before = readdirSync(folder);
    const args = ["prune", path("model.safetensors"), "--calibration", path("x.npy"), "--dry-run"];
    const dry = async (...more: string[]) => {
      const { code, stdout, stderr } = await cli([...args, ...more, "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout);
    };
    expect(await dry("--sparsity", "0.1", "--out", path("p.safetensors"))).toEqual({
      ...{ dryRun: true, method: "exact-obs", budget: "uniform", weights: 240, zeros: 44, bytes: 960 },
      layers: [
        {
          name: "layer0",
          rows: 10,
          columns: 20,
          weights: 200,
          pruned: 40,
          zeros: 40,
          bytes: 800,
          packedBytes: 665,
        },
        {
          name: "layer1",
          rows: 4,
          columns: 10,
          weights: 40,
          pruned: 0,
          zeros: 4,
          bytes: 160,
          packedBytes: 149,
        },
      ],
      ...{ packedBytes: 814, sparsity: 44 / 240, maxError: null, out: path("p.safetensors") },
    });
    const open = await dry("--max-error", "0.01", "--checkpoint", path("run"));
    expect(open).toMatchObject({ budget: "optimal", zeros: null, sparsity: null, maxError: 0.01, out: null });
    expect(open.layers[1]).toMatchObject({ zeros: null, packedBytes: null });
    const { stdout } = await cli([...args, "--sparsity", "0.5", "--budget", "global"]);
    expect(stdout).toMatch(
      /^layer +shape +weights +zeros +bytes +as mask and values\nlayer0 +10 × 20 +200 +by losses/,
    );
    expect(stdout).toContain(
      "By exact-obs with the budget global, to a sparsity of 0.5000. Nothing was done.\n",
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  test("names a layer that is too wide for exact OBS, as the work does", async () => {
    const { path } = files(20, 10, 4);
    const data = new Float32Array(2 * 17_000);
    const wide = writeSafetensors(new Map([["wide.weight", { dtype: "F32", shape: [2, 17_000], data }]]));
    writeFileSync(path("wide.safetensors"), wide);
    const args = ["prune", path("wide.safetensors"), "--sparsity", "0.5", "--dry-run"];
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /: layer "wide" \(2 × 17000\) expected memory for .*"magnitude" \(--method\)[^\n]*\n$/,
    );
    expect((await cli([...args, "--method", "wanda"])).code).toBe(0);
  });

  test("needs no samples", async () => {
    const { path } = files(20, 10, 4);
    const args = ["prune", path("model.safetensors"), "--dry-run", "--json"];
    const { code, stdout } = await cli([...args, "--sparsity", "0.5", "--method", "snip"]);
    expect([code, JSON.parse(stdout).zeros]).toEqual([0, 120]);
    writeFileSync(path("model.onnx"), network());
    const onnx = await cli(["prune", path("model.onnx"), "--dry-run", "--json", "--max-error", "0.1"]);
    expect([onnx.code, JSON.parse(onnx.stdout).budget]).toEqual([0, "optimal"]);
  });

  test.each<[string[], string]>([
    [["--sparsity", "0.5", "--method", "wanda", "--budget", "optimal"], '"wanda", got "optimal"'],
    [
      ["--sparsity", "0.5", "--max-error", "0.1"],
      '"--max-error" expected no --sparsity or --pattern beside it',
    ],
    [
      ["--sparsity", "0.5", "--method", "random", "--out", "p.txt"],
      '"--out" expected a .safetensors file, got p.txt',
    ],
  ])("refuses what pruning would refuse: %j", async (args, message) => {
    const { path } = files(20, 10, 4);
    const { code, stdout, stderr } = await cli(["prune", path("model.safetensors"), "--dry-run", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("the share that is done", () => {
  const layers = [
    { rows: 10, columns: 20 },
    { rows: 4, columns: 10 },
  ];

  test.each([
    { sweeps: true, curves: false, searches: false, refines: false },
    { sweeps: true, curves: true, searches: false, refines: true },
    { sweeps: true, curves: true, searches: true, refines: false },
    { sweeps: false, curves: false, searches: false, refines: true },
  ])("rises from 0 to 1: %o", (work) => {
    const shareOf = pruneShare({ layers, ...work });
    const seen: number[] = [];
    const each = (stage: "curves" | "prune" | "refine", layer: number) => {
      for (const done of [0, 5, 10]) seen.push(shareOf({ stage, layer, layers: 2, done, total: 10 }));
    };
    for (const layer of work.curves ? [0, 1] : []) each("curves", layer);
    if (work.searches) {
      for (let done = 1; done <= 11; done++) {
        shareOf({ stage: "prune", layer: 0, layers: 2, done: 10, total: 10 });
        seen.push(shareOf({ stage: "search", layers: 2, done, total: 11 }));
      }
    } else {
      for (const layer of [0, 1]) {
        each("prune", layer);
        if (work.refines) each("refine", layer);
      }
    }
    expect(seen[0]).toBe(0);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBeCloseTo(1, 12);
  });

  test("of a method that sees all layers at once", () => {
    const shareOf = pruneShare({ layers, sweeps: false, curves: false, searches: false, refines: false });
    expect(shareOf({ stage: "prune", layers: 2, done: 1, total: 4 })).toBe(0.25);
  });
});
