/** `prune --sweep`, `--labels` and `--report` for ONNX models. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, describe, expect, test } from "vitest";
import { provenanceOf } from "../../src/cli/prune-report.js";
import { writeNpy } from "../../src/io/npy.js";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import { network, pictures } from "../onnx/models.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const folder = newFolder();
const path = (name: string) => join(folder, name);
writeFileSync(path("model.onnx"), network());
const data = pictures(20).x.data as Float32Array;
writeFileSync(path("x.npy"), writeNpy({ dtype: "F32", shape: [20, 2, 6, 6], data }));
const classes = Uint8Array.from({ length: 20 }, (_, i) => i % 3);
writeFileSync(path("y.npy"), writeNpy({ dtype: "U8", shape: [20], data: classes }));

const SAMPLES = ["--calibration", "x.npy", "--labels", "y.npy", "--workers", "0"];
const prune = (...more: string[]) => cli(["prune", "model.onnx", ...SAMPLES, ...more], folder);
async function told(...more: string[]) {
  const { code, stdout, stderr } = await prune("--json", ...more);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("a sweep of an ONNX model", () => {
  test.each([
    ["exact-obs", "optimal"],
    ["exact-obs", "uniform"],
    ["wanda", "uniform"],
    ["magnitude", "uniform"],
  ])("by %s, %s: each file is what it is alone, and so are its figures", async (method, budget) => {
    const how = ["--method", method, "--budget", budget];
    const { sweep, accuracy } = await told(...how, "--sweep", "0.75,0.25", "--out", "s.onnx");
    expect(sweep.map(({ out }: { out: string }) => out)).toEqual(["s-0.75.onnx", "s-0.25.onnx"]);
    for (const { sparsity, out, bytes, outputError, accuracy: after, layers } of sweep) {
      const file = readFileSync(path(out));
      expect(file.length).toBe(bytes);
      const model = readOnnx(file);
      const pruned = model.layers.filter(({ isDepthwise }) => !isDepthwise);
      const zeros = pruned.reduce(
        (sum, { name }) => sum + model.weights(name).filter((value) => value === 0).length,
        0,
      );
      expect(zeros).toBe(Math.round(608 * sparsity));
      const alone = await told(...how, "--sparsity", out.slice(2, -5), "--out", "alone.onnx");
      expect(readFileSync(path("alone.onnx")).equals(file)).toBe(true);
      expect(alone.outputs[0].relativeError).toBe(outputError);
      expect([alone.accuracy.before, alone.accuracy.after]).toEqual([accuracy.before, after]);
      expect(alone.layers).toEqual(layers);
    }
    expect(sweep[0].outputError).toBeGreaterThan(sweep[1].outputError);
  });

  test("without --out only tells, as a table, and draws where it is asked to", async () => {
    const { code, stdout } = await prune("--sweep", "0.25,0.75", "--report", "r.html");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^sparsity +output error +accuracy +bytes +gzipped\n +0\.25\d* +\d\.\d\de[-+]\d+ +[\d.]+%/,
    );
    expect(stdout).toMatch(/^Accuracy before [\d.]+%, on 4 samples held back\.$/m);
    expect(stdout).toContain("Plots in r.html.\n");
    expect(stdout).toContain("no runtime faster that multiplies by them");
    expect(existsSync(path("model-0.25.onnx"))).toBe(false);
    const { document } = parseHTML(readFileSync(path("r.html"), "utf8"));
    const heads = [...document.querySelectorAll("h2")].map((head) => head.textContent);
    for (const head of ["How far it can go", "What stays as it is", "What zeros cost"])
      expect(heads).toContain(head);
    expect(document.documentElement.textContent).toContain("--sweep 0.25,0.75");
    const kept = [...document.querySelectorAll('[aria-labelledby="layers"] tbody tr')].map(
      (row) => row.querySelector("th")?.textContent,
    );
    expect(kept).not.toContain("depth");
    expect(document.querySelector('[aria-labelledby="unpruned"] tbody')?.textContent).toContain("depthwise");
  });

  test("--report draws a single pruning, too", async () => {
    const result = await told("--sparsity", "0.5", "--report", "one.html", "--out", "one.onnx");
    expect(result.report).toBe("one.html");
    const { document } = parseHTML(readFileSync(path("one.html"), "utf8"));
    expect(document.querySelector('[aria-labelledby="sweep"]')).toBeNull();
    expect(document.querySelectorAll('[aria-labelledby="masks"] figure').length).toBe(4);
  });

  test.each<[string[], string]>([
    [
      ["--sweep", "0.5", "--sparsity", "0.5"],
      '"--sweep" expected no --sparsity, --pattern or --max-error beside it',
    ],
    [["--sweep", "0.5", "--pattern", "2:4"], '"--sweep" expected no --sparsity'],
    [["--sweep", "0.5", "--report", "p.txt"], '"--report" expected a .html file, got p.txt'],
    [["--sweep", "0.5", "--out", "p.safetensors"], '"--out" expected a .onnx file'],
    [["--sweep", "0.5", "--out", "no/p.onnx"], '"--out" expected a file in a folder that is there'],
  ])("refuses %j", async (more, message) => {
    const { code, stdout, stderr } = await prune(...more);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

test("the address of a queue, which may hold a password, is in no report", () => {
  const given = { sparsity: 0.5, queue: "postgres://ada:secret@host/jobs", workers: 2 };
  const { command, settings } = provenanceOf("a/m.onnx", given, "uniform");
  expect(command).toContain("prune m.onnx --method exact-obs --sparsity 0.5 --workers 2");
  expect(JSON.stringify([command, settings])).not.toContain("secret");
});
