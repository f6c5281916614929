import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli } from "./cli.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("help", () => {
  test.each([[["--help"]], [["help"]]])("%j tells the commands", async (args) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/find +finds lottery tickets/);
    expect(stdout).toMatch(/info +tells/);
  });

  test.each([[["find", "--help"]], [["help", "find"]], [["find", "--rounds", "x", "--help"]]])(
    "%j tells the options, with examples",
    async (args) => {
      const { code, stdout } = await cli(args);
      expect(code).toBe(0);
      for (const option of ["--rounds R", "--preset short|quick|paper", "--resume DIR", "--json"]) {
        expect(stdout).toContain(option);
      }
      expect(stdout).toContain("Examples:\n  golden-ticket find");
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(106);
    },
  );

  test.each(["subset-sum", "strong-ticket", "prune", "evaluate"])(
    "%s tells its options, with examples",
    async (name) => {
      const { code, stdout } = await cli(["help", name]);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: golden-ticket ${name}`);
      expect(stdout).toContain(`Examples:\n  golden-ticket ${name} `);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(128);
    },
  );

  test("nothing at all is wrong usage, and gets the help", async () => {
    const { code, stdout, stderr } = await cli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: golden-ticket COMMAND");
  });

  test("--version", async () => {
    expect(await cli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe("wrong usage is one line and exit code 2", () => {
  const cases: [string[], string][] = [
    [["fnd"], 'golden-ticket: unknown command "fnd"; did you mean "find"?'],
    [["help", "inof"], 'golden-ticket: unknown command "inof"; did you mean "info"?'],
    [["constructor"], 'golden-ticket: unknown command "constructor"; see golden-ticket --help'],
    [["--versoin"], 'golden-ticket: unknown option "--versoin"; did you mean "--version"?'],
    [["info", "--jsn"], 'golden-ticket info: unknown option "--jsn"; did you mean "--json"?'],
    [["find", "--rounds", "x"], 'golden-ticket find: "--rounds" expected an integer from 0 to 99, got "x"'],
    [
      ["find", "--batch", "70", "--train-size", "60"],
      'golden-ticket find: "--batch" expected at most 60, the training samples, got 70',
    ],
    [
      ["find", "--resume", "no-such-folder"],
      'golden-ticket find: "--resume" expected the folder of an interrupted run, got no-such-folder, ' +
        "which has no checkpoint/run.json",
    ],
    [
      ["find", "--resume", "a", "--out", "b"],
      'golden-ticket find: "--out" expected no folder beside that of --resume, got b',
    ],
  ];
  test.each(cases)("%j", async (args, message) => {
    expect(await cli(args)).toEqual({ code: 2, signal: null, stdout: "", stderr: `${message}\n` });
  });
});

describe("info", () => {
  test("prints one object", async () => {
    const { code, stdout, stderr } = await cli(["info", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const info = JSON.parse(stdout);
    expect(info.version).toBe(version);
    expect(info.variants).toContain("simd");
    expect(info.workers).toBeGreaterThan(0);
  });

  test("says why a variant does not run", async () => {
    const { stdout } = await cli(["info"]);
    expect(stdout).toMatch(/simd +runs/);
    expect(stdout).toMatch(/relaxed +(runs|refused: it lacks relaxed SIMD)/);
  });
});
