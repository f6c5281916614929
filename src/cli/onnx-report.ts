/** What the pruning of an ONNX model will do, and did, for people and programs. */
import type { OnnxPlannedLayer, OnnxPruning } from "../onnx/index.js";
import { deadInputLines, deadInputWarning } from "./dead-inputs.js";
import type { OnnxRun } from "./onnx-output.js";
import { accuracyLine } from "./prune-output.js";
import { printable, shellWord } from "./shell.js";
import { type Sizes, sizesTable } from "./sizes.js";

interface Asked {
  readonly method: string;
  readonly json: boolean;
}

/**
 * Prints the plan: layers, what is skipped and why, the zeros of each as far as they are known before.
 *
 * @param plan  of `planOnnx`
 * @param asked  names for the output
 */
export function showOnnxPlan(
  plan: readonly OnnxPlannedLayer[],
  { method, budget, json, out }: Asked & { readonly budget: string; readonly out: string | undefined },
): void {
  const layers = plan.map(({ zeros = null, skipped = null, ...layer }) => {
    return { ...layer, weights: layer.rows * layer.columns, zeros, skipped };
  });
  const pruned = layers.filter(({ skipped }) => skipped === null);
  const weights = pruned.reduce((sum, layer) => sum + layer.weights, 0);
  const allWeights = layers.reduce((sum, layer) => sum + layer.weights, 0);
  const isKnown = pruned.every(({ zeros }) => zeros !== null);
  const zeros = isKnown ? pruned.reduce((sum, layer) => sum + (layer.zeros ?? 0), 0) : null;
  if (json) {
    const result = { dryRun: true, method, budget, layers, weights, allWeights, zeros, out: out ?? null };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const zerosOf = (count: number | null) => (count === null ? "by losses" : String(count));
  const rows = layers.map((layer) => [
    ...[printable(layer.name), layer.op, shapeOf(layer), String(layer.weights)],
    ...(layer.skipped === null ? [zerosOf(layer.zeros), ""] : ["–", layer.skipped]),
  ]);
  const table = tableOf([
    ["layer", "op", "shape", "weights", "zeros", "skipped"],
    ...rows,
    ["all that are pruned", "", "", String(weights), zerosOf(zeros), ""],
    ["all of the file", "", "", String(allWeights), "", ""],
  ]);
  const where = out === undefined ? "" : ` It would be written to ${shellWord(out)}.`;
  process.stdout.write(`${table}By ${method} with the budget ${budget}. Nothing was done.${where}\n`);
}

/**
 * Prints what was done.
 *
 * @param run  the result
 * @param asked  what else there is to tell
 */
export function showOnnxResult(
  { pruned, out = "", file }: OnnxRun,
  asked: Asked & { readonly seconds: number; readonly sizes: Sizes; readonly report: string | undefined },
): void {
  const { method, json, seconds, sizes, report } = asked;
  const { layers, sparsity, sparsityOfAll, deadShare, parameters } = pruned;
  const { outputs, uncompared, accuracy, compareError } = pruned;
  if (json) {
    const result = {
      method,
      layers: rowsOfLayers(pruned),
      sparsity,
      sparsityOfAll,
      deadShare: deadShare ?? null,
      warning: deadInputWarning(seenOf(pruned)) ?? null,
      parameters,
      outputs: outputs ?? null,
      uncompared,
      accuracy,
      compareError: compareError?.message,
      sizes,
      file,
      seconds,
      out,
      ...(report === undefined ? {} : { report }),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const rows = layers.map((layer) => [
    ...[printable(layer.name), layer.op, shapeOf(layer), String(layer.kept), layer.sparsity.toFixed(4)],
    ...[layer.relativeError?.toExponential(2) ?? "–", layer.skipped ?? ""],
  ]);
  const named = sizes.layers.map((layer) => ({ ...layer, name: printable(layer.name) }));
  const { before, after } = file;
  const lines = [
    tableOf([["layer", "op", "shape", "kept", "sparsity", "relative error", "skipped"], ...rows]),
    sizesTable({ ...sizes, layers: named }),
    `The file: ${before.raw} bytes, ${before.gzip} gzipped, before; ${after.raw}, ${after.gzip} gzipped, after.\n`,
    ...(outputs ?? []).map(
      ({ name, relativeError, by }) =>
        `Output ${printable(name)}: error ${relativeError.toExponential(2)}${by ? HOW[by] : ""}.\n`,
    ),
    ...(uncompared ?? []).map(({ name, reason }) => `Output ${printable(name)}: not compared, ${reason}.\n`),
    accuracy ? accuracyLine(accuracy) : "",
    report === undefined ? "" : `Plots in ${shellWord(report)}.\n`,
    ...reservations(pruned),
    `Sparsity ${sparsity.toFixed(4)} of what was pruned, ${sparsityOfAll.toFixed(4)} of all weights of the file, ` +
      `by ${method} in ${seconds} s, written to ${shellWord(out)}, and read again.\n`,
  ];
  process.stdout.write(lines.join(""));
}

/**
 * What figures do not show.
 *
 * @param pruned  a pruning
 * @returns lines
 */
export const reservations = (pruned: OnnxRun["pruned"]): string[] => [
  fewSamples(pruned.layers),
  ...deadInputLines(seenOf(pruned), pruned.deadShare),
  "Zeros make the file smaller once compressed, and no runtime faster that multiplies by them.\n",
];

/**
 * Layers as JSON has them.
 *
 * @param pruned  a pruning
 */
export const rowsOfLayers = ({ layers }: OnnxRun["pruned"]) =>
  layers.map(({ relativeError = null, skipped = null, deadInputs, curve: _, ...layer }) => {
    return { ...layer, relativeError, deadInputs: deadInputs?.length ?? null, skipped };
  });

const seenOf = ({ layers }: OnnxRun["pruned"]) =>
  layers.map(({ name, columns, groups, deadInputs }) => {
    return { name, inputs: columns * groups, dead: deadInputs?.length ?? null };
  });

/** What an error is of, where it is not of squares. */
const HOW = { agreement: " (share that differs)", rows: " (as sets of rows)" } as const;

/** Layers that fit their samples rather than what the model will see. */
function fewSamples(layers: OnnxPruning["layers"]): string {
  const few = layers.filter(({ samples, columns }) => samples !== undefined && samples < columns);
  if (few.length === 0) return "";
  const where = `${few.length} of ${layers.length} layers`;
  return `Fewer rows of activations than inputs in ${where}: errors on other samples are larger.\n`;
}

const shapeOf = ({ rows, columns, groups }: Pick<OnnxPlannedLayer, "rows" | "columns" | "groups">): string =>
  `${rows} × ${columns}${groups > 1 ? ` in ${groups}` : ""}`;

/** Names, words at the end: left; numbers between: right. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const isLeft = (c: number) => c < 2 || c === widths.length - 1;
  const line = (row: readonly string[]) =>
    row.map((cell, c) => (isLeft(c) ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
