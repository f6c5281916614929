import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { choose } from "../../src/reproduce/choose.js";
import { EXPERIMENTS } from "../../src/reproduce/experiments.js";
import { groupsOf } from "../../src/reproduce/program.js";
import { third } from "../harness/size.js";

const names = (...wanted: string[]) => choose(EXPERIMENTS, wanted).map(({ name }) => name);

test("nothing wanted is everything", () => {
  expect(choose(EXPERIMENTS, [])).toEqual(EXPERIMENTS);
});

test.each([
  ["early-stop", ["early-stop"]],
  ["Early stop", ["early-stop"]],
  ["edge-popup", ["edge-popup"]],
  ["popup", ["edge-popup", "edge-popup-shares"]],
  ["double descent", ["double-descent-fourier", "double-descent-relu"]],
  ["MONK-3", ["obs-monk-3"]],
  ["worst remainder", ["golden-ratio"]],
])("%j means %j", (wanted, expected) => {
  expect(names(wanted)).toEqual(expected);
});

test("several are in the order of the table, each once", () => {
  expect(names("rigl", "early-stop", "RigL")).toEqual(["early-stop", "rigl"]);
});

test.each([
  ["earlystop", 'did you mean "early-stop"?'],
  ["popap", 'did you mean "popup"?'],
  ["something else", "see --list"],
  ["", "see --list"],
  ["-", "see --list"],
])("%j is in none: says so", (wanted, hint) => {
  expect(() => names(wanted)).toThrow(`got ${JSON.stringify(wanted)}; ${hint}`);
});

describe("the command", () => {
  const main = fileURLToPath(new URL("../../dist/reproduce/main.js", import.meta.url));
  const command = async (...words: string[]) => {
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...words])) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  test("lists names and papers", async () => {
    const { code, stdout } = await command("--list");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(EXPERIMENTS.map(({ name }) => name));
    expect(lines[0]).toMatch(/ {2}Frankle & Carbin 2019/);
  });

  test("explains itself", async () => {
    const { code, stdout } = await command("--help");
    expect(code).toBe(0);
    for (const option of ["only", "seeds", "quick", "workers", "json", "out", "list"]) {
      expect(stdout).toContain(`--${option}`);
    }
  });

  test("gives the same results with and without workers, in the order of the table", async () => {
    const out = join(mkdtempSync(join(tmpdir(), "golden-ticket-")), "page.html");
    const names = third(["swap-lemma", "synflow", "sparsegpt-loss"]);
    const only = names.flatMap((name) => ["--only", name]);
    const all = await Promise.all(
      ["0", "2"].map((workers) => command("--quick", "--json", "--workers", workers, "--out", out, ...only)),
    );
    const rows = all.map(({ stdout }) =>
      JSON.parse(stdout).rows.map((row: object) =>
        Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith("seconds"))),
      ),
    );
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[0].map(({ name }: { name: string }) => name)).toEqual(
      EXPERIMENTS.map(({ name }) => name).filter((name) => names.some((start) => name.startsWith(start))),
    );
    expect(readFileSync(out, "utf8")).toContain("swap-lemma");
  });

  test.each([
    [["--only", "early-stob"], 'did you mean "early-stop"?'],
    [["--seeds", "0"], '"--seeds" expected an integer ≥ 1, got "0"'],
    [["--workers", "x"], '"--workers" expected an integer ≥ 0, got "x"'],
    [["--fast"], "--fast"],
  ])("%j is wrong usage", async (words, message) => {
    const { code, stdout, stderr } = await command(...words);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^reproduce: /);
    expect(stderr).toContain(message);
  });
});

test("experiments that share what they train are one task, in the order of their first", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ name }));
  expect(groupsOf([a, { ...b, shares: "x" }, c, { ...d, shares: "x" }])).toEqual([["a"], ["b", "d"], ["c"]]);
});
