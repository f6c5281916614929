/** The plots that the report does not have. */
import * as Plot from "@observablehq/plot";
import { draw, type Size } from "../report/chart.js";
import { html, Markup } from "../report/markup.js";

/** Numbers of one kind, and how they look. */
export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond";
  readonly dashes: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a plot of lines is told beside them. */
export interface LinesOptions {
  /** What a screen reader says. */
  readonly label: string;
  readonly size: Size;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  /** Of the vertical axis. */
  readonly tickFormat: (value: number) => string;
  readonly xFormat: (value: number) => string;
  /** A vertical line. */
  readonly at?: number;
}

/** Lines with marks, on a grid. */
export function lines(series: readonly Series[], options: LinesOptions): Markup {
  const { label, size, x, y, tickFormat, xFormat, at } = options;
  return draw(label, {
    ...size,
    ...{ marginLeft: 58, marginRight: 16, marginTop: 12, marginBottom: 28 },
    x: { label: null, ...x },
    y: { label: null, ...y },
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisY({ tickSize: 0, tickFormat, label: null, ticks: 5 }),
      Plot.axisX({ tickSize: 4, tickFormat: xFormat, label: null, ticks: 6 }),
      at === undefined ? [] : Plot.ruleX([at], { stroke: "var(--muted)", strokeDasharray: "3 3" }),
      series.toReversed().map(({ colour, symbol, dashes, points, label: name }) => [
        Plot.line(points, { stroke: colour, strokeWidth: 2, strokeDasharray: dashes }),
        Plot.dot(points, {
          ...{ symbol, r: 4, fill: colour, stroke: "var(--paper)" },
          title: ([px, py]: readonly number[]) => `${name}, ${xFormat(px)}: ${tickFormat(py)}`,
        }),
      ]),
    ],
  });
}

const shapes = {
  circle: `<circle cx="17" cy="7" r="4"/>`,
  square: `<path d="M13.5 3.5h7v7h-7z"/>`,
  triangle: `<path d="M17 2.2l4.6 8h-9.2z"/>`,
  diamond: `<path d="M17 2l4 5-4 5-4-5z"/>`,
};

/** The names of series, each with a piece of its line and its mark. */
export function legendOf(series: readonly Omit<Series, "points">[]): Markup {
  const entries = series.map(({ label, colour, symbol, dashes }) => {
    const line = html`<path d="M1 7h32" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`;
    const shape = html`<g fill="${colour}">${new Markup(shapes[symbol])}</g>`;
    return html`<li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true">${line}${shape}</svg>
${label}</li>`;
  });
  return html`<ul class="legend">${entries}</ul>`;
}

/** Half the page wide. */
export const half: Size = { width: 410, height: 260 };
