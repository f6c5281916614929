/**
 * npm run reproduce -- [--only NAME] [--seeds N] [--quick] [--json] [--out FILE]
 *
 * Runs the headline results of the papers again, at small scale, and writes an HTML report with the plots. Exits with 1
 * when a result does not hold, with 2 on wrong usage.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../cli/files.js";
import { packageVersion } from "../cli/package.js";
import { openSync } from "../open.js";
import { EXPERIMENTS } from "./experiments.js";
import { contextIn } from "./mnist-nets.js";
import type { Row } from "./page.js";

function usage(message: string): never {
  process.stderr.write(`reproduce: ${message}\n`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      options: {
        json: { type: "boolean" },
        quick: { type: "boolean" },
        only: { type: "string" },
        seeds: { type: "string" },
        out: { type: "string" },
      },
    }).values;
  } catch (error) {
    return usage((error as Error).message);
  }
}

const values = parse();
const only = values.only?.toLowerCase() ?? "";
const chosen = EXPERIMENTS.filter(({ paper, result }) => `${paper} ${result}`.toLowerCase().includes(only));
if (chosen.length === 0)
  usage(`"--only" expected a part of a result's name, got ${JSON.stringify(values.only)}`);
const seeds = Number(values.seeds ?? (values.quick ? 1 : 3));
if (!(Number.isInteger(seeds) && seeds >= 1)) {
  usage(`"--seeds" expected an integer ≥ 1, got ${JSON.stringify(values.seeds)}`);
}
const out = values.out ?? "runs/reproduce.html";

using core = openSync();
const context = contextIn(core, { seeds, isQuick: values.quick ?? false });
const rows: Row[] = [];
for (const { paper, result, published, differs, run } of chosen) {
  process.stderr.write(`${paper}: ${result} …\n`);
  const started = performance.now();
  const outcome = await run(context);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  rows.push({ paper, result, published, differs, ...outcome, seconds });
  if (values.json) continue;
  process.stdout.write(
    [
      `${outcome.holds ? "holds" : "does not hold"}: ${paper}, ${result}`,
      `  published  ${published}`,
      `  measured   ${outcome.measured}  (${seconds} s)`,
      ...(differs ? [`  differs    ${differs}`] : []),
      "",
    ].join("\n"),
  );
}
const { reproductionsHtml } = await import("./page.js");
mkdirSync(dirname(out), { recursive: true });
await writeWhole(out, new TextEncoder().encode(reproductionsHtml(rows, packageVersion())));
if (values.json)
  process.stdout.write(`${JSON.stringify({ rows: rows.map(({ figures, ...row }) => row) })}\n`);
else process.stdout.write(`Plots: ${out}\n`);
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
