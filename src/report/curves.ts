/** Learning curves at a few densities, as small multiples on common axes. */
import * as Plot from "@observablehq/plot";
import type { Size } from "./chart.js";
import { accuracyAxis, draw, errorOf, niceTicks } from "./chart.js";
import { html, type Insert, type Markup } from "./markup.js";
import type { Control, Evaluation, Result, Round } from "./result.js";
import type { Kind } from "./series.js";
import { kindsOf, legend, looks, measured } from "./series.js";
import { accuracy, density, stop, whole } from "./words.js";

interface Curve {
  readonly kind: Kind | "dense";
  readonly points: readonly { readonly iteration: number; readonly accuracy: number }[];
  readonly earlyStopIteration: number | null;
}

interface Panel {
  readonly density: number;
  readonly curves: readonly Curve[];
}

const size: Size = { width: 410, height: 260 };
/** More points than that are not seen at this width. */
const pointsPerCurve = 120;

/** The section's figure: one panel per density, then the same as a table. */
export function learningCurves(result: Result): Markup {
  const panels = panelsOf(result);
  if (panels.length === 0) return html`<p>No pruned round was recorded.</p>`;
  const errors = panels.flatMap(({ curves }) => curves.flatMap(shownErrors));
  if (errors.length === 0) return html`<p>No training history was recorded.</p>`;
  const drawn = panels.map((panel) => {
    const title = html`<h3>${density(panel.density)} of the weights</h3>`;
    return html`<div>${title}${drawPanel(panel, result.iterations, errors)}</div>`;
  });
  return html`<figure>${legend(["dense", ...kindsOf(result)])}<div class="panels">${drawn}</div>
<figcaption>Validation accuracy against training iteration, mean over the trials. A ring marks the early stop,
where the validation loss is smallest. The vertical scale is logarithmic in the error.</figcaption>
${curveTable(panels, result.iterations)}</figure>`;
}

/** Up to four pruned rounds, evenly spread, rounds with controls first. */
function panelsOf(result: Result): Panel[] {
  const [dense, ...pruned] = result.rounds;
  const controlled = pruned.filter(({ control }) => Object.values(control).some(Boolean));
  const candidates = controlled.length > 0 ? controlled : pruned;
  const count = Math.min(4, candidates.length);
  const chosen = Array.from({ length: count }, (_, index) => {
    return candidates[Math.round((index * (candidates.length - 1)) / Math.max(1, count - 1))];
  });
  return chosen.map((round) => ({
    density: round.density,
    curves: [curveOf("dense", dense), ...kindsOf(result).flatMap((kind) => controlCurve(kind, round))],
  }));
}

function controlCurve(kind: Kind, round: Round): Curve[] {
  const control = measured(round, kind);
  return control ? [curveOf(kind, control)] : [];
}

function curveOf(kind: Kind | "dense", { trials, earlyStopIteration }: Control): Curve {
  return { kind, points: meanHistory(trials), earlyStopIteration };
}

/** Validation accuracy by iteration, mean over the trials that recorded that iteration. */
function meanHistory(trials: readonly Evaluation[]): Curve["points"] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { iteration, validationAccuracy } of trials.flatMap(({ history }) => history)) {
    const entry = sums.get(iteration) ?? { sum: 0, count: 0 };
    sums.set(iteration, { sum: entry.sum + validationAccuracy, count: entry.count + 1 });
  }
  const means = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([iteration, { sum, count }]) => ({ iteration, accuracy: sum / count }));
  const stride = Math.ceil(means.length / pointsPerCurve);
  return means.filter((_, index) => index % stride === 0 || index === means.length - 1);
}

/** What the common axis has to hold: all but the first tenth, in which accuracy climbs from chance. */
function shownErrors({ points }: Curve): number[] {
  const start = (points.at(-1)?.iteration ?? 0) / 10;
  return points.filter(({ iteration }) => iteration >= start).map((point) => errorOf(point.accuracy));
}

function drawPanel(panel: Panel, iterations: number, errors: readonly number[]): Markup {
  const margins = { marginLeft: 44, marginRight: 12, marginTop: 8, marginBottom: 24 };
  const worst = Math.max(...errors);
  const [y, yMarks] = accuracyAxis(errors, size, 32);
  const ticks = niceTicks(0, iterations, 3);
  const marks = panel.curves.map(({ kind, points, earlyStopIteration }) => {
    const { colour, dashes } = looks[kind];
    const shown = points
      .map((point) => ({ x: point.iteration, y: errorOf(point.accuracy) }))
      .filter((point) => point.y <= worst);
    const nearest = earlyStopIteration === null ? undefined : closest(shown, earlyStopIteration);
    return [
      Plot.line(shown, { x: "x", y: "y", stroke: colour, strokeWidth: 1.8, strokeDasharray: dashes }),
      Plot.dot(nearest ? [nearest] : [], {
        x: "x",
        y: "y",
        r: 4.5,
        fill: "var(--paper)",
        stroke: colour,
        strokeWidth: 2,
      }),
    ];
  });
  return draw(
    `Learning curves at ${density(panel.density)} of the weights. The table below has the numbers.`,
    {
      ...size,
      ...margins,
      x: { domain: [0, iterations], label: null },
      y,
      marks: [
        yMarks,
        Plot.axisX(ticks, { tickFormat: (value: number) => whole(value), tickSize: 4, label: null }),
        ...marks,
      ],
    },
  );
}

function closest<T extends { readonly x: number }>(points: readonly T[], x: number): T | undefined {
  return points.reduce<T | undefined>(
    (best, point) => (best && Math.abs(best.x - x) <= Math.abs(point.x - x) ? best : point),
    undefined,
  );
}

function curveTable(panels: readonly Panel[], iterations: number): Markup {
  const at = [0.05, 0.1, 0.2, 0.4, 0.7, 1].map((share) => share * iterations);
  const rows = panels.flatMap((panel) =>
    panel.curves.map(({ kind, points, earlyStopIteration }) => {
      const places = points.map((point) => ({ ...point, x: point.iteration }));
      const cells = at.map((iteration): Insert => {
        const point = closest(places, iteration);
        return html`<td>${point ? accuracy(point.accuracy) : "–"}</td>`;
      });
      const kept = html`<th scope="row">${density(panel.density)}</th>`;
      const network = html`<td class="text">${looks[kind].label}</td>`;
      return html`<tr>${kept}${network}${cells}<td>${stop(earlyStopIteration)}</td></tr>`;
    }),
  );
  const heads = at.map((iteration) => html`<th scope="col">${whole(iteration)}</th>`);
  return html`<details><summary>The curves as numbers</summary><div class="scroll" tabindex="0"><table>
<caption>Validation accuracy at the recorded iteration nearest to</caption>
<thead><tr><th scope="col">Kept</th><th scope="col" class="text">Network</th>${heads}
<th scope="col">Early stop</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}
