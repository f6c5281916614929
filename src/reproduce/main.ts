/** `npm run reproduce`: runs the headline results of the papers again, at small scale. */
import { parseArgs } from "node:util";
import { openSync } from "../open.js";
import { EXPERIMENTS } from "./experiments.js";
import { contextIn } from "./mnist-nets.js";

const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
const only = values.only?.toLowerCase() ?? "";
const chosen = EXPERIMENTS.filter(({ paper, result }) => `${paper} ${result}`.toLowerCase().includes(only));

using core = openSync();
const context = contextIn(core);
const rows = [];
for (const { paper, result, published, run } of chosen) {
  process.stderr.write(`${paper}: ${result} …\n`);
  const started = performance.now();
  const outcome = await run(context);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  rows.push({ paper, result, published, ...outcome, seconds });
  if (values.json) continue;
  process.stdout.write(
    [
      `${outcome.holds ? "holds" : "does not hold"}: ${paper}, ${result}`,
      `  published  ${published}`,
      `  measured   ${outcome.measured}  (${seconds} s)\n`,
    ].join("\n"),
  );
}
if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
if (rows.length === 0) {
  process.stderr.write(`--only expected a part of a result's name, got ${JSON.stringify(values.only)}\n`);
  process.exitCode = 2;
} else if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
