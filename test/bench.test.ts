/** Runs the small cases of every bench once, without the peers, so that none can rot. */
import { describe, expect, test } from "vitest";
import { sparseChart } from "../bench/chart.js";
import { benchFiles, casesOf, runCases } from "../bench/harness.js";
import { peers } from "../bench/rivals/peer.js";
import { sparsePage } from "../bench/sparse-page.js";
import { textTable, withResults } from "../bench/table.js";
import { third } from "./harness/size.js";

const row = (implementation: string, medianMs: number) => ({
  suite: "s",
  case: "c",
  implementation,
  medianMs,
  madMs: 0,
  samples: 1,
});

describe("every bench runs at its smallest size", () => {
  for (const file of third(benchFiles())) {
    test(file, async () => {
      const cases = (await casesOf(file)).filter(({ quick }) => quick);
      const skipped: string[] = [];
      const log = (message: string) => message.startsWith("skipped") && skipped.push(message);
      const accept = (implementation: string) => !(implementation in peers);
      const { rows, failures } = await runCases(cases, { quick: true, log, accept });
      for (const message of skipped) console.warn(message);
      expect(failures).toEqual([]);
      expect(rows.length + skipped.length).toBeGreaterThan(0);
      for (const { medianMs, bytes } of rows) expect(medianMs ?? bytes).toBeGreaterThan(0);
    });
  }
  for (const name of Object.keys(peers)) test.skip(`${name}: raced by npm run bench only`, () => {});
});

test("a wrong output is a failure and has no row", async () => {
  const { rows, failures } = await runCases(
    [
      {
        suite: "s",
        name: "c",
        expected: () => ({ values: [1, 2], bound: () => 0.5 }),
        implementations: {
          right: () => ({ run: () => {}, output: () => [1, 2.5] }),
          wrong: () => ({ run: () => {}, output: () => [1, Number.NaN] }),
          short: () => ({ run: () => {}, output: () => [1] }),
        },
      },
    ],
    { quick: true, log: () => {} },
  );
  expect(rows.map(({ implementation }) => implementation)).toEqual(["right"]);
  expect(failures).toHaveLength(2);
});

test("the table compares with the fastest rival", () => {
  const table = textTable([row("simd", 1), row("js", 8), row("tfjs-wasm", 2)]);
  const ratios = table.split("\n").map((line) => line.split(/ {2,}/).at(-1));
  expect(ratios).toEqual(["× best rival", "2.00", "0.25", "1.00"]);
});

test("a suite's part of the results is replaced, not repeated", () => {
  const once = withResults("# Results\n", "s", "machine", [row("js", 8)]);
  const other = withResults(once, "t", "machine", [row("js", 3)]);
  const twice = withResults(other, "s", "machine", [row("js", 4)]);
  expect(twice.match(/generated: s/g)).toHaveLength(1);
  expect(twice).toContain("4.000 ms");
  expect(twice).not.toContain("8.000 ms");
  expect(twice).toContain("3.000 ms");
});

test("the page of sparse layers compares with dense peers alone, and draws it", () => {
  const times = {
    simd: 0.1,
    relaxed: 0.05,
    "simd-dense": 0.5,
    js: 0.2,
    "tfjs-wasm": 1,
    "onnxruntime-web": 2,
  };
  const rows = ["0.5", "0.98", "2:4", "4x1@0.9"].flatMap((pattern) =>
    Object.entries(times).map(([implementation, medianMs]) => ({
      ...row(implementation, medianMs),
      case: `64x784x300@${pattern}`,
    })),
  );
  const page = sparsePage(rows);
  expect(page).toContain("| 64x784x300@2:4 | 100.0 µs | 50.00 µs | 500.0 µs | 200.0 µs | 1.000 ms |");
  expect(page.match(/\| 10\.00 \| 20\.00 \|/g)).toHaveLength(4);
  expect(page).toMatch(/^\| 98 % \| 940,888 \|/m);
  const chart = sparseChart(rows);
  expect(chart).toContain("784 → 300");
  expect(chart).not.toContain("NaN");
});
