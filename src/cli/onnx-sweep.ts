/** What a sweep over sparsities of an ONNX model found, and the page of a pruning of one. */
import { basename } from "node:path";
import { pruneReportHtml } from "../report/prune-html.js";
import { whole } from "../report/words.js";
import type { OnnxRun } from "./onnx-output.js";
import { reservations, rowsOfLayers } from "./onnx-report.js";
import type { Options } from "./prune-options.js";
import { accuracyBeforeLine, samplesOf, sweepTable } from "./prune-output.js";
import { provenanceOf } from "./prune-report.js";
import { shellWord } from "./shell.js";

/** What is told. */
export interface OnnxShown {
  readonly path: string;
  readonly given: Options;
  readonly method: string;
  readonly budget: string;
  /** At least one. */
  readonly runs: readonly OnnxRun[];
  readonly seconds: number;
}

/**
 * Prints a sweep.
 *
 * @param shown  what was done
 */
export function showOnnxSweep({ given, method, runs, seconds }: OnnxShown): void {
  const { json = false, report } = given;
  const rows = runs.map((run) => ({
    ...measuresOf(run),
    sparsityOfAll: run.pruned.sparsityOfAll,
    ...{ outputs: run.pruned.outputs ?? null, uncompared: run.pruned.uncompared },
    ...{ compareError: run.pruned.compareError?.message, layers: rowsOfLayers(run.pruned) },
    out: run.out ?? null,
  }));
  const [{ pruned, file }] = runs;
  const { accuracy } = pruned;
  if (json) {
    const judged = accuracy
      ? { before: accuracy.before, samples: accuracy.samples, heldBack: accuracy.heldBack }
      : null;
    const result = { method, accuracy: judged, sweep: rows, seconds, report: report ?? null };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const lines = [
    sweepTable(rows, "gzipped"),
    accuracy ? accuracyBeforeLine(accuracy) : "",
    report === undefined ? "" : `Plots in ${shellWord(report)}.\n`,
    ...reservations(pruned),
    `${runs.length} sparsities of what was pruned, by ${method} in ${seconds} s; the file had ` +
      `${whole(file.before.raw)} bytes, ${whole(file.before.gzip)} gzipped.\n`,
  ];
  process.stdout.write(lines.join(""));
}

/**
 * The page of a pruning.
 *
 * @param shown  what was done
 */
export function onnxPruneReport({ path, given, method, budget, runs, seconds }: OnnxShown): string {
  const [shown, last] = [runs.length - 1, runs[runs.length - 1]];
  const { layers, accuracy } = last.pruned;
  const pruned = layers.filter(({ skipped }) => skipped === undefined);
  return pruneReportHtml({
    ...{ method, seconds, shown, packing: "gzipped", ...provenanceOf(path, given, budget) },
    runs: runs.map(measuresOf),
    layers: pruned.map(({ name, rows, columns, kept, relativeError = null, curve = [] }, l) => {
      const known = curve.filter(({ error }) => Number.isFinite(error));
      return { name, rows, columns, kept, relativeError, curve: known, mask: last.masks[l] };
    }),
    unpruned: layers.flatMap(({ name, rows, columns, skipped: reason }) =>
      reason === undefined ? [] : [{ name, rows, columns, reason }],
    ),
    accuracyBefore: accuracy?.before ?? null,
    judgedBy: accuracy ? samplesOf(accuracy) : "no labels",
    bytesBefore: last.file.before.raw,
    model: basename(path),
  });
}

/** A run in figures; of several outputs, the largest error. */
const measuresOf = ({ pruned: { sparsity, outputs = [], accuracy }, file }: OnnxRun) => ({
  sparsity,
  outputError: outputs.length > 0 ? Math.max(...outputs.map(({ relativeError }) => relativeError)) : null,
  accuracy: accuracy?.after ?? null,
  bytes: file.after.raw,
  smallestBytes: file.after.gzip,
});
