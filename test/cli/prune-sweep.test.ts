/** `prune --labels`, `--sweep` and `--report`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { readModel } from "../../src/io/model.js";
import { readNpy, writeNpy } from "../../src/io/npy.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { heldBackOf } from "../../src/prune/held-back.js";
import { cli, removeFolders } from "./cli.js";
import { files } from "./models.js";

afterAll(removeFolders);

describe("samples held back", () => {
  test.each([
    [10, 0.2, 2],
    [1000, 0.2, 200],
    [3, 0.1, 1],
    [3, 0.9, 2],
    [50, 0, 0],
    [1, 0.5, 0],
  ])("of %i, %d: %i, ascending, each once", (count, share, many) => {
    const held = heldBackOf(count, share);
    expect(held.length).toBe(many);
    expect(held.every((index, i) => index >= 0 && index < count && (i === 0 || index > held[i - 1]))).toBe(
      true,
    );
  });

  test.each([2, 5, 10, 100, 250])("every class has its share, in blocks and in turns of %i", (period) => {
    const held = heldBackOf(1000, 0.2);
    for (const classOf of [(i: number) => i % period, (i: number) => Math.floor(i / period)]) {
      const size = Array.from({ length: 1000 }, (_, i) => classOf(i)).filter((one) => one === 0).length;
      const chosen = held.filter((i) => classOf(i) === 0).length;
      expect(Math.abs(chosen - size / 5)).toBeLessThanOrEqual(2 + size / 50);
    }
  });
});

/** A model, samples, and as labels what the model says, but for every fourth sample. */
async function labelled() {
  const { folder, path } = files(12, 8, 3);
  const model = readModel(readSafetensors(new Uint8Array(readFileSync(path("model.safetensors")))).tensors);
  const x = readNpy(new Uint8Array(readFileSync(path("x.npy")))).data as Float32Array;
  const classes = Uint8Array.from({ length: 30 }, (_, sample) => {
    let values = Array.from(x.subarray(12 * sample, 12 * sample + 12));
    for (const [l, { rows, columns, weights, bias, mask }] of model.layers.entries()) {
      values = Array.from({ length: rows }, (_, row) => {
        const at = (column: number) => row * columns + column;
        const sum = values.reduce((s, v, c) => s + v * weights[at(c)] * (mask?.[at(c)] ?? 1), bias[row]);
        return l === 0 ? Math.max(0, sum) : sum;
      });
    }
    const right = values.indexOf(Math.max(...values));
    return sample % 4 === 0 ? (right + 1) % 3 : right;
  });
  writeFileSync(path("y.npy"), writeNpy({ dtype: "U8", shape: [30], data: classes }));
  const args = [
    "prune",
    path("model.safetensors"),
    "--calibration",
    path("x.npy"),
    "--labels",
    path("y.npy"),
  ];
  const run = async (...more: string[]) => {
    const { code, stdout, stderr } = await cli([...args, "--workers", "0", "--json", ...more]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  };
  return { folder, path, args, run };
}

test("accuracy before and after is of the samples held back, and of the file", async () => {
  const { path, run } = await labelled();
  const held = heldBackOf(30, 0.2);
  const before = held.filter((i) => i % 4 !== 0).length / held.length;
  const none = await run("--sparsity", "0", "--out", path("p.safetensors"));
  expect(none.accuracy).toEqual({ before, after: before, samples: held.length });
  const half = await run("--sparsity", "0.5", "--validation", "0.5", "--out", path("p.safetensors"));
  expect(half.accuracy.samples).toBe(15);
  // What is held back is not pruned by: other values there change nothing.
  const x = readNpy(new Uint8Array(readFileSync(path("x.npy"))));
  const data = (x.data as Float32Array).map((value, i) => {
    return heldBackOf(30, 0.5).includes(Math.floor(i / 12)) ? 3 - value : value;
  });
  const bytes = readFileSync(path("p.safetensors"));
  writeFileSync(path("x.npy"), writeNpy({ dtype: "F32", shape: x.shape, data }));
  await run("--sparsity", "0.5", "--validation", "0.5", "--out", path("p.safetensors"));
  expect(readFileSync(path("p.safetensors")).equals(bytes)).toBe(true);
  const whole = await run("--sparsity", "0.5", "--validation", "0", "--out", path("p.safetensors"));
  expect(whole.accuracy).toBeNull();
});

describe("a sweep", () => {
  test.each(["exact-obs", "wanda", "magnitude"])("by %s: each file, error and accuracy", async (method) => {
    const { path, run } = await labelled();
    const how = ["--method", method];
    const { sweep, accuracy } = await run("--sweep", "0.9,0.25,0.5", ...how, "--out", path("p.safetensors"));
    expect(accuracy.samples).toBe(6);
    expect(sweep.map(({ sparsity }: { sparsity: number }) => Math.round(100 * sparsity))).toEqual([
      90, 25, 50,
    ]);
    expect(sweep[0].outputError).toBeGreaterThan(sweep[2].outputError);
    expect(sweep[2].outputError).toBeGreaterThan(sweep[1].outputError);
    expect(sweep.map(({ out }: { out: string }) => out)).toEqual(
      ["0.9", "0.25", "0.5"].map((sparsity) => path(`p-${sparsity}.safetensors`)),
    );
    for (const { sparsity, out, bytes } of sweep) {
      const file = new Uint8Array(readFileSync(out));
      const { layers } = readModel(readSafetensors(file).tensors);
      const zeros = layers.reduce((sum, { weights }) => sum + weights.filter((w) => w === 0).length, 0);
      expect([zeros, file.length]).toEqual([Math.round(120 * sparsity), bytes]);
      // What it says is what it is alone: no run leans on those before it.
      const alone = await run("--sweep", out.slice(path("p-").length, -".safetensors".length), ...how);
      expect(alone.sweep[0]).toEqual({ ...alone.sweep[0], sparsity, bytes });
      expect(alone.sweep[0].layers).toEqual(sweep.find((one: { out: string }) => one.out === out).layers);
    }
  });

  test("without --out only tells, as a table, and draws where it is asked to", async () => {
    const { path, args } = await labelled();
    const report = path("r.html");
    const { code, stdout } = await cli([...args, "--sweep", "0.5,0.75", "--report", report]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^sparsity +output error +accuracy +bytes +packed, F16\n +0\.5000 +\d\.\d\de[-+]\d+ +[\d.]+%/,
    );
    expect(stdout).toContain(`Plots in ${report}.\n`);
    expect(existsSync(path("p-0.5.safetensors"))).toBe(false);
    const page = readFileSync(report, "utf8");
    expect(page).toContain("How far it can go");
    expect(page).toContain("What zeros cost");
  });

  test.each<[string[], string]>([
    [
      ["--sweep", "0.5,0.5"],
      '"--sweep" expected different numbers from 0 to 1 with commas between, got "0.5,0.5"',
    ],
    [["--sweep", "0.5,1.5"], '"--sweep" expected different numbers'],
    [
      ["--sweep", "0.5", "--sparsity", "0.5"],
      '"--sweep" expected no --sparsity, --pattern or --max-error beside it',
    ],
    [["--sweep", "0.5", "--report", "p.txt"], '"--report" expected a .html file, got p.txt'],
    [["--sweep", "0.5", "--out", "model-.onnx"], '"--out" expected a .safetensors file'],
  ])("refuses %j", async (more, message) => {
    const { args } = await labelled();
    const { code, stdout, stderr } = await cli([...args, ...more]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
