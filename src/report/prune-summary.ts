/** A pruning in words: a headline and a row of numbers. */
import { html, type Markup } from "./markup.js";
import type { PruneReport } from "./prune-result.js";
import { accuracy, density, duration, points, whole } from "./words.js";

/** The head of the report. */
export function pruneSummary(report: PruneReport): Markup {
  const { runs, shown, layers, method, model, seconds, accuracyBefore, judgedBy, bytesBefore } = report;
  const run = runs[shown];
  const weights = layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const kept = density(1 - run.sparsity);
  const parts = [
    ...[`pruning by ${method}`, model, `${layers.length} layers, ${whole(weights)} weights`],
    ...(runs.length > 1 ? [`${runs.length} sparsities`] : []),
    duration(seconds),
  ];
  const error = run.outputError === null ? "" : `; outputs are off by ${percent(run.outputError)}`;
  const headline =
    run.accuracy !== null && accuracyBefore !== null
      ? `With ${kept} of its weights: ${accuracy(run.accuracy)}, against ${accuracy(accuracyBefore)} with all of them`
      : `${kept} of the weights are left${error}`;
  const all: [label: string, value: string, note: string][] = [
    ["Weights kept", kept, whole(layers.reduce((sum, layer) => sum + layer.kept, 0))],
    ["Output error", run.outputError === null ? "–" : percent(run.outputError), "‖y′ − y‖² / ‖y‖²"],
    ["Accuracy before", accuracyBefore === null ? "–" : accuracy(accuracyBefore), judgedBy],
    [
      "Accuracy after",
      run.accuracy === null ? "–" : accuracy(run.accuracy),
      run.accuracy === null || accuracyBefore === null
        ? "no labels"
        : `${points(run.accuracy - accuracyBefore)} points`,
    ],
    [
      "Packed",
      `${((100 * run.smallestBytes) / bytesBefore).toFixed(1)}%`,
      `of ${whole(bytesBefore)} bytes, ${report.packing}`,
    ],
  ];
  const tiles = all.filter(([, value]) => value !== "–");
  const of = html`<p class="note">Headline, layers and weights are of the sparsity
${(100 * run.sparsity).toFixed(1)}%.</p>`;
  return html`<p class="kicker">${parts.join(" · ")}</p><h1>${headline}</h1>
<dl class="tiles" style="--tiles:${tiles.length}">${tiles.map(
    ([label, value, note]) =>
      html`<div><dt>${label}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>`,
  )}</dl>${runs.length > 1 && of}`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))}%`;
