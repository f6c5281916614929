/**
 * The report of all reproductions: one HTML file with a table and the plots.
 *
 * This file pulls in a plotting library and a DOM: import it lazily.
 */
import * as Plot from "@observablehq/plot";
import { draw, responsive, type Size } from "../report/chart.js";
import { html, Markup } from "../report/markup.js";
import { style } from "../report/style.js";
import type { Figure, Outcome, Series } from "./contract.js";

/** A result that was run again. */
export interface Row extends Outcome {
  readonly paper: string;
  readonly result: string;
  readonly published: string;
  readonly differs?: string;
  readonly seconds: number;
}

const COLOURS = ["ticket", "reinitialised", "shuffled", "dense", "positive", "negative"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

/**
 * Renders what came out.
 *
 * @param rows  in the order they were run
 * @param version  of this package
 * @returns a whole HTML document; the same rows give the same text
 */
export function reproductionsHtml(rows: readonly Row[], version: string): string {
  const holding = rows.filter(({ holds }) => holds).length;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Reproductions: golden-ticket</title>
<style>${new Markup(style + OWN_STYLE)}</style>
</head>
<body>
<main>
<header><h1>${holding} of ${rows.length} published results hold</h1>
<p class="lead">Headline results of the papers behind lottery tickets and pruning, run again at small scale.</p>
</header>
${table(rows)}
${rows.flatMap((row) => (row.figures ?? []).map((figure) => section(row, figure)))}
<footer>golden-ticket ${version}</footer>
</main>
</body>
</html>
`.text;
}

const OWN_STYLE = `
.results td, .results th { white-space: normal; text-align: left; min-width: 7em; }
.results td:last-child { text-align: right; min-width: 3em; }
.holds { color: var(--ticket); font-weight: 600; }
.fails { color: var(--shuffled); font-weight: 600; }
`;

function table(rows: readonly Row[]): Markup {
  return html`<section aria-labelledby="all"><h2 id="all">All results</h2>
<div class="scroll"><table class="results">
<thead><tr><th>paper</th><th>result</th><th>published</th><th>measured</th><th>holds</th><th>s</th></tr></thead>
<tbody>${rows.map(
    ({ paper, result, published, measured, differs, holds, seconds }) => html`<tr>
<td>${paper}</td><td>${result}${differs ? html`<small>${differs}</small>` : ""}</td>
<td>${published}</td><td>${measured}</td>
<td class="${holds ? "holds" : "fails"}">${holds ? "yes" : "no"}</td><td>${seconds}</td></tr>
`,
  )}</tbody></table></div></section>`;
}

function section({ paper, result }: Row, figure: Figure): Markup {
  return html`<section><h2>${figure.title}</h2>
<p>${paper}: ${result}</p>
<figure>${legend(figure.series)}${responsive((size) => chart(figure, size))}
<p class="axis x">${figure.x}${figure.isXLogarithmic ? " (logarithmic)" : ""}</p>
<figcaption>${figure.y}${figure.isYLogarithmic ? " (logarithmic)" : ""}. ${figure.note ?? ""}</figcaption>
</figure></section>`;
}

const colourOf = (index: number): string => `var(--${COLOURS[index % COLOURS.length]})`;
const dashesOf = (index: number): string => DASHES[index % DASHES.length];

function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(
    (
      { name },
      index,
    ) => html`<li><svg viewBox="0 0 34 10" aria-hidden="true"><line x1="0" y1="5" x2="34" y2="5"
stroke="${colourOf(index)}" stroke-width="2" stroke-dasharray="${dashesOf(index)}"/></svg>${name}</li>`,
  )}</ul>`;
}

/** Lines with a dot at each point; where points have a range, a band. */
function chart(figure: Figure, size: Size): Markup {
  const axis = (label: string, isLogarithmic: boolean | undefined) =>
    ({ label: null, ariaLabel: label, type: isLogarithmic ? "log" : "linear" }) as const;
  const points = (series: Series) => series.points.map(([x, y, low, high]) => ({ x, y, low, high }));
  return draw(`${figure.title}: ${figure.y} against ${figure.x}`, {
    ...size,
    ...{ marginLeft: 56, marginRight: 16, marginTop: 12, marginBottom: 26 },
    x: axis(figure.x, figure.isXLogarithmic),
    y: axis(figure.y, figure.isYLogarithmic),
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.axisX({ label: null, tickSize: 4, ticks: size.width < 500 ? 5 : 10 }),
      Plot.axisY({ label: null, tickSize: 0, ticks: 6 }),
      ...figure.series.map((series, index) => [
        Plot.areaY(
          points(series).filter(({ low }) => low !== undefined),
          { x: "x", y1: "low", y2: "high", fill: colourOf(index), fillOpacity: 0.16 },
        ),
        Plot.line(points(series), {
          x: "x",
          y: "y",
          stroke: colourOf(index),
          strokeWidth: 2,
          strokeDasharray: dashesOf(index),
        }),
        Plot.dot(points(series), {
          x: "x",
          y: "y",
          r: size.width < 500 ? 2.5 : 3.5,
          fill: colourOf(index),
          stroke: "var(--paper)",
          title: ({ x, y }: { x: number; y: number }) => `${series.name}, ${x}: ${y}`,
        }),
      ]),
    ],
  });
}
