/** What the plots share: the library without a browser, sizes, axes, ticks. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { html, Markup } from "./markup.js";
import { density } from "./words.js";

/** Width and height of a drawing in CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/**
 * Draws a plot as inline SVG. Colours are CSS variables of the page, so that it follows light and dark.
 *
 * @param label  what a screen reader says instead of the drawing
 */
export function draw(label: string, options: Plot.PlotOptions): Markup {
  const svg = Plot.plot({ document, ...options });
  // The page carries one style sheet; the library would repeat its own in each drawing.
  svg.querySelector("style")?.remove();
  svg.removeAttribute("class");
  // Within an image nothing else may have a label of its own; the style sheet goes by the marks' names.
  for (const group of svg.querySelectorAll("g[aria-label]")) {
    group.setAttribute("data-mark", group.getAttribute("aria-label") ?? "");
    group.removeAttribute("aria-label");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("font-size", "12");
  svg.setAttribute("font-family", "inherit");
  return new Markup(svg.outerHTML);
}

const wide: Size = { width: 880, height: 380 };
const narrow: Size = { width: 360, height: 300 };

/** A plot in two sizes, of which the style sheet shows one: scaled down, letters would not be readable. */
export const responsive = (chart: (size: Size) => Markup): Markup =>
  html`<div class="wide">${chart(wide)}</div><div class="narrow">${chart(narrow)}</div>`;

/**
 * The logarithmic axis of densities in percent, dense on the left as in the papers, with a tick at each round
 * that fits. Labels go in as text: the library hides those it finds too many on a logarithmic axis.
 */
export function densityAxis(
  densities: readonly number[],
  size: Size,
  margins: number,
): [Plot.ScaleOptions, Plot.Markish] {
  const last = Math.min(...densities);
  const domain = [100, 100 * (last < 1 ? last : 0.5)];
  const position = (share: number) => Math.log(share) / Math.log(domain[1] / 100);
  const ticks = thin(densities, (share) => position(share) * (size.width - margins), 38);
  const axis = Plot.axisX(
    ticks.map((share) => 100 * share),
    { text: (percent: number) => density(percent / 100).replace("%", ""), label: null, tickSize: 4 },
  );
  return [{ type: "log", domain, label: null }, axis];
}

/** Keeps values, in their order, whose places are at least `gap` pixels from the last one kept. */
export function thin<T>(values: readonly T[], place: (value: T) => number, gap: number): T[] {
  const kept: T[] = [];
  for (const value of values) {
    if (kept.length === 0 || Math.abs(place(value) - place(kept[kept.length - 1])) >= gap) kept.push(value);
  }
  return kept;
}

/** Multiples of 1, 2 or 5 · 10ⁿ from low to high, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const length = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, length) }, (_, index) => (first + index) * step);
}

/** Ticks of a logarithmic axis: powers of ten, with twos and fives between where there is room. */
function logTicks(values: readonly number[], room: number): number[] {
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const decades = Math.max(1, high - low);
  const every = Math.ceil(decades / room);
  const factors = 3 * Math.log10(Math.max(...values) / Math.min(...values)) <= room ? [1, 2, 5] : [1];
  return Array.from({ length: decades + 1 }, (_, d) => low + d)
    .filter((power) => (power - low) % every === 0)
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
}

/**
 * The range of a logarithmic axis, to whole ticks where they are not far, and the ticks in it.
 *
 * @param values  > 0
 * @param room  how many ticks fit, about
 */
export function logScale(values: readonly number[], room: number) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const all = logTicks(values, room);
  const below = all.findLast((tick) => tick <= low * (1 + 1e-9)) ?? low;
  const above = all.find((tick) => tick >= high * (1 - 1e-9)) ?? high;
  const domain = [low / below < 2.5 ? below : low, above / high < 2.5 ? above : high];
  return { domain, ticks: all.filter((tick) => tick >= domain[0] && tick <= domain[1]) };
}

/** Errors in percent at which an axis of accuracies may have a tick. */
const errorTicks = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 90];

/**
 * An axis of accuracies spaced by the logarithm of the error: a step from 98 to 99 % halves the errors, as a
 * step from 80 to 90 % does, and takes the same room. Marks give the error in percent as their y.
 */
export function accuracyAxis(
  errors: readonly number[],
  size: Size,
  margins: number,
): [Plot.ScaleOptions, Plot.Markish[]] {
  const [least, most] = [Math.min(...errors), Math.max(...errors)];
  const room = Math.max((most / least) ** 0.05, 1.005);
  const [low, high] = [least / room, most * room];
  const height = size.height - margins;
  const position = (error: number) => (Math.log(error / low) / Math.log(high / low)) * height;
  const isNarrow = high / low < 2.5;
  const all = isNarrow
    ? niceTicks(low, high, height / 45)
    : errorTicks.filter((error) => error >= low && error <= high);
  const ticks = thin(all, position, 24);
  const digits = isNarrow && ticks.length > 1 && ticks[1] - ticks[0] < 0.1 ? 2 : 1;
  const text = (error: number) => `${Number((100 - error).toFixed(digits))}%`;
  const grid = Plot.gridY(ticks, { stroke: "var(--grid)", strokeOpacity: 1 });
  return [
    { type: "log", domain: [high, low], label: null },
    [grid, Plot.axisY(ticks, { text, tickSize: 0, label: null })],
  ];
}

/** The error that stands for an accuracy on such an axis; a perfect score would lie at infinity. */
export const errorOf = (accuracy: number): number => Math.max(100 * (1 - accuracy), 0.01);
