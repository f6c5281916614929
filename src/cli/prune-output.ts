/** What a pruning did, for people and programs. */
import type { Pruned } from "../index.js";
import type { Model } from "../io/index.js";
import { accuracy as percent, whole } from "../report/words.js";
import { deadInputLines, deadInputWarning } from "./dead-inputs.js";
import { orderLine, orderOf } from "./model-file.js";
import type { Written } from "./prune-file.js";
import type { Options } from "./prune-options.js";
import type { Measured } from "./prune-samples.js";
import { printable, shellWord } from "./shell.js";
import { fileSizes, sizesOf, sizesTable } from "./sizes.js";

/** What is told. */
export interface Shown extends Measured {
  readonly given: Options;
  /** Before. */
  readonly model: Model;
  readonly pruned: Pruned;
  readonly written: Written;
  /** The file before. */
  readonly before: Uint8Array;
  readonly out: string;
  /** What was written, where it is not one file for one. */
  readonly files: string;
  readonly seconds: number;
}

/**
 * Prints it.
 *
 * @param shown  what was done
 */
export async function showPruned(shown: Shown): Promise<void> {
  const { given, model, pruned, written, before, out, files, seconds, accuracy } = shown;
  const { method = "exact-obs", dtype, json } = given;
  const { sparsity, deadShare } = pruned;
  const layers = layersOf(model, pruned);
  const outputError = shown.outputError ?? null;
  const sizes = await sizesOf(model.layers, written.model.layers, dtype);
  const file = { before: await fileSizes([before]), after: await fileSizes([written.bytes]) };
  const seen = layers.map(({ name, columns, deadInputs }) => ({ name, inputs: columns, dead: deadInputs }));
  if (json) {
    const forms = written.smaller;
    const measured = { outputError, accuracy: accuracy ?? null };
    const result = {
      method,
      order: orderOf(model),
      layers,
      sparsity,
      ...measured,
      deadShare: deadShare ?? null,
      warning: deadInputWarning(seen) ?? null,
      sizes,
      file,
      forms,
      seconds,
      out,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const whereTo = [shellWord(out), files].filter(Boolean).join(", ");
  const lines = [
    layersTable(layers),
    sizesTable(sizes),
    orderLine(orderOf(model)),
    ...deadInputLines(seen, deadShare),
    outputError === null ? "" : `Output error ${outputError.toExponential(2)}.\n`,
    accuracy ? accuracyLine(accuracy) : "",
    `Sparsity ${sparsity.toFixed(4)} by ${method} in ${seconds} s, written to ${whereTo}.\n`,
    fileLine(before.length, written),
  ];
  process.stdout.write(lines.join(""));
}

/** How right the model is, in a sentence. */
export const accuracyLine = ({ before, after, samples }: NonNullable<Measured["accuracy"]>): string =>
  `Accuracy ${percent(before)} before, ${percent(after)} after, on ${samples} samples held back.\n`;

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
