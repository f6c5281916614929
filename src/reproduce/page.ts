/**
 * The report of all reproductions: one HTML file with a table and the plots.
 *
 * This file pulls in a plotting library and a DOM: import it lazily.
 */
import { responsive } from "../report/chart.js";
import { html, Markup } from "../report/markup.js";
import { style } from "../report/style.js";
import { chart, legend } from "./chart.js";
import type { Experiment, Figure, Outcome, Table } from "./contract.js";

/** A result that was run again. */
export interface Row
  extends Outcome,
    Pick<Experiment, "name" | "paper" | "result" | "published" | "differs" | "rule"> {
  readonly seconds: number;
}

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
${resultsTable(rows)}
${rows.filter(isIllustrated).map(section)}
<footer>golden-ticket ${version}</footer>
</main>
</body>
</html>
`.text;
}

const OWN_STYLE = `
.results td, .results th { white-space: normal; text-align: left; min-width: 6em; overflow-wrap: break-word; }
.results td:nth-child(n + 4), .results th:nth-child(n + 4) { min-width: 3em; }
.results td:last-child, .results th:last-child { text-align: right; }
.results a, .results b { display: block; color: inherit; font-weight: 600; margin-bottom: 2px; }
.holds { color: var(--ticket); font-weight: 600; }
.fails { color: var(--shuffled); font-weight: 600; }
.illustrated figure, .illustrated .scroll { margin-top: 18px; }
.illustrated h3 { margin-bottom: 6px; }
.few td, .few th { text-align: right; }
.few td:first-child, .few th:first-child { text-align: left; }
.illustrated .panels { grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); }
.illustrated h2::first-letter { text-transform: uppercase; }
@media (max-width: 760px) {
  .results thead { position: absolute; clip-path: inset(50%); }
  .results tr { display: block; padding: 12px 0; border-bottom: 1px solid var(--line); }
  .results td, .results td:last-child { display: block; border: 0; padding: 2px 0; text-align: left; }
  .results td[data-is]::before { content: attr(data-is) ": "; color: var(--muted); font-weight: 400; }
}
`;

function resultsTable(rows: readonly Row[]): Markup {
  return html`<section aria-labelledby="all"><h2 id="all">All results</h2>
<div class="scroll"><table class="results">
<thead><tr><th>result</th><th>published</th><th>measured</th><th>holds</th><th>seconds</th></tr></thead>
<tbody>${rows.map((row) => {
    const { name, paper, result, published, measured, differs, rule, holds, seconds, secondsOf = {} } = row;
    const parts = Object.entries(secondsOf).map(([part, time]) => html`<small>${part} ${time}</small>`);
    return html`<tr>
<td>${isIllustrated(row) ? html`<a href="#${name}">${name}</a>` : html`<b>${name}</b>`}
${result}<small>${paper}</small></td>
<td data-is="published">${published}${differs && html`<small>here: ${differs}</small>`}</td>
<td data-is="measured">${measured}${rule && html`<small>holds if ${rule}</small>`}</td>
<td data-is="holds" class="${holds ? "holds" : "fails"}">${holds ? "yes" : "no"}</td>
<td data-is="seconds">${seconds}${parts}</td></tr>
`;
  })}</tbody></table></div></section>`;
}

const isIllustrated = ({ figures = [], tables = [] }: Outcome) => figures.length + tables.length > 0;

/** The figures and tables of a result; where there are several figures, side by side. */
function section({ name, paper, result, figures = [], tables = [] }: Row): Markup {
  const isSingle = figures.length === 1;
  const shown = figures.map((figure) => figureOf(figure, isSingle));
  return html`<section class="illustrated" id="${name}"><h2>${isSingle ? figures[0].title : result}</h2>
<p>${paper}${isSingle && `: ${result}`}</p>
${isSingle ? shown : shown.length > 0 && html`<div class="panels">${shown}</div>`}
${tables.map(tableOf)}</section>`;
}

/** Rows of names have their own height, and a panel one size. */
function figureOf(figure: Figure, isSingle: boolean): Markup {
  const { title, series, note } = figure;
  const [x, y] = (["x", "y"] as const).map((axis) => {
    const isLogarithmic = axis === "x" ? figure.isXLogarithmic : figure.isYLogarithmic;
    return figure[axis] + (isLogarithmic ? " (logarithmic)" : "");
  });
  const [below, above] = figure.categories ? [y, ""] : [x, y];
  return html`<figure>${!isSingle && html`<h3>${title}</h3>`}${series.length > 1 && legend(figure)}
${above && html`<p class="axis">${above}</p>`}
${isSingle ? responsive((size) => chart(figure, size)) : chart(figure, { width: 320, height: 260 })}
<p class="axis x">${below}</p>
${note && html`<figcaption>${note}</figcaption>`}
</figure>`;
}

function tableOf({ title, head, rows, note }: Table): Markup {
  return html`<div class="scroll"><table class="few"><caption>${title}${note && `. ${note}`}</caption>
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
