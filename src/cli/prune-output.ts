/** What a pruning did, for people and programs. */
import type { Pruned } from "../index.js";
import type { Model } from "../io/index.js";
import { accuracy as percent, whole } from "../report/words.js";
import { deadInputLines, deadInputWarning } from "./dead-inputs.js";
import { orderLine, orderOf } from "./model-file.js";
import type { Written } from "./prune-file.js";
import type { Options } from "./prune-options.js";
import type { Accuracy, Measured } from "./prune-samples.js";
import { printable, shellWord } from "./shell.js";
import { fileSizes, sizesOf, sizesTable } from "./sizes.js";

/** A pruned network; a sweep has several. */
export interface PruneRun extends Measured {
  readonly pruned: Pruned;
  readonly written: Written;
  /** Undefined where nothing was written. */
  readonly out: string | undefined;
  /** What was written, where it is not one file for one. */
  readonly files: string;
}

/** What is told. */
export interface Shown {
  readonly given: Options;
  /** Before. */
  readonly model: Model;
  /** The file before. */
  readonly before: Uint8Array;
  readonly runs: readonly PruneRun[];
  readonly seconds: number;
}

/**
 * Prints it.
 *
 * @param shown  what was done
 */
export async function showPruned(shown: Shown): Promise<void> {
  const { given, runs } = shown;
  const text = given.sweep ? sweepText(shown) : await runText(shown, runs[0]);
  process.stdout.write(text);
}

async function runText({ given, model, before, seconds }: Shown, run: PruneRun): Promise<string> {
  const { pruned, written, accuracy, outputError = null, out = "" } = run;
  const { method = "exact-obs", dtype, json } = given;
  const { sparsity, deadShare } = pruned;
  const layers = layersOf(model, pruned);
  const sizes = await sizesOf(model.layers, written.model.layers, dtype);
  const file = { before: await fileSizes([before]), after: await fileSizes([written.bytes]) };
  const seen = layers.map(({ name, columns, deadInputs }) => ({ name, inputs: columns, dead: deadInputs }));
  if (json) {
    const forms = written.smaller;
    const measured = { outputError, accuracy: accuracy ?? null };
    const dead = { deadShare: deadShare ?? null, warning: deadInputWarning(seen) ?? null };
    const result = { method, order: orderOf(model), layers, sparsity, ...measured, ...dead };
    return `${JSON.stringify({ ...result, sizes, file, forms, seconds, out })}\n`;
  }
  const whereTo = [shellWord(out), run.files].filter(Boolean).join(", ");
  return [
    layersTable(layers),
    sizesTable(sizes),
    orderLine(orderOf(model)),
    ...deadInputLines(seen, deadShare),
    outputError === null ? "" : `Output error ${outputError.toExponential(2)}.\n`,
    accuracy ? accuracyLine(accuracy) : "",
    `Sparsity ${sparsity.toFixed(4)} by ${method} in ${seconds} s, written to ${whereTo}.\n`,
    fileLine(before.length, written),
  ].join("");
}

/** All runs of a sweep: an object, or a line each. */
function sweepText({ given, model, before, runs, seconds }: Shown): string {
  const { method = "exact-obs", json, report } = given;
  const sweep = runs.map(({ pruned, written, outputError = null, accuracy = null, out = null }) => ({
    ...{ sparsity: pruned.sparsity, outputError, accuracy: accuracy?.after ?? null },
    bytes: written.bytes.length,
    smallestBytes: smallestOf(written),
    layers: layersOf(model, pruned),
    out,
  }));
  const [{ accuracy }] = runs;
  if (json) {
    const heldBack = accuracy ? { before: accuracy.before, samples: accuracy.samples } : null;
    const result = { method, order: orderOf(model), accuracy: heldBack, sweep };
    return `${JSON.stringify({ ...result, seconds, report: report ?? null })}\n`;
  }
  return [
    sweepTable(sweep, "packed, F16"),
    accuracy ? accuracyBeforeLine(accuracy) : "",
    report === undefined ? "" : `Plots in ${shellWord(report)}.\n`,
    `${runs.length} sparsities by ${method} in ${seconds} s; the file had ${whole(before.length)} bytes. ` +
      "Packed means --format bitmask --dtype F16.\n",
  ].join("");
}

/** A line of a sweep. */
export interface SweepRow {
  readonly sparsity: number;
  readonly outputError: number | null;
  readonly accuracy: number | null;
  readonly bytes: number;
  /** Packed in some way. */
  readonly smallestBytes: number;
  readonly out: string | null;
}

/**
 * All runs of a sweep, a line each.
 *
 * @param sweep  the runs
 * @param packing  what the smallest bytes are of
 */
export function sweepTable(sweep: readonly SweepRow[], packing: string): string {
  const rows = sweep.map((one) => [
    ...[one.sparsity.toFixed(4), one.outputError?.toExponential(2) ?? "–"],
    ...[one.accuracy === null ? "–" : percent(one.accuracy), whole(one.bytes), whole(one.smallestBytes)],
    one.out === null ? "" : shellWord(one.out),
  ]);
  const heads = ["sparsity", "output error", "accuracy", "bytes", packing, ""];
  const widths = heads.map((_, c) => Math.max(...[heads, ...rows].map((row) => row[c].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => cell.padStart(widths[c]))
      .join("  ")
      .trimEnd();
  return [heads, ...rows].map((row) => `${line(row)}\n`).join("");
}

/** Bytes in the smallest form. */
export const smallestOf = ({ bytes, smaller }: Written): number => smaller.at(-1)?.bytes ?? bytes.length;

/** An accuracy, and whether the model was not pruned by its samples; default true. */
type Judged = Accuracy & { readonly heldBack?: boolean };

/** Which samples an accuracy is of, in words. */
export const samplesOf = ({ samples, heldBack = true }: Judged): string =>
  `${samples} samples ${heldBack ? "held back" : "that it was pruned by"}`;

/** How right the model is, in a sentence. */
export const accuracyLine = (accuracy: Judged): string =>
  `Accuracy ${percent(accuracy.before)} before, ${percent(accuracy.after)} after, on ${samplesOf(accuracy)}.\n`;

/** How right the model was, in a sentence. */
export const accuracyBeforeLine = (accuracy: Judged): string =>
  `Accuracy before ${percent(accuracy.before)}, on ${samplesOf(accuracy)}.\n`;

function layersOf({ layers }: Model, pruned: Pruned) {
  return pruned.layers.map(({ rows, columns, kept, sparsity, relativeError = null, deadInputs }, l) => ({
    ...{ name: layers[l].name, op: "Gemm", rows, columns, kept, sparsity, relativeError },
    deadInputs: deadInputs?.length ?? null,
  }));
}

function layersTable(rows: ReturnType<typeof layersOf>): string {
  const width = Math.max(5, ...rows.map(({ name }) => printable(name).length));
  const line = (...cells: string[]) => `${cells[0].padEnd(width)}  ${cells.slice(1).join("  ")}\n`;
  return [
    line("layer", "      shape", "    kept", "sparsity", "relative error", "dead inputs"),
    ...rows.map(({ name, rows: outputs, columns, kept, sparsity, relativeError, deadInputs }) =>
      line(
        printable(name),
        `${outputs} × ${columns}`.padStart(11),
        String(kept).padStart(8),
        sparsity.toFixed(4).padStart(8),
        (relativeError === null ? "–" : relativeError.toExponential(2)).padStart(14),
        (deadInputs === null ? "–" : String(deadInputs)).padStart(11),
      ),
    ),
  ].join("");
}

/** The size of the file, and what other forms would save. */
function fileLine(before: number, { bytes, smaller }: Written): string {
  const was = bytes.length === before ? "as before" : `${whole(before)} before`;
  const others = smaller.map(
    (form) => `${whole(form.bytes)} with --format ${form.format} --dtype ${form.dtype}`,
  );
  const list = others.length > 0 ? `; it would be ${others.join(", ")}` : "";
  return `The file: ${whole(bytes.length)} bytes, ${was}${list}.\n`;
}
