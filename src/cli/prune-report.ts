/** What `prune --report` writes. */
import { basename } from "node:path";
import { pruneReportHtml } from "../report/prune-html.js";
import type { PruneReport, PruneReportLayer } from "../report/prune-result.js";
import { packageVersion } from "./package.js";
import { budgetOf, type Options } from "./prune-options.js";
import { type PruneRun, type Shown, samplesOf, smallestOf } from "./prune-output.js";
import { shellWord } from "./shell.js";

/** Points of a curve. */
const POINTS = 100;

/**
 * The page of a pruning.
 *
 * @param shown  what was done, to the model at `path`
 */
export function pruneReport({ path, given, model, before, runs, seconds }: Shown & { path: string }): string {
  const shown = runs.length - 1;
  const [{ accuracy }] = runs;
  const { method = "exact-obs" } = given;
  return pruneReportHtml({
    ...{
      method,
      seconds,
      shown,
      packing: "as bit mask and values in F16",
      ...provenanceOf(path, given, budgetOf(given)),
    },
    runs: runs.map((run) => ({
      ...{ sparsity: run.pruned.sparsity, outputError: run.outputError ?? null },
      ...{ accuracy: run.accuracy?.after ?? null, bytes: run.written.bytes.length },
      smallestBytes: smallestOf(run.written),
    })),
    layers: runs[shown].pruned.layers.map((_, l) => layerOf(runs[shown], model.layers[l].name, l)),
    ...{
      accuracyBefore: accuracy?.before ?? null,
      judgedBy: accuracy ? samplesOf(accuracy) : "no labels",
      bytesBefore: before.length,
    },
    unpruned: [],
  });
}

/**
 * How it was made.
 *
 * @param path  of the model
 * @param given  the options
 * @param budget  that was taken
 */
export function provenanceOf(
  path: string,
  given: Options,
  budget: string,
): Pick<PruneReport, "model" | "version" | "settings" | "command"> {
  // The address of a queue may hold a password, and changes nothing.
  const { method = "exact-obs", report: _, out, json: __, queue: ___, ...others } = given;
  const asked = Object.entries({ ...others, budget }).map(([name, value]) => [name, textOf(value)] as const);
  const words = asked.map(([name, value]) => `--${name}${value === "yes" ? "" : ` ${shellWord(value)}`}`);
  const file = out === undefined ? "" : ` --out ${shellWord(basename(out))}`;
  const [model, version] = [basename(path), packageVersion()];
  return {
    ...{ model, version, settings: [["method", method], ...asked, ["version", version]] },
    command: `npx golden-ticket prune ${shellWord(model)} --method ${method} ${words.join(" ")}${file}`,
  };
}

function layerOf({ pruned, written }: PruneRun, name: string, l: number): PruneReportLayer {
  const { rows, columns, kept, relativeError = null } = pruned.layers[l];
  const weights = rows * columns;
  const counts = Array.from({ length: POINTS }, (_, i) => Math.round((weights * i) / POINTS));
  const curve = [...new Set(counts)].flatMap((zeros) => {
    const error = pruned.lossAt(l, zeros);
    return error === undefined || !Number.isFinite(error) ? [] : [{ sparsity: zeros / weights, error }];
  });
  const mask = written.model.layers[l].mask as Uint8Array;
  return { name, rows, columns, kept, relativeError, curve, mask };
}

/** An option as it is typed. */
function textOf(value: unknown): string {
  if (value === true) return "yes";
  if (typeof value === "object" && value !== null && "n" in value && "m" in value)
    return `${value.n}:${value.m}`;
  return String(value);
}
