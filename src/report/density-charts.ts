/** The two plots of the lottery-ticket paper: accuracy and early stopping against density. */
import * as Plot from "@observablehq/plot";
import type { Size } from "./chart.js";
import { accuracyAxis, densityAxis, draw, errorOf, niceTicks } from "./chart.js";
import type { Markup } from "./markup.js";
import type { Control, Result, Round } from "./result.js";
import type { Kind } from "./series.js";
import { kindsOf, looks, measurements, spread } from "./series.js";
import { accuracy, density, stop, whole } from "./words.js";

/** A mark of a series; y is NaN where the line is broken. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

const margins = { marginLeft: 56, marginRight: 16, marginTop: 12, marginBottom: 26 };
const [sideMargins, verticalMargins] = [72, 38];

/** Band of the trials, line and marks of one kind. */
function seriesMarks(kind: Kind, points: readonly Point[], narrow: boolean): Plot.Markish[] {
  const { colour, symbol, dashes } = looks[kind];
  const r = narrow ? 3.5 : 4.5;
  return [
    Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: colour, fillOpacity: 0.16 }),
    Plot.line(points, { x: "x", y: "y", stroke: colour, strokeWidth: 2, strokeDasharray: dashes }),
    Plot.dot(points, { x: "x", y: "y", symbol, r, fill: colour, stroke: "var(--paper)", title: "title" }),
  ];
}

/** Test accuracy against density. */
export function accuracyChart(result: Pick<Result, "rounds">, size: Size): Markup {
  const series = kindsOf(result).map((kind): [Kind, Point[]] => [
    kind,
    measurements(result, kind).map(({ round, control }) => {
      const [worst, best] = spread(control.trials, (trial) => trial.accuracy) ?? [NaN, NaN];
      return {
        x: 100 * round.density,
        y: errorOf(control.accuracy),
        low: errorOf(best),
        high: errorOf(worst),
        title: titleOf(kind, round, accuracyWords(control)),
      };
    }),
  ]);
  const dense = errorOf(result.rounds[0].accuracy);
  const values = series.flatMap(([, points]) => points.flatMap(({ y, low, high }) => [y, low, high]));
  const [y, yMarks] = accuracyAxis([dense, ...values.filter(Number.isFinite)], size, verticalMargins);
  const [x, xAxis] = densityAxis(
    result.rounds.map((round) => round.density),
    size,
    sideMargins,
  );
  const { colour, dashes } = looks.dense;
  return draw("Test accuracy against the share of weights kept. The table of all rounds has the numbers.", {
    ...size,
    ...margins,
    x,
    y,
    marks: [
      yMarks,
      xAxis,
      Plot.ruleY([dense], { stroke: colour, strokeWidth: 2, strokeDasharray: dashes }),
      ...series.toReversed().map(([kind, points]) => seriesMarks(kind, points, size.width < 500)),
    ],
  });
}

const titleOf = (kind: Kind, round: Round, value: string): string =>
  `${looks[kind].label}, ${density(round.density)} of the weights: ${value}`;

function accuracyWords(control: Control): string {
  const range = spread(control.trials, (trial) => trial.accuracy);
  return accuracy(control.accuracy) + (range ? ` (${range.map(accuracy).join(" to ")})` : "");
}

/** Early-stop iteration against density; runs that never stopped lie in a strip of their own on top. */
export function earlyStopChart(result: Result, size: Size): Markup {
  const end = result.iterations;
  const kinds = kindsOf(result);
  const all = kinds.flatMap((kind) => measurements(result, kind));
  const hasStrip = all.some(({ control }) => control.earlyStopIteration === null);
  const series = kinds.map((kind): [Kind, Point[]] => [
    kind,
    measurements(result, kind).map(({ round, control }) => {
      const [low, high] = spread(control.trials, (trial) => trial.earlyStopIteration ?? end) ?? [NaN, NaN];
      const reached = control.earlyStopIteration !== null;
      return {
        x: 100 * round.density,
        y: control.earlyStopIteration ?? NaN,
        low: reached ? low : NaN,
        high: reached ? high : NaN,
        title: titleOf(kind, round, stop(control.earlyStopIteration)),
      };
    }),
  ]);
  const highest = Math.max(
    ...series.flatMap(([, points]) => points.flatMap(({ y, high }) => [y, high])).filter(Number.isFinite),
    1,
  );
  const top = hasStrip ? end * 1.2 : Math.min(highest * 1.08, end);
  const [x, xAxis] = densityAxis(
    result.rounds.map((round) => round.density),
    size,
    sideMargins,
  );
  const ticks = niceTicks(0, hasStrip ? end : top, 5);
  return draw(
    "Early-stop iteration against the share of weights kept. The table of all rounds has the numbers.",
    {
      ...size,
      ...margins,
      x,
      y: { domain: [0, top], label: null },
      marks: [
        Plot.gridY(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
        Plot.axisY(ticks, { tickFormat: (iteration: number) => whole(iteration), tickSize: 0, label: null }),
        xAxis,
        hasStrip ? strip(end, top) : [],
        ...series.toReversed().map(([kind, points]) => seriesMarks(kind, points, size.width < 500)),
        ...series.map(([kind, points], index) =>
          unreached(kind, points, end + ((top - end) * (index + 1)) / 4, size),
        ),
      ],
    },
  );
}

/** A place above the last iteration for what did not stop before it, labelled as a tick is. */
const strip = (end: number, top: number): Plot.Markish[] => [
  Plot.rect([0], { y1: end, y2: top, fill: "var(--strip)" }),
  Plot.axisY([(end + top) / 2], {
    text: () => "not\nreached",
    tickSize: 0,
    label: null,
    fontStyle: "italic",
  }),
];

function unreached(kind: Kind, points: readonly Point[], y: number, size: Size): Plot.Markish {
  const { colour, symbol } = looks[kind];
  const r = size.width < 500 ? 3.5 : 4.5;
  const missing = points.filter((point) => Number.isNaN(point.y));
  return Plot.dot(missing, {
    x: "x",
    y: () => y,
    symbol,
    r,
    fill: "var(--paper)",
    stroke: colour,
    strokeWidth: 1.8,
    title: "title",
  });
}
