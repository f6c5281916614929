/**
 * npm run bench -- --fit | [--suite NAME] [--case PART] [--quick] [--json] [--write] [PATH …]
 *
 * Runs the cases of one suite, or of all, or of the bench files whose path contains PATH. With --json prints
 * { host, node, rows } as one object on stdout; progress and everything skipped goes to stderr. Exits with 1
 * when an implementation computed something wrong, with 2 on wrong usage.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, type as osType } from "node:os";
import { parseArgs } from "node:util";
import { sparseChart } from "./chart.js";
import { benchFiles, casesOf, runCases } from "./harness.js";
import type { Row } from "./measure.js";
import { peerVersions } from "./rivals/peer.js";
import { sparsePage, sparseRealPage } from "./sparse-page.js";
import { textTable, withResults } from "./table.js";

const RESULTS = new URL("RESULTS.md", import.meta.url);

/** Suites with more to say than the table of all rows. */
const PAGES: Record<string, ((rows: Row[]) => string) | undefined> = {
  sparse: sparsePage,
  "sparse-real": sparseRealPage,
};

class UsageError extends Error {}

// stdout belongs to the result; peers print to the console as they like.
console.log = console.error;

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        suite: { type: "string" },
        case: { type: "string" },
        quick: { type: "boolean" },
        json: { type: "boolean" },
        write: { type: "boolean" },
        fit: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function chooseCases({ values, positionals }: ReturnType<typeof parse>) {
  const files = benchFiles().filter((file) => positionals.every((part) => file.includes(part)));
  if (files.length === 0) {
    const known = benchFiles().join(", ");
    throw new UsageError(`path expected a part of ${known}, got "${positionals.join(" ")}"`);
  }
  const all = [];
  for (const file of files) all.push(...(await casesOf(file)));
  const ofSuite = all.filter(({ suite }) => !values.suite || suite === values.suite);
  if (ofSuite.length === 0) {
    const known = [...new Set(all.map(({ suite }) => suite))].sort();
    throw new UsageError(`--suite expected one of ${known.join(", ")}, got "${values.suite}"`);
  }
  const named = ofSuite.filter(({ name }) => !values.case || name.includes(values.case));
  if (named.length === 0) {
    const known = [...new Set(ofSuite.map(({ name }) => name))];
    throw new UsageError(`--case expected a part of ${known.join(", ")}, got "${values.case}"`);
  }
  return values.quick && !values.case ? named.filter(({ quick }) => quick) : named;
}

function hostName(): string {
  const all = cpus();
  return `${all[0]?.model.trim() ?? "unknown CPU"}, ${all.length} cores, ${osType()} ${process.arch}`;
}

function bySuite(rows: Row[]): [suite: string, rows: Row[]][] {
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  return suites.map((name) => [name, rows.filter(({ suite }) => suite === name)]);
}

function write(rows: Row[]): void {
  const peers = Object.entries(peerVersions()).map(([name, version]) => `${name} ${version}`);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${hostName()}; Node ${process.version}; ${[...peers, date].join("; ")}.`;
  let page = readFileSync(RESULTS, "utf8");
  for (const [suite, own] of bySuite(rows)) {
    page = withResults(page, suite, machine, own, PAGES[suite]?.(own));
    if (suite === "sparse") writeFileSync(new URL("sparse.svg", import.meta.url), sparseChart(own));
  }
  writeFileSync(RESULTS, page);
}

async function main(): Promise<void> {
  const parsed = parse();
  const { values, positionals } = parsed;
  if (values.write && (values.quick || values.case || positionals.length)) {
    throw new UsageError("--write expected whole suites: leave out --quick, --case and paths");
  }
  if (values.fit) {
    const { fit } = await import("./fit.js");
    fit();
    return;
  }
  const cases = await chooseCases(parsed);
  const log = (message: string) => console.error(message);
  const { rows, failures } = await runCases(cases, { quick: values.quick, log });
  const print = (text: string) => process.stdout.write(`${text}\n`);
  if (values.json) print(JSON.stringify({ host: hostName(), node: process.version, rows }));
  else for (const [suite, own] of bySuite(rows)) print(`\n${suite}\n${textTable(own)}`);
  for (const failure of failures) console.error(`failed: ${failure}`);
  if (failures.length) process.exitCode = 1;
  else if (values.write) write(rows);
}

main().catch((error: Error) => {
  console.error(error instanceof UsageError ? `bench: ${error.message}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
