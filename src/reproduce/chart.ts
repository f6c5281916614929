/** Plots of the report: curves with ranges over seeds, or rows of names with a value each. */
import * as Plot from "@observablehq/plot";
import { draw, type Size } from "../report/chart.js";
import { html, type Markup } from "../report/markup.js";
import type { Figure, Series } from "./contract.js";

const COLOURS = ["ticket", "reinitialised", "shuffled", "dense", "positive", "negative"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

const colourOf = (index: number): string => `var(--${COLOURS[index % COLOURS.length]})`;
const dashesOf = (index: number): string => DASHES[index % DASHES.length];

/** The names of the series, each with a piece of its line, or its dot. */
export function legend({ series, categories }: Figure): Markup {
  const sample = (index: number) =>
    categories
      ? html`<circle cx="17" cy="5" r="5" fill="${colourOf(index)}"/>`
      : html`<line x1="0" y1="5" x2="34" y2="5" stroke="${colourOf(index)}" stroke-width="2"
stroke-dasharray="${dashesOf(index)}"/>`;
  return html`<ul class="legend">${series.map(
    ({ name }, index) =>
      html`<li><svg viewBox="0 0 34 10" aria-hidden="true">${sample(index)}</svg>${name}</li>`,
  )}</ul>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

const placesOf = (series: Series): Place[] => series.points.map(([x, y, low, high]) => ({ x, y, low, high }));

/** Those with a range over seeds. */
const withRange = (places: readonly Place[]) =>
  places.filter(({ low, high }) => low !== undefined && low !== high);

/** Draws a figure. */
export function chart(figure: Figure, size: Size): Markup {
  const label = `${figure.title}: ${figure.y} against ${figure.x}`;
  return draw(label, figure.categories ? rowsOf(figure, figure.categories, size) : curvesOf(figure, size));
}

const isNarrow = (size: Size) => size.width < 500;
const radius = (size: Size) => (isNarrow(size) ? 2.5 : 3.5);
const titleOf = ({ name }: Series, x: number | string, y: number) =>
  `${name}, ${x}: ${Number(y.toPrecision(4))}`;

/** Lines with a dot at each measured point; where points have a range, a bar from end to end. */
function curvesOf(figure: Figure, size: Size): Plot.PlotOptions {
  const { series, rules = [] } = figure;
  const type = (isLogarithmic: boolean | undefined) => (isLogarithmic ? "log" : "linear");
  return {
    ...size,
    ...{ marginLeft: 56, marginRight: 16, marginTop: rules.length > 0 ? 22 : 12, marginBottom: 26 },
    x: { label: null, type: type(figure.isXLogarithmic), nice: figure.isXLogarithmic ? undefined : true },
    y: { label: null, type: type(figure.isYLogarithmic), nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({ label: null, tickSize: 4, ticks: isNarrow(size) ? 5 : 10 }),
      Plot.axisY({ label: null, tickSize: 0, ticks: 6 }),
      Plot.ruleX(rules, { x: "x", stroke: "var(--muted)", strokeDasharray: "3 3" }),
      Plot.text(rules, { x: "x", text: "name", frameAnchor: "top", dy: -14, fill: "var(--muted)" }),
      ...series.map((one, index) => {
        const places = placesOf(one);
        const stroke = colourOf(index);
        return [
          Plot.ruleX(withRange(places), {
            x: "x",
            y1: "low",
            y2: "high",
            stroke,
            strokeWidth: 1.5,
            strokeOpacity: 0.55,
          }),
          Plot.line(places, { x: "x", y: "y", stroke, strokeWidth: 2, strokeDasharray: dashesOf(index) }),
          Plot.dot(one.isFormula ? [] : places, {
            ...{ x: "x", y: "y", r: radius(size), fill: stroke, stroke: "var(--paper)" },
            title: ({ x, y }: Place) => titleOf(one, Number(x.toPrecision(4)), y),
          }),
        ];
      }),
    ],
  };
}

/** Pixels of a row, and of a letter of its name. */
const ROW = 26;
const LETTER = 6.6;

/** A row for each name, with a dot for each series, and the range over seeds behind it. */
function rowsOf(figure: Figure, names: readonly string[], size: Size): Plot.PlotOptions {
  const { series } = figure;
  const longest = Math.max(...names.map((name) => name.length));
  return {
    width: size.width,
    height: ROW * names.length + 40,
    ...{ marginLeft: 14 + Math.ceil(LETTER * longest), marginRight: 16, marginTop: 6, marginBottom: 26 },
    x: { label: null, type: figure.isYLogarithmic ? "log" : "linear", nice: true },
    y: { label: null, type: "band", domain: names },
    marks: [
      Plot.gridX({ stroke: "var(--grid)", strokeOpacity: 1, ticks: isNarrow(size) ? 5 : 10 }),
      Plot.axisX({ label: null, tickSize: 4, ticks: isNarrow(size) ? 5 : 10 }),
      Plot.axisY({ label: null, tickSize: 0 }),
      ...series.map((one, index) => {
        const places = placesOf(one);
        const [name, fill] = [({ x }: Place) => names[x], colourOf(index)];
        return [
          Plot.ruleY(withRange(places), {
            x1: "low",
            x2: "high",
            y: name,
            stroke: fill,
            strokeWidth: 2,
            strokeOpacity: 0.55,
          }),
          Plot.dot(places, {
            ...{ x: "y", y: name, r: 5, fill, stroke: "var(--paper)" },
            title: ({ x, y }: Place) => titleOf(one, names[x], y),
          }),
        ];
      }),
    ],
  };
}
