import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/io/safetensors.js";
import { readTicketModel } from "../../src/io/ticket-model.js";
import { CONSTRUCTIONS } from "../../src/ticket/strong-ticket.js";
import { whole } from "../harness/size.js";
import { cli, newFolder, removeFolders } from "./cli.js";
import { files, lenet } from "./models.js";

afterAll(removeFolders);

const FIELDS = ["neuronsPerWeight", "keptPerWeight", "maxWeightError", "certifiedOutputError"];
const MORE_FIELDS = ["sampledOutputError", "failures", "seconds"];

/** Runs it without a complaint. */
async function built(args: readonly string[]) {
  const { code, stdout, stderr } = await cli(["strong-ticket", ...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("strong-ticket", () => {
  test.runIf(whole)(
    "LeNet-300-100 by subset sum: no failure, the same answers, and evaluate runs it",
    async () => {
      const out = join(newFolder(), "ticket.safetensors");
      const result = await built([lenet, "--epsilon", "0.001", "--inputs", "mnist-test:1000", "--out", out]);
      for (const field of [...FIELDS, ...MORE_FIELDS]) expect(result[field], field).toBeTypeOf("number");
      expect(result).toMatchObject({
        construction: "subset-sum",
        failures: 0,
        samples: 1000,
        failureRate: 0,
      });
      expect(result.maxWeightError).toBeLessThanOrEqual(0.001);
      expect(result.sampledOutputError).toBeGreaterThan(0);
      expect(result.sampledOutputError).toBeLessThan(result.certifiedOutputError);
      expect(result.agreement).toBeGreaterThanOrEqual(0.999);
      const data = ["--inputs", "mnist-test", "--labels", "mnist-test", "--json"];
      const evaluated = JSON.parse((await cli(["evaluate", out, ...data])).stdout);
      expect(evaluated.samples).toBe(10_000);
      expect(evaluated.accuracy).toBeGreaterThanOrEqual(0.979);
      expect(evaluated.kernels.length).toBe(6);
      expect(evaluated.kernels[0]).toMatchObject({ name: "0.inner", format: "csr" });
      expect(evaluated.kernels[0].density).toBeCloseTo(1 / 784, 4);

      const pruned = await cli([
        "prune",
        out,
        "--sparsity",
        "0.5",
        "--out",
        join(newFolder(), "p.safetensors"),
      ]);
      expect(pruned).toMatchObject({ code: 2, stdout: "" });
      expect(pruned.stderr).toContain(
        '"MODEL" expected a dense model, got the sparse layers of a strong ticket in ',
      );
    },
  );

  test.each(CONSTRUCTIONS)(
    "by %s: errors in order, counts that fit, the same bytes again",
    async (construction) => {
      const { path } = files(6, 7, 4);
      const model = path("model.safetensors");
      const both = ["0", "2"].map(async (workers) => {
        const out = path(`${workers}.safetensors`);
        const how = ["--construction", construction, "--epsilon", "0.05", "--low", "-1", "--seed", "3"];
        const result = await built([model, ...how, "--workers", workers, "--out", out]);
        return { result, bytes: readFileSync(out) };
      });
      const [{ result, bytes }, other] = await Promise.all(both);
      expect(other.bytes.equals(bytes)).toBe(true);
      expect(result).toMatchObject({
        construction,
        epsilon: 0.05,
        delta: 0.01,
        samples: 10_000,
        failures: 0,
      });
      expect(result.maxWeightError).toBeLessThanOrEqual(0.05);
      for (const found of [result.sampledOutputError, result.adversarialOutputError]) {
        expect(found).toBeGreaterThan(0);
        expect(found).toBeLessThanOrEqual(result.certifiedOutputError);
      }
      const targets = 6 * 7 + 7 + 7 * 4 + 4;
      const layers = readTicketModel(readSafetensors(new Uint8Array(bytes)).tensors);
      expect(layers.map(({ name }) => name)).toEqual(["0.inner", "0.outer", "1.inner", "1.outer"]);
      const kept = layers.map(
        ({ values, bias }) => values.length + bias.filter((value) => value !== 0).length,
      );
      expect(result.keptPerWeight).toBe(kept.reduce((sum, count) => sum + count) / targets);
      type Row = { kept: number; neurons: number; name: string };
      expect(result.layers.map((row: Row) => row.kept)).toEqual([kept[0] + kept[1], kept[2] + kept[3]]);
      const neurons = result.layers.reduce((sum: number, row: Row) => sum + row.neurons, 0);
      expect(result.neuronsPerWeight).toBe(neurons / targets);
    },
  );

  test("objectives, pools, samples and balls; another seed; a table for people", async () => {
    const { path } = files(6, 7, 4);
    const args = [path("model.safetensors"), "--epsilon", "0.01", "--out", path("t.safetensors")];
    const kept: Record<string, number> = {};
    for (const objective of ["nearest", "any", "fewest"]) {
      const result = await built([...args, "--objective", objective, "--inputs", path("x.npy")]);
      expect(result).toMatchObject({ samples: 30, failures: 0 });
      kept[objective] = result.keptPerWeight;
    }
    expect(kept.fewest).toBeLessThan(kept.any);
    expect(kept.fewest).toBeLessThan(kept.nearest);
    const first = readFileSync(path("t.safetensors"));
    await built([...args, "--objective", "fewest", "--seed", "1"]);
    expect(readFileSync(path("t.safetensors")).equals(first)).toBe(false);
    const few = await built([...args, "--pool", "4", "--radius", "3", "--inputs", path("signed.npy")]);
    expect(few.failures).toBeGreaterThan(0);
    expect(few.failureRate).toBe(few.failures / (6 * 7 + 7 + 7 * 4 + 4));
    const { stdout } = await cli(["strong-ticket", ...args]);
    expect(stdout).toMatch(
      /^layer +shape +neurons +kept +largest error +failures\nlayer0 +7 × 6 +\d+ +\d+ +\d/,
    );
    expect(stdout).toMatch(/\n {2}certified +outputs at most .* off for all numbers from 0 to 1\n/);
  });

  test.each<[string, string[], string]>([
    ["no epsilon", [], '"--epsilon" expected the most that a weight may be off, got nothing'],
    ["an epsilon of 0", ["--epsilon", "0"], '"--epsilon" expected a number from 1e-30'],
    [
      "an unknown construction",
      ["--construction", "pensia", "--epsilon", "1"],
      '"--construction" expected malach or orseau or subset-sum, got "pensia"',
    ],
    [
      "an objective of malach",
      ["--construction", "malach", "--epsilon", "0.1", "--objective", "any"],
      '"--objective" expected --construction subset-sum, got malach',
    ],
    ["a delta of 0", ["--epsilon", "0.1", "--delta", "0"], '"--delta" expected a number from'],
    [
      "two domains",
      ["--epsilon", "0.1", "--low", "0", "--radius", "1"],
      '"--radius" expected no --low or --high',
    ],
    ["an empty box", ["--epsilon", "0.1", "--low", "2"], '"--low" expected at most --high, 1, got 2'],
    [
      "samples beyond the domain",
      ["--epsilon", "0.1", "--inputs", "signed.npy"],
      '"--inputs" expected numbers from 0 to 1, as --low and --high say, got -0.',
    ],
    [
      "samples outside of the ball",
      ["--epsilon", "0.1", "--inputs", "x.npy", "--radius", "0.1"],
      '"--inputs" expected samples of a 2-norm of at most 0.1',
    ],
    ["samples of another width", ["--epsilon", "0.1", "--inputs", "mnist-test:5"], "got 784 in mnist-test:5"],
    [
      "more neurons than memory",
      ["--construction", "malach", "--epsilon", "1e-6"],
      "a larger epsilon needs fewer",
    ],
    ["nothing to go on from", ["--epsilon", "0.1", "--resume"], '"--resume" expected the checkpoint of'],
  ])("refuses %s in one line and writes nothing", async (_, args, message) => {
    const { folder, path } = files(3, 2);
    const before = readdirSync(folder);
    const all = ["strong-ticket", "model.safetensors", ...args, "--out", path("t.safetensors")];
    const { code, stdout, stderr } = await cli(all, folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readdirSync(folder)).toEqual(before);
  });
});
