/** The plots that the report does not have. */
import * as Plot from "@observablehq/plot";
import { draw, type Size } from "../report/chart.js";
import type { Markup } from "../report/markup.js";
import type { Entry } from "../report/series.js";

/** Numbers of one kind, and how they look. */
export interface Series extends Required<Entry> {
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A scale, where its ticks are and how they read. */
export interface Axis {
  readonly scale: Plot.ScaleOptions;
  readonly ticks: readonly number[];
  readonly text: (value: number) => string;
}

/** What a plot of lines is told beside them. */
export interface LinesOptions {
  /** What a screen reader says. */
  readonly label: string;
  readonly size: Size;
  readonly x: Axis;
  readonly y: Axis;
}

/** Lines on a grid, with marks or without. */
export function lines(series: readonly Series[], options: LinesOptions, isMarked = true): Markup {
  const { x, y } = options;
  return drawn(options, [
    Plot.gridY(y.ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
    // As text: the library hides ticks that it finds too many on a logarithmic axis.
    Plot.axisY(y.ticks, { tickSize: 0, text: y.text, label: null }),
    Plot.axisX(x.ticks, { tickSize: 4, text: x.text, label: null }),
    series
      .toReversed()
      .map((each) => [
        Plot.line(each.points, { stroke: each.colour, strokeWidth: 2, strokeDasharray: each.dashes }),
        isMarked ? dots(each, each.points, options) : [],
      ]),
  ]);
}

/**
 * What lies over a plot of lines and moves: a vertical line, and the marks there. It is drawn in a fraction of the time
 * of the plot.
 */
export function linesAt(series: readonly Series[], at: number, options: LinesOptions): Markup {
  return drawn(options, [
    Plot.ruleX([at], { stroke: "var(--muted)", strokeDasharray: "3 3" }),
    series.toReversed().map((each) =>
      dots(
        each,
        each.points.filter(([px]) => px === at),
        options,
      ),
    ),
  ]);
}

const dots = ({ label, colour, symbol }: Series, points: Series["points"], { x, y }: LinesOptions) =>
  Plot.dot(points, {
    ...{ symbol, r: 4, fill: colour, stroke: "var(--paper)" },
    title: ([px, py]: readonly number[]) => `${label}, ${x.text(px)}: ${y.text(py)}`,
  });

const drawn = ({ label, size, x, y }: LinesOptions, marks: Plot.Markish[]) =>
  draw(label, {
    ...size,
    ...{ marginLeft: 58, marginRight: 16, marginTop: 12, marginBottom: 28 },
    x: { label: null, axis: null, ...x.scale },
    y: { label: null, axis: null, ...y.scale },
    marks,
  });

/** Half the page wide. */
export const half: Size = { width: 410, height: 260 };
