import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readModel, writeModel } from "../../src/io/model.js";
import { writeNpy } from "../../src/io/npy.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { METHOD_NAMES } from "../../src/prune/methods.js";
import { Random } from "../harness/random.js";
import { whole } from "../harness/size.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const lenet = fileURLToPath(new URL("../fixtures/lenet-300-100-mnist.safetensors", import.meta.url));

/** A small network, samples and labels on disk. */
function files() {
  const folder = newFolder();
  const random = new Random(3);
  const layer = (name: string, rows: number, columns: number) => {
    const weights = random.uniform(rows * columns);
    return { name, rows, columns, weights, bias: random.uniform(rows), mask: undefined };
  };
  const path = (name: string) => join(folder, name);
  writeFileSync(path("model.safetensors"), writeModel({ layers: [layer("a", 8, 12), layer("b", 3, 8)] }));
  const inputs = { dtype: "F32", shape: [50, 12], data: random.uniform(600) } as const;
  const labels = BigInt64Array.from({ length: 50 }, () => BigInt(random.below(3)));
  writeFileSync(path("x.npy"), writeNpy(inputs));
  const tensors = new Map<string, Tensor>([["x", inputs]]);
  tensors.set("y", { dtype: "I64", shape: [50], data: labels });
  writeFileSync(path("data.safetensors"), writeSafetensors(tensors));
  return {
    folder,
    path,
    samples: ["--calibration", path("x.npy"), "--labels", `${path("data.safetensors")}:y`],
  };
}

describe("prune", () => {
  test.runIf(whole)("writes a model that evaluate reads: LeNet-300-100 at 90 %", async () => {
    const out = join(newFolder(), "pruned.safetensors");
    const args = ["--sparsity", "0.9", "--calibration", "mnist-train:512", "--workers", "0", "--out", out];
    const { code, stdout, stderr } = await cli(["prune", lenet, ...args, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({ method: "exact-obs", sparsity: 0.9, out });
    expect(printed.layers.map(({ name, kept }: { name: string; kept: number }) => [name, kept])).toEqual([
      ["0", 23_520],
      ["2", 3_000],
      ["4", 100],
    ]);
    const { layers } = readModel(readSafetensors(new Uint8Array(readFileSync(out))).tensors);
    const kept = layers.map(({ weights }) => weights.filter((weight) => weight !== 0).length);
    expect(kept).toEqual([23_520, 3_000, 100]);
    expect(layers.map(({ mask }) => mask)).toEqual([undefined, undefined, undefined]);
    const data = ["--inputs", "mnist-test", "--labels", "mnist-test", "--json"];
    const evaluated = JSON.parse((await cli(["evaluate", out, ...data])).stdout);
    expect(evaluated.samples).toBe(10_000);
    expect(evaluated.accuracy).toBeGreaterThan(0.94);
    expect(evaluated.kernels[0]).toEqual({ name: "0", format: "csr", density: 0.1 });
    const dense = JSON.parse((await cli(["evaluate", lenet, ...data])).stdout);
    expect(dense.accuracy).toBe(0.9797);
  });

  test.each(METHOD_NAMES)("by %s: exact counts, the same bytes again", async (method) => {
    const { path, samples } = files();
    const outs = await Promise.all(
      ["0", "1"].map(async (workers) => {
        const out = path(`${workers}.safetensors`);
        const args = [
          "--method",
          method,
          "--sparsity",
          "0.5",
          ...samples,
          "--workers",
          workers,
          "--out",
          out,
        ];
        const { code, stderr, stdout } = await cli(["prune", path("model.safetensors"), ...args, "--json"]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(JSON.parse(stdout).layers.map(({ kept }: { kept: number }) => kept)).toEqual([48, 12]);
        return readFileSync(out);
      }),
    );
    expect(outs[1]).toEqual(outs[0]);
  });

  test("N:M, blocks, budgets, swaps and repair; a table for people", async () => {
    const { path, samples } = files();
    const model = path("model.safetensors");
    const out = ["--out", path("p.safetensors"), "--workers", "0"];
    const sparsityOf = async (...args: string[]) => {
      const { stdout, stderr } = await cli(["prune", model, ...args, ...samples, ...out, "--json"]);
      expect(stderr).toBe("");
      return JSON.parse(stdout).sparsity;
    };
    expect(await sparsityOf("--pattern", "1:4")).toBe(0.75);
    expect(await sparsityOf("--block", "4", "--sparsity", "0.5")).toBe(0.5);
    expect(await sparsityOf("--sparsity", "0.7", "--budget", "global", "--refine", "swaps")).toBe(0.7);
    expect(await sparsityOf("--sparsity", "0.7", "--method", "wanda", "--repair")).toBeCloseTo(0.7, 1);
    const { stdout } = await cli(["prune", model, "--sparsity", "0.5", ...samples, ...out]);
    expect(stdout).toMatch(
      /^layer +shape +kept +sparsity +relative error +dead inputs\na +8 × 12 +48 +0\.5000 +\d/,
    );
  });

  test.each<[string, (path: (name: string) => string) => string[], string]>([
    ["no model", () => [], '"MODEL" expected a file, got nothing'],
    ["a missing file", () => ["gone.safetensors"], "got gone.safetensors (ENOENT)"],
    [
      "no sparsity",
      (path) => [path("model.safetensors")],
      '"--sparsity" expected a number from 0 to 1, or --sweep, --pattern',
    ],
    [
      "two patterns",
      (path) => [path("model.safetensors"), "--pattern", "2:4", "--sparsity", "0.5"],
      "beside it",
    ],
    [
      "N > M",
      (path) => [path("model.safetensors"), "--pattern", "5:4", "--calibration", path("x.npy")],
      "0 to 4, got 5",
    ],
    [
      "no samples",
      (path) => [path("model.safetensors"), "--sparsity", "0.5"],
      'expected samples for "exact-obs"',
    ],
    [
      "samples of another width",
      (path) => [path("model.safetensors"), "--sparsity", "0.5", "--calibration", "mnist-train:9"],
      "samples of 12 numbers, got 784 in mnist-train:9",
    ],
    [
      "a tensor that is not there",
      (path) => [
        path("model.safetensors"),
        "--sparsity",
        "0.5",
        "--calibration",
        `${path("data.safetensors")}:z`,
      ],
      "with a tensor out of",
    ],
    [
      "no labels",
      (path) => [
        path("model.safetensors"),
        "--sparsity",
        "0.5",
        "--method",
        "snip",
        "--calibration",
        path("x.npy"),
      ],
      'one class a sample for "snip"',
    ],
    ["a data file as model", (path) => [path("data.safetensors"), "--sparsity", "0.5"], "found none"],
    ["a model that is none", (path) => [path("x.npy"), "--sparsity", "0.5"], "expected a .safetensors file"],
    ["too many files", (path) => [path("model.safetensors"), "more"], 'unexpected argument "more"'],
  ])("refuses %s in one line and writes nothing", async (_, args, message) => {
    const { folder, path } = files();
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await cli(["prune", ...args(path), "--out", path("p.safetensors")]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readdirSync(folder)).toEqual(before);
    expect(existsSync(path("p.safetensors"))).toBe(false);
  });
});

test.each<[string[], string]>([
  [["--labels", "mnist-test"], '"--inputs" expected samples, got nothing'],
  [
    ["--inputs", "mnist-test", "--labels", "mnist-test:5"],
    '"--labels" expected 10000 labels, one a sample, got 5',
  ],
  [["--inputs", "mnist-test:0", "--labels", "mnist-test"], "expected from 1 to 10000 samples"],
])("evaluate refuses %j", async (args, message) => {
  const { code, stderr } = await cli(["evaluate", lenet, ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
