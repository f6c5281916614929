/** Plots of the report: curves with ranges over seeds, or rows of names with a value each. */
import * as Plot from "@observablehq/plot";
import { draw, logScale, type Size } from "../report/chart.js";
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

/** 0.001, 20, 3,000, but 1e−5. */
const tickText = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
    ? value.toExponential(0).replace("e+", "e").replace("-", "−")
    : value.toLocaleString("en", { maximumFractionDigits: 4 });

/** A scale and its ticks, along an axis with room for some. */
function axisOf(values: readonly number[], isLogarithmic: boolean | undefined, room: number) {
  const ticks = isLogarithmic ? logScale(values, room) : undefined;
  const scale: Plot.ScaleOptions = ticks
    ? { label: null, type: "log", domain: ticks.domain }
    : { label: null, type: "linear", nice: room };
  const marks = { ticks: ticks?.ticks ?? room, tickFormat: tickText, label: null } as const;
  return { scale, marks };
}

/** Lines with a dot at each measured point; where points have a range, a bar from end to end. */
function curvesOf(figure: Figure, size: Size): Plot.PlotOptions {
  const { series, rules = [] } = figure;
  const all = series.flatMap(placesOf);
  const x = axisOf(
    [...all, ...rules].map((place) => place.x),
    figure.isXLogarithmic,
    isNarrow(size) ? 5 : 10,
  );
  const heights = all.flatMap(({ y, low = y, high = y }) => [y, low, high]);
  const y = axisOf(heights, figure.isYLogarithmic, 6);
  return {
    ...size,
    ...{ marginLeft: 56, marginRight: 16, marginTop: rules.length > 0 ? 24 : 12, marginBottom: 26 },
    ...{ x: x.scale, y: y.scale },
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: y.marks.ticks }),
      Plot.axisX({ ...x.marks, tickSize: 4 }),
      Plot.axisY({ ...y.marks, tickSize: 0 }),
      Plot.ruleX(rules, { x: "x", stroke: "var(--muted)", strokeDasharray: "3 3" }),
      Plot.text(rules, {
        ...{ x: "x", text: "name", frameAnchor: "top", lineAnchor: "bottom", dy: -8, fill: "var(--muted)" },
      }),
      ...series.map((one, index) => {
        const places = placesOf(one);
        const stroke = colourOf(index);
        const range = { x: "x", y1: "low", y2: "high", stroke, strokeWidth: 1.5, strokeOpacity: 0.55 };
        return [
          Plot.ruleX(withRange(places), range),
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
  const values = series.flatMap(placesOf).flatMap(({ y, low = y, high = y }) => [y, low, high]);
  const x = axisOf(values, figure.isYLogarithmic, isNarrow(size) ? 5 : 10);
  const longest = Math.max(...names.map((name) => name.length));
  return {
    width: size.width,
    height: ROW * names.length + 40,
    ...{ marginLeft: 14 + Math.ceil(LETTER * longest), marginRight: 16, marginTop: 6, marginBottom: 26 },
    x: x.scale,
    y: { label: null, type: "band", domain: names },
    marks: [
      Plot.gridX({ stroke: "var(--grid)", strokeOpacity: 1, ticks: x.marks.ticks }),
      Plot.axisX({ ...x.marks, tickSize: 4 }),
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
