import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpointFolder } from "../../src/cli/checkpoint-folder.js";
import { prune as command } from "../../src/cli/prune.js";
import { writeNpy } from "../../src/io/npy.js";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import type { Tensor } from "../../src/io/tensor.js";
import { Random } from "../harness/random.js";
import { third } from "../harness/size.js";
import { FLOAT, int, modelOf, node, sample, value, weight } from "../io/onnx/sample.js";
import { network, pictures } from "../onnx/models.js";
import { cli, newFolder, removeFolders, start } from "./cli.js";

afterAll(removeFolders);

const numbers = (data: Float32Array, ...shape: number[]): Tensor => ({ dtype: "F32", shape, data });
const zeros = (values: Float32Array) => values.filter((value) => value === 0).length;

/** A model of one input with its samples, and one of two. */
function folderOfModels() {
  const folder = newFolder();
  const path = (name: string) => join(folder, name);
  const write = (name: string, bytes: Uint8Array) => writeFileSync(path(name), bytes);
  const data = pictures(20).x.data as Float32Array;
  const x = numbers(data, 20, 2, 6, 6);
  write("model.onnx", network());
  write("x.npy", writeNpy(x));
  write("labels.npy", writeNpy({ dtype: "U8", shape: [20], data: new Uint8Array(20) }));
  write("fork.onnx", sample());
  const which: Tensor = { dtype: "U8", shape: [], data: Uint8Array.of(1) };
  write("both.npz", zipSync({ "x.npy": writeNpy(x), "which.npy": writeNpy(which) }));
  return { folder, path };
}

const { folder, path } = folderOfModels();
const prune = (line: string) => cli(["prune", ...line.split(" "), "--workers", "0"], folder);

describe("a model of one input", () => {
  test("is pruned to a file, with a table", async () => {
    const { code, stdout, stderr } = await prune(
      "model.onnx --sparsity 0.5 --calibration x.npy --out a.onnx",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^layer {4}op +shape {2}kept {2}sparsity {2}relative error {2}skipped\n/);
    expect(stdout).toMatch(/^depth +Conv {4}8 × 9 in 8 +72 +0\.0000 +– {2}depthwise$/m);
    expect(stdout).toMatch(/^The file: (\d+) bytes, \d+ gzipped, before; \1, \d+ gzipped, after\.$/m);
    expect(stdout).toContain(
      "Fewer rows of activations than inputs in 1 of 5 layers: errors on other samples",
    );
    expect(stdout).toMatch(/^Output y: error \d\.\d\de-\d\.$/m);
    expect(stdout).toMatch(
      /^Sparsity 0\.5000 of what was pruned, 0\.4\d+ of all weights .* by exact-obs in [\d.]+ s, .* read again\.\n$/m,
    );
    const model = readOnnx(readFileSync(path("a.onnx")));
    const pruned = model.layers.filter(({ isDepthwise }) => !isDepthwise);
    expect(pruned.reduce((sum, { name }) => sum + zeros(model.weights(name)), 0)).toBe(
      (144 + 32 + 384 + 48) / 2,
    );
  });
  test("gives JSON, the same bytes by workers, and accuracies", async () => {
    const line =
      "model.onnx --sparsity 0.5 --calibration x.npy --labels labels.npy --json --workers 1 --out b.onnx";
    const args = ["prune", ...line.split(" ")];
    const held = JSON.parse((await cli(args, folder)).stdout);
    expect(held.accuracy).toMatchObject({ samples: 4, heldBack: true });
    const result = JSON.parse((await cli([...args, "--validation", "0"], folder)).stdout);
    expect(result).toMatchObject({
      ...{ method: "exact-obs", sparsity: 0.5, parameters: 680, out: "b.onnx" },
      accuracy: { before: expect.any(Number), after: expect.any(Number), samples: 20, heldBack: false },
      outputs: [{ name: "y", relativeError: expect.any(Number) }],
      file: { before: { raw: network().length }, after: { raw: network().length } },
    });
    expect(result.layers[1]).toMatchObject({
      name: "depth",
      op: "Conv",
      rows: 8,
      columns: 9,
      skipped: "depthwise",
    });
    expect(result.sizes.total.before.raw).toBe(4 * 680);
    expect(readFileSync(path("b.onnx")).equals(readFileSync(path("a.onnx")))).toBe(true);
  });
  test("is planned without a trace", async () => {
    const before = readdirSync(folder);
    const how =
      "--method sparsegpt --pattern 2:4 --calibration x.npy --skip la*,grouped --out p.onnx --dry-run";
    const { stdout } = await prune(`model.onnx ${how}`);
    expect(stdout).toMatch(/^wide +Conv +8 × 18 +144 +– {2}18 columns are no multiple of 4$/m);
    expect(stdout).toMatch(/^dense +Gemm +12 × 32 +384 +192$/m);
    expect(stdout).toMatch(/^last +MatMul +4 × 12 +48 +– {2}as asked for$/m);
    expect(stdout).toContain(
      "By sparsegpt with the budget uniform. Nothing was done. It would be written to p.onnx.\n",
    );
    const json = JSON.parse(
      (await prune(`model.onnx --sparsity 0.5 --calibration x.npy --dry-run --json`)).stdout,
    );
    expect(json).toMatchObject({ dryRun: true, budget: "optimal", weights: 608, zeros: null, out: null });
    expect(json.layers[0]).toMatchObject({ name: "wide", zeros: null, skipped: null });
    expect(readdirSync(folder)).toEqual(before);
  });
  test("needs no samples by magnitude, and then gives no errors", async () => {
    const { stdout } = await prune(
      "model.onnx --method magnitude --sparsity 0.5 --depthwise --out m.onnx --json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      outputs: null,
      layers: [{ relativeError: null, skipped: null }, {}, {}, {}, {}],
    });
    expect(zeros(readOnnx(readFileSync(path("m.onnx"))).weights("depth"))).toBe(40);
  });
});

describe("is refused in a line", () => {
  const how = "--sparsity 0.5 --calibration x.npy --out no.onnx";
  test.each([
    [`model.onnx ${how} --refine swaps`, '"--refine" expected none for .onnx models, got swaps'],
    [`model.onnx ${how} --repair`, '"--repair" expected none for .onnx models'],
    [`model.onnx ${how} --format bitmask`, '"--format" expected none for .onnx models'],
    [`model.onnx ${how} --dtype F16`, '"--dtype" expected none for .onnx models'],
    [
      `model.onnx ${how} --method obs`,
      "expected exact-obs or sparsegpt or wanda or magnitude or random for .onnx",
    ],
    ["model.onnx --sparsity 0.5 --calibration x.npy --out no.safetensors", '"--out" expected a .onnx file'],
    [`model.onnx ${how} --skip dens`, 'got "dens"; there are "wide"'],
    ["model.onnx --sparsity 0.5 --out no.onnx", 'expected samples for "exact-obs"'],
    [`none.onnx ${how}`, '"MODEL" expected a file that can be read, got none.onnx (ENOENT)'],
    [
      "model.onnx --sparsity 0.5 --calibration both.npz:which --out no.onnx",
      '"calibration["x"]" expected n × 2 × 6 × 6',
    ],
    [
      "fork.onnx --sparsity 0.5 --calibration x.npy --out no.onnx",
      "with arrays x, which, got x.npy without x",
    ],
    [
      "m.safetensors --sparsity 0.5 --skip a --out no.safetensors",
      '"--skip" expected none for .safetensors models',
    ],
    ["m.safetensors --sparsity 0.5 --depthwise --out no.safetensors", '"--depthwise" expected none for'],
  ])("%s", async (line, message) => {
    const args = line
      .split(" ")
      .map((word) => (/\.(onnx|np[yz]|safetensors)\b/.test(word) ? path(word) : word));
    const error = await command.run(args.slice()).then(String, (thrown: Error) => thrown);
    expect(String(error).replaceAll(`${folder}/`, "")).toContain(message);
    expect(existsSync(path("no.onnx"))).toBe(false);
  });
  test("without a trace of the program", async () => {
    writeFileSync(path("broken.onnx"), "broken");
    for (const model of ["broken.onnx", "none.onnx"]) {
      const ended = await prune(`${model} --method magnitude --sparsity 0.5 --out no.onnx`);
      expect(ended).toMatchObject({ code: 2, stdout: "" });
      expect(ended.stderr).toMatch(
        /^golden-ticket prune: .*(broken\.onnx: file expected|got none\.onnx).*\n$/,
      );
    }
  });
});

describe("an interrupted pruning", () => {
  const sizes = [8, 24, 320, 40];
  const random = new Random(2);
  writeFileSync(
    path("wide.onnx"),
    modelOf({
      initializer: [0, 1, 2].map((l) =>
        weight(`w${l}`, [sizes[l + 1], sizes[l]], random.uniform(sizes[l] * sizes[l + 1])),
      ),
      input: [value("h0", FLOAT, ["n", 8])],
      output: [value("h3", FLOAT, ["n", 40])],
      node: [0, 1, 2].map((l) =>
        node("Gemm", [`h${l}`, `w${l}`], [`h${l + 1}`], { attribute: [int("transB", 1)] }),
      ),
    }),
  );
  writeFileSync(path("h.npy"), writeNpy(numbers(random.uniform(30 * 8), 30, 8)));

  const cuts = [
    ["SIGINT", 2, "--max-error 0.05"],
    ["SIGKILL", 2, "--sparsity 0.6"],
  ] as const;
  test.each(third(cuts))(
    "by %s after %i layers goes on to the same bytes: %s",
    async (signal, parts, how) => {
      const run = newFolder();
      const line = `prune wide.onnx ${how} --calibration h.npy --workers 0`.split(" ");
      const out = ["--out", join(run, "cut.onnx")];
      const { child, ended } = start([...line, ...out, "--checkpoint", join(run, "kept")], folder);
      const kept = join(run, "kept", "checkpoint");
      const count = () =>
        existsSync(kept) ? readdirSync(kept).filter((name) => /^[a-z].*rs$/.test(name)).length : 0;
      while (count() < parts && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill(signal);
      const { code, stderr } = await ended;
      expect(existsSync(out[1])).toBe(false);
      if (signal === "SIGINT") {
        expect(code).toBe(130);
        expect(stderr).toMatch(/of 3 layers are kept in .*\. Go on with the same command and --resume /);
      }
      const place = { path: join(run, "kept"), option: "--checkpoint", resumes: true };
      const begun = JSON.parse(readFileSync(join(kept, "run.json"), "utf8"));
      const other = { ...begun, options: { ...begun.options, skip: ["w0"] } };
      await expect(openCheckpointFolder(place, other)).rejects.toThrow(
        '"--skip" expected nothing as the run was',
      );
      const resumed = await cli([...line, ...out, "--resume", join(run, "kept")], folder);
      expect(resumed).toMatchObject({ code: 0, stderr: "" });
      expect(readdirSync(join(run, "kept"))).toEqual([]);
      const whole = join(run, "whole.onnx");
      expect(await cli([...line, "--out", whole], folder)).toMatchObject({ code: 0 });
      expect(readFileSync(out[1]).equals(readFileSync(whole))).toBe(true);
    },
  );
});

test("a model that does not run once it is pruned is written, and not called compared", async () => {
  // The largest output picks a row of a table of one: row 1 where all is 0.
  const table = { initializer: [weight("W", [4, 3], new Random(8).uniform(12)), weight("t", [1], [1])] };
  const model = modelOf({
    ...table,
    input: [value("x", FLOAT, ["n", 4])],
    output: [value("y", FLOAT, [])],
    node: [
      node("MatMul", ["x", "W"], ["h"], { name: "only" }),
      node("Abs", ["h"], ["a"]),
      node("ReduceMax", ["a"], ["m"], { attribute: [int("keepdims", 0)] }),
      node("Cast", ["m"], ["b"], { attribute: [int("to", 9)] }),
      node("Not", ["b"], ["z"]),
      node("Cast", ["z"], ["i"], { attribute: [int("to", 7)] }),
      node("Gather", ["t", "i"], ["y"]),
    ],
  });
  writeFileSync(path("falls.onnx"), model);
  const x: Tensor = { dtype: "F32", shape: [9, 4], data: new Random(7).uniform(36) };
  writeFileSync(path("four.npy"), writeNpy(x));
  const { code, stdout, stderr } = await prune(
    "falls.onnx --method magnitude --sparsity 1 --calibration four.npy --out falls-pruned.onnx --json --batch 2",
  );
  expect(code).toBe(1);
  expect(zeros(readOnnx(readFileSync(path("falls-pruned.onnx"))).weights("only"))).toBe(12);
  expect(stderr).toMatch(
    /^golden-ticket prune: falls-pruned\.onnx is written, but was not compared with falls\.onnx: the pruned model does/,
  );
  const told = JSON.parse(stdout) as { sparsity: number; outputs: null; compareError: string };
  expect(told).toMatchObject({ sparsity: 1, outputs: null });
  expect(told.compareError).toContain("samples 0 to 1 together ONNX Runtime says");
});
