/** The report of a pruning: one HTML file that needs no network and no script. Import it lazily, as `html.ts`. */
import * as Plot from "@observablehq/plot";
import { draw, logScale, niceTicks, responsive, type Size } from "./chart.js";
import { documentOf, section } from "./html.js";
import { html, type Markup } from "./markup.js";
import { maskPicture } from "./pictures.js";
import type { PruneReport, PruneReportLayer } from "./prune-result.js";
import { pruneSummary } from "./prune-summary.js";
import { accuracy, density, whole } from "./words.js";

/** More panels than that are not looked at. */
const PANELS = 12;

/**
 * Renders a pruning.
 *
 * @param report  the measurements; at least one run
 * @returns a whole HTML document; the same input gives the same text
 */
export function pruneReportHtml(report: PruneReport): string {
  const { runs, layers, model, version } = report;
  const hasAccuracy = runs.some((run) => run.accuracy !== null);
  return documentOf(`${report.method} on ${model}: golden-ticket`, version, [
    html`<header>${pruneSummary(report)}</header>`,
    runs.length > 1 && section("sweep", "How far it can go", sweepSection(report, hasAccuracy)),
    section("layers", "Where weights are kept: layers", layersTable(layers)),
    report.unpruned.length > 0 && section("unpruned", "What stays as it is", unprunedTable(report)),
    layers.some(({ curve }) => curve.length > 0) &&
      section("curves", "What zeros cost", curvesSection(layers)),
    section("masks", "Where weights are kept: weights", masksSection(layers)),
    section("provenance", "How it was made", provenance(report)),
  ]);
}

const margins = { marginLeft: 56, marginRight: 16, marginTop: 12, marginBottom: 26 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line over sparsities in percent. */
function lineChart(
  label: string,
  size: Size,
  points: readonly Point[],
  y: object,
  marks: Plot.Markish[],
): Markup {
  const ticks = niceTicks(0, 100, size.width < 500 ? 4 : 10);
  const dot = { x: "x", y: "y", r: 4, fill: "var(--ticket)", stroke: "var(--paper)" };
  return draw(label, {
    ...size,
    ...margins,
    x: { domain: [0, 100], label: null },
    y: { label: null, ...y },
    marks: [
      ...marks,
      Plot.axisX(ticks, { tickSize: 4, label: null }),
      Plot.line(points, { x: "x", y: "y", stroke: "var(--ticket)", strokeWidth: 2 }),
      Plot.dot(points.length <= 40 ? points : [], dot),
    ],
  });
}

/** Marks of a scale with a grid. */
const gridMarks = (ticks: readonly number[], text: (value: number) => string): Plot.Markish[] => [
  Plot.gridY(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
  Plot.axisY(ticks, { text, tickSize: 0, label: null }),
];

function sweepSection(
  { runs, accuracyBefore, judgedBy, packing }: PruneReport,
  hasAccuracy: boolean,
): Markup {
  const sorted = [...runs].sort((a, b) => a.sparsity - b.sparsity);
  const errors = sorted.flatMap(({ sparsity, outputError }) =>
    outputError !== null && outputError > 0 ? [{ x: 100 * sparsity, y: outputError }] : [],
  );
  const rights = sorted.flatMap(({ sparsity, accuracy: share }) =>
    share === null ? [] : [{ x: 100 * sparsity, y: 100 * share }],
  );
  const low = Math.min(...rights.map(({ y }) => y), 100 * (accuracyBefore ?? 1));
  const ticks = niceTicks(Math.max(0, low - 2), 100, 6);
  const before = Plot.ruleY([100 * (accuracyBefore ?? 0)], {
    stroke: "var(--dense)",
    strokeDasharray: "6 4",
  });
  const rows = sorted.map(
    (run) => html`<tr><th scope="row">${(100 * run.sparsity).toFixed(1)}%</th>
<td>${run.outputError === null ? "–" : run.outputError.toExponential(2)}</td>
<td>${run.accuracy === null ? "–" : accuracy(run.accuracy)}</td>
<td>${whole(run.bytes)}</td>
<td>${whole(run.smallestBytes)}</td></tr>`,
  );
  return html`${
    hasAccuracy &&
    html`<figure><h3>Accuracy, %</h3>${responsive((size) =>
      lineChart(
        "Accuracy against sparsity. The table has the numbers.",
        size,
        rights,
        {
          domain: [Math.max(0, low - 2), 100],
        },
        [...gridMarks(ticks, String), before],
      ),
    )}<p class="axis x">zeros, %</p><figcaption>On ${judgedBy}; the dashed line is the model
before.</figcaption></figure>`
  }${errors.length > 0 && errorFigure(errors)}
<div class="scroll" tabindex="0"><table><caption>Each sparsity; packed means ${packing}</caption>
<thead><tr>${["Zeros", "Output error", "Accuracy", "Bytes", "Packed"].map((head) => html`<th scope="col">${head}</th>`)}
</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function errorFigure(errors: readonly Point[]): Markup {
  const { domain, ticks } = logScale(
    errors.map(({ y }) => y),
    6,
  );
  const label = "Output error against sparsity. The table has the numbers.";
  const chart = responsive((size) =>
    lineChart(
      label,
      size,
      errors,
      { type: "log", domain },
      gridMarks(ticks, (value) => value.toExponential(0)),
    ),
  );
  return html`<figure><h3>Output error</h3>${chart}<p class="axis x">zeros, %</p>
<figcaption>How far the outputs are from what they were, ‖y′ − y‖² / ‖y‖², on the samples that it was pruned by; the
scale is logarithmic.</figcaption></figure>`;
}

function layersTable(layers: readonly PruneReportLayer[]): Markup {
  const rows = layers.map(({ name, rows: outputs, columns, kept, relativeError }) => {
    const share = kept / (outputs * columns);
    const bar = html`<div class="bar" style="--share:${(100 * share).toFixed(2)}%"><b>${density(share)}</b>
<span>${whole(kept)}</span></div>`;
    return html`<tr><th scope="row">${name}</th>
<td class="text">${outputs} × ${columns}</td>
<td>${bar}</td>
<td class="text">${relativeError === null ? "–" : relativeError.toExponential(2)}</td></tr>`;
  });
  const heads = ["Layer", "Outputs × inputs", "Kept", "Error"];
  return html`<div class="scroll" tabindex="0"><table class="layers">
<caption>Weights kept in each layer; the bar is the share of the layer, the error that of its outputs</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function unprunedTable({ unpruned }: PruneReport): Markup {
  const rows = unpruned.map(
    ({ name, rows: outputs, columns, reason }) => html`<tr><th scope="row">${name}</th>
<td class="text">${outputs} × ${columns}</td>
<td class="text">${reason}</td></tr>`,
  );
  return html`<div class="scroll" tabindex="0"><table class="layers"><caption>Weights of the file that were not
pruned</caption><thead><tr>${["Weights", "Shape", "Why"].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function curvesSection(layers: readonly PruneReportLayer[]): Markup {
  const shown = layers.filter(({ curve }) => curve.length > 0).slice(0, PANELS);
  const positive = shown.flatMap(({ curve }) =>
    curve.map(({ error }) => error).filter((error) => error > 1e-6),
  );
  const { domain, ticks } = logScale(positive.length > 0 ? positive : [1e-6, 1], 5);
  const size = { width: 410, height: 220 };
  const panels = shown.map(({ name, rows, columns, kept, curve }) => {
    const points = curve
      .filter(({ error }) => error >= domain[0])
      .map(({ sparsity, error }) => ({ x: 100 * sparsity, y: error }));
    const here = 100 * (1 - kept / (rows * columns));
    const rule = Plot.ruleX([here], { stroke: "var(--dense)", strokeDasharray: "6 4" });
    const label = `Error of the outputs of ${name} against its zeros; it has ${here.toFixed(1)} %.`;
    const marks = [...gridMarks(ticks, (value) => value.toExponential(0)), rule];
    return html`<div><h3>${name}</h3>${lineChart(label, size, points, { type: "log", domain }, marks)}</div>`;
  });
  const rest = layers.length > shown.length ? ` The first ${shown.length} of ${layers.length} layers.` : "";
  return html`<figure><div class="panels">${panels}</div><figcaption>The error of each layer's outputs against its share
of zeros, in percent, as exact OBS foretells it in one pass, a little too high; dashed is what it has. The scale is
logarithmic.${rest}</figcaption></figure>`;
}

function masksSection(layers: readonly PruneReportLayer[]): Markup {
  const shown = layers.slice(0, PANELS);
  const maps = shown.map(
    (layer) => html`<figure>${maskPicture(layer)}<figcaption><strong>${layer.name}</strong><br>
${layer.rows} × ${layer.columns}</figcaption></figure>`,
  );
  const rest = layers.length > shown.length ? ` The first ${shown.length} of ${layers.length} layers.` : "";
  return html`<div class="maps">${maps}</div><p class="note">Outputs from top to bottom, inputs from left to right; the
stronger the colour, the more of the weights there are kept. Empty is pruned.${rest}</p>`;
}

function provenance({ settings, command }: PruneReport): Markup {
  const list = settings.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<dl class="settings">${list}</dl><h3>Do it again</h3>
<pre tabindex="0"><code>${command}</code></pre>`;
}
