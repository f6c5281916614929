/** What the plots and tables compare: the ticket and its controls, at each density. */

import { html, Markup } from "./markup.js";
import type { Control, Evaluation, Result, Round } from "./result.js";

export type Kind = "ticket" | "reinitialised" | "shuffled" | "signs";

/** How a series looks everywhere. Shape and dashes tell them apart without colour. */
export interface Look {
  readonly kind: Kind | "dense";
  readonly label: string;
  readonly colour: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond";
  readonly dashes: string;
}

export const looks: Record<Kind | "dense", Look> = {
  dense: { kind: "dense", label: "Dense network", colour: "var(--dense)", symbol: "circle", dashes: "2 4" },
  ticket: { kind: "ticket", label: "Ticket", colour: "var(--ticket)", symbol: "circle", dashes: "none" },
  reinitialised: {
    kind: "reinitialised",
    label: "Same mask, new weights",
    colour: "var(--reinitialised)",
    symbol: "square",
    dashes: "7 4",
  },
  shuffled: {
    kind: "shuffled",
    label: "Shuffled mask, same weights",
    colour: "var(--shuffled)",
    symbol: "triangle",
    dashes: "2 3",
  },
  signs: {
    kind: "signs",
    label: "Same mask, signs alone",
    colour: "var(--signs)",
    symbol: "diamond",
    dashes: "9 3 2 3",
  },
};

/** The measurement of one kind in a round; null when that control was not run. */
export const measured = (round: Round, kind: Kind): Control | null =>
  kind === "ticket" ? round : (round.control[kind] ?? null);

/** The kinds of which a result holds any measurement; the ticket always first. */
export const kindsOf = (result: Pick<Result, "rounds">): Kind[] =>
  (["ticket", "reinitialised", "shuffled", "signs"] as const).filter((kind) =>
    result.rounds.some((round) => measured(round, kind)),
  );

/** The rounds of which a kind was measured, with what was measured. */
export const measurements = (
  result: Pick<Result, "rounds">,
  kind: Kind,
): { round: Round; control: Control }[] =>
  result.rounds.flatMap((round) => {
    const control = measured(round, kind);
    return control ? [{ round, control }] : [];
  });

/** Smallest and largest of what the trials gave, undefined when there are fewer than two. */
export function spread(
  trials: readonly Evaluation[],
  value: (trial: Evaluation) => number,
): [low: number, high: number] | undefined {
  if (trials.length < 2) return undefined;
  const values = trials.map(value);
  return [Math.min(...values), Math.max(...values)];
}

/** What stands for a mark in a legend. */
const SHAPES = {
  circle: new Markup(`<circle cx="17" cy="7" r="4"/>`),
  square: new Markup(`<path d="M13.5 3.5h7v7h-7z"/>`),
  triangle: new Markup(`<path d="M17 2.2l4.6 8h-9.2z"/>`),
  diamond: new Markup(`<path d="M17 2l4 5-4 5-4-5z"/>`),
};

/** A series as its legend shows it; without a symbol its line alone. */
export interface Entry {
  readonly label: string;
  readonly colour: string;
  readonly symbol?: keyof typeof SHAPES;
  readonly dashes: string;
}

/** The names of series, each with a piece of its line and its mark. */
export function legendOf(series: readonly Entry[]): Markup {
  const entries = series.map(({ label, colour, symbol, dashes }) => {
    const line = html`<path d="M1 7h32" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`;
    const shape = symbol ? html`<g fill="${colour}">${SHAPES[symbol]}</g>` : "";
    return html`<li><svg width="34" height="14" viewBox="0 0 34 14" aria-hidden="true">${line}${shape}</svg>
${label}</li>`;
  });
  return html`<ul class="legend">${entries}</ul>`;
}

/** The legend of a plot: the dense network has a line without marks. */
export const legend = (kinds: readonly (Kind | "dense")[]): Markup =>
  legendOf(kinds.map((kind) => (kind === "dense" ? { ...looks.dense, symbol: undefined } : looks[kind])));
