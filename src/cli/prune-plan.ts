/** `prune --dry-run`: what would be done. */
import { type Core, type PruneOptions, plannedZeros } from "../index.js";
import type { Model } from "../io/index.js";
import { networkOf, orderLine } from "./model-file.js";
import { printable, shellWord } from "./shell.js";

/** What the plan is told of beside the model and the options. */
interface Asked {
  readonly method: string;
  readonly budget: string;
  readonly out: string | undefined;
  readonly json: boolean;
}

/**
 * Prints the plan of a pruning: layers, the zeros of each as far as they are known before, and sizes of weights.
 *
 * @param core  in which options are checked as the pruning would check them
 * @param model  to be pruned
 * @param options  how
 * @param asked  names for the output
 */
export function showPlan(core: Core, model: Model, options: PruneOptions, asked: Asked): void {
  const planned = plannedZeros(networkOf(core, model), options);
  const layers = model.layers.map(({ name, rows, columns, mask }, l) => {
    const [weights, pruned] = [rows * columns, mask?.reduce((sum, bit) => sum + 1 - bit, 0) ?? 0];
    const zeros = planned ? Math.max(planned[l], pruned) : null;
    const packedBytes = zeros === null ? null : Math.ceil(weights / 8) + 4 * (weights - zeros);
    return { name, rows, columns, weights, pruned, zeros, bytes: 4 * weights, packedBytes };
  });
  const sum = (of: (layer: (typeof layers)[number]) => number | null) =>
    layers.reduce<number | null>((total, layer) => {
      const value = of(layer);
      return total === null || value === null ? null : total + value;
    }, 0);
  const weights = sum((layer) => layer.weights) as number;
  const zeros = sum(({ zeros }) => zeros);
  const { sparsity = null, maxError = null } = options;
  const plan = {
    ...{ dryRun: true, method: asked.method, budget: asked.budget, layers },
    ...{ weights, zeros },
    ...{ bytes: 4 * weights, packedBytes: sum(({ packedBytes }) => packedBytes) },
    ...{ sparsity: zeros === null ? sparsity : zeros / weights, maxError, out: asked.out ?? null },
  };
  process.stdout.write(asked.json ? `${JSON.stringify(plan)}\n` : textOf(plan));
}

type Row = Record<"rows" | "columns" | "weights" | "bytes", number> & {
  readonly name: string;
  readonly zeros: number | null;
  readonly packedBytes: number | null;
};

interface Plan extends Omit<Row, "name" | "rows" | "columns"> {
  readonly method: string;
  readonly budget: string;
  readonly layers: readonly Row[];
  readonly sparsity: number | null;
  readonly maxError: number | null;
  readonly out: string | null;
}

function textOf({ method, budget, layers, weights, zeros, bytes, packedBytes, ...rest }: Plan): string {
  const { sparsity, maxError, out } = rest;
  const cells = (
    { name, weights, zeros, bytes, packedBytes }: Omit<Row, "rows" | "columns">,
    shape: string,
  ) => [
    ...[printable(name), shape, String(weights), zeros === null ? "by losses" : String(zeros), String(bytes)],
    packedBytes === null ? "–" : String(packedBytes),
  ];
  const rows = [
    ["layer", "shape", "weights", "zeros", "bytes", "as mask and values"],
    ...layers.map((layer) => cells(layer, `${layer.rows} × ${layer.columns}`)),
    cells({ name: "all", weights, zeros, bytes, packedBytes }, ""),
  ];
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join("  ");
  const goal =
    maxError === null ? `a sparsity of ${(sparsity ?? 0).toFixed(4)}` : `an output error of ${maxError}`;
  const where = out === null ? "" : ` It would be written to ${shellWord(out)}.`;
  return [
    ...rows.map((row) => `${line(row)}\n`),
    orderLine(layers.map(({ name }) => name)),
    `By ${method} with the budget ${budget}, to ${goal}. Nothing was done.${where}\n`,
  ].join("");
}
