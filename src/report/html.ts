/**
 * The report of a search: one HTML file that needs no network and no script.
 *
 * This file pulls in a plotting library and a DOM: import it lazily.
 */
import { ArgumentTypeError } from "../index.js";
import { responsive } from "./chart.js";
import { learningCurves } from "./curves.js";
import { accuracyChart, earlyStopChart } from "./density-charts.js";
import { html, Markup } from "./markup.js";
import { features, survivors } from "./pictures.js";
import type { ReportInput, Result } from "./result.js";
import { kindsOf, legend } from "./series.js";
import { style } from "./style.js";
import { summary } from "./summary.js";
import { layersTable, provenance, roundsTable } from "./tables.js";
import { whole } from "./words.js";

/**
 * Renders a result.
 *
 * @param input.result    the measurements; at least the dense round
 * @param input.pictures  the first layer at some densities, dense first; may be empty
 * @returns a whole HTML document; the same input gives the same text
 * @throws {ArgumentTypeError} when there is no round
 */
export function reportHtml({ result, pictures }: ReportInput): string {
  if (result.rounds.length === 0)
    throw new ArgumentTypeError('"input.result.rounds" expected the dense round, got none');
  const title = `${result.method} on ${result.data}, seed ${result.seed}: golden-ticket`;
  const sections = [
    accuracySection(result),
    earlyStopSection(result),
    section("curves", "How they learn", learningCurves(result)),
    section("layers", "Where weights are kept: layers", layersTable(result)),
    pictures.length > 0 &&
      section("survivors", "Where weights are kept: pixels", survivors(result, pictures)),
    pictures.length > 0 && section("features", "What first-layer neurons look for", features(pictures)),
    section("rounds", "All rounds", roundsTable(result)),
    section("provenance", "How it was made", provenance(result)),
  ];
  return documentOf(title, result.version, [html`<header>${summary(result)}</header>`, ...sections]);
}

/**
 * A page of the report.
 *
 * @param title  of the document
 * @param version  of this package
 * @param parts  what it shows
 */
export function documentOf(title: string, version: string, parts: readonly (Markup | false)[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${parts}
<footer>golden-ticket ${version}</footer>
</main>
</body>
</html>
`.text;
}

/** A part of a page under a heading. */
export const section = (id: string, title: string, content: Markup): Markup =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;

function accuracySection(result: Result): Markup {
  const chart = responsive((size) => accuracyChart(result, size));
  return section(
    "accuracy",
    "Test accuracy against density",
    html`<figure>${legend(["dense", ...kindsOf(result)])}${chart}
<p class="axis x">weights kept, % (logarithmic)</p>
<figcaption>Test accuracy after the last iteration. The vertical scale is logarithmic in the error: equal
steps divide the errors by equal factors.</figcaption></figure>`,
  );
}

function earlyStopSection(result: Result): Markup {
  const chart = responsive((size) => earlyStopChart(result, size));
  return section(
    "early-stop",
    "Early stopping against density",
    html`<figure>${legend(kindsOf(result))}${chart}
<p class="axis x">weights kept, % (logarithmic)</p>
<figcaption>The iteration at which the validation loss is smallest: how fast a network learns. Hollow marks
in the strip at the top are networks whose validation loss was least in the last tenth of the training, to iteration
${whole(result.iterations)}.</figcaption></figure>`,
  );
}
