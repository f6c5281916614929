/** The result in words: a headline, a paragraph and a row of numbers. */
import { chosenRound } from "../index.js";
import { html, type Insert, type Markup } from "./markup.js";
import type { Control, Result, Round } from "./result.js";
import { accuracy, density, duration, methodName, points, stop, whole } from "./words.js";

interface Findings {
  readonly dense: Round;
  /** The round whose ticket is kept: what every figure of the head is about. */
  readonly chosen: Round;
  /** The most accurate pruned round; the sparser of equals. */
  readonly best: Round;
}

function findingsOf({ rounds }: Result): Findings | undefined {
  const [dense, ...pruned] = rounds;
  if (pruned.length === 0) return undefined;
  const best = pruned.reduce((most, round) => (round.accuracy >= most.accuracy ? round : most));
  return { dense, chosen: chosenRound(rounds) as Round, best };
}

/** The head of the report. */
export function summary(result: Result): Markup {
  const findings = findingsOf(result);
  const network = `${result.network ?? `${result.sizes.join("–")} network`} on ${result.data}`;
  const effort = `${result.rounds.length} densities, ${whole(result.iterations)} iterations each`;
  const runs = result.trials === 1 ? "one trial" : `${result.trials} trials`;
  const parts = [methodName(result.method), network, `${effort}, ${runs}`, duration(result.seconds)];
  const kicker = html`<p class="kicker">${parts.join(" · ")}</p>`;
  if (!findings) {
    return html`${kicker}<h1>The dense network: ${accuracy(result.rounds[0].accuracy)}</h1>
<p class="lead">No pruned round was recorded, so there is no ticket to report.</p>`;
  }
  return html`${kicker}<h1>${headline(findings)}</h1>
<p class="lead">${sentences(findings)}</p>
<dl class="tiles">${tiles(findings)}</dl>
${caution(result)}`;
}

/** A ticket "wins" when it is no worse and, where both stopped, no later than the dense network. */
function headline({ dense, chosen }: Findings): string {
  const kept = density(chosen.density);
  const [own, whole] = [accuracy(chosen.accuracy), accuracy(dense.accuracy)];
  const isLater = (chosen.earlyStopIteration ?? Infinity) > (dense.earlyStopIteration ?? Infinity);
  if (chosen.accuracy < dense.accuracy)
    return `With ${kept} of its weights: ${own}, against ${whole} with all of them`;
  if (isLater) return `${kept} of the weights are as good as all: ${own} against ${whole}`;
  return `A winning ticket: ${kept} of the weights reach ${own}, all of them ${whole}`;
}

function sentences({ dense, chosen, best }: Findings): Insert[] {
  const out: Insert[] = [
    `The dense network ends at ${accuracy(dense.accuracy)}. `,
    html`At <strong>${density(chosen.density)}</strong> the ticket ends at ${accuracy(chosen.accuracy)}`,
    `${compared(chosen, dense, "dense")}${speed(chosen.earlyStopIteration, dense.earlyStopIteration)}. `,
  ];
  const { reinitialised } = chosen.control;
  if (reinitialised) {
    out.push(
      `The same mask with new random weights ends at ${accuracy(reinitialised.accuracy)}`,
      `${compared(reinitialised, chosen, "the ticket")}`,
      `${speed(reinitialised.earlyStopIteration, chosen.earlyStopIteration)}. `,
    );
  } else out.push("No control with new weights was run at this density. ");
  if (chosen.accuracy < dense.accuracy) out.push("No ticket reaches the dense network.");
  else if (best === chosen)
    out.push("No ticket is more accurate, and no sparser one reaches the dense network.");
  else {
    out.push(
      `The most accurate ticket keeps ${density(best.density)} and ends at ${accuracy(best.accuracy)}; `,
      "no sparser one than the first reaches the dense network.",
    );
  }
  return out;
}

/** Which of the two ends higher, as a piece of a sentence. */
function compared(own: Control, other: Control, name: string): string {
  const text = points(own.accuracy - other.accuracy);
  if (text.startsWith("±")) return `, level with ${name}`;
  return `, ${text.slice(1)} points ${text.startsWith("+") ? "above" : "below"} ${name}`;
}

/** How much earlier or later the first stops than the second, as a piece of a sentence. */
function speed(own: number | null, other: number | null): string {
  if (own === null && other === null) return "";
  if (own === null) return ", without reaching its early stop";
  if (other === null)
    return `, and stops at iteration ${whole(own)}, where the other was still learning at the end`;
  if (own === other) return `, and stops at the same iteration, ${whole(own)}`;
  const percent = Math.round((100 * Math.abs(own - other)) / other);
  const pace =
    own >= 2 * other
      ? `${(own / other).toFixed(1)} times as late`
      : `${percent}% ${own < other ? "earlier" : "later"}`;
  return `, and stops ${pace} (iteration ${whole(own)} against ${whole(other)})`;
}

function tiles({ dense, chosen, best }: Findings): Markup[] {
  const { reinitialised } = chosen.control;
  const gain = (round: Round) => `${points(round.accuracy - dense.accuracy)} vs. dense`;
  const kept = chosen.layers.reduce((sum, layer) => sum + layer.kept, 0);
  const size = chosen.layers.reduce((sum, layer) => sum + layer.size, 0);
  const early = (control: Control) => `early stop ${stop(control.earlyStopIteration)}`;
  const rows: [label: string, value: string, note: string][] = [
    ["Dense network", accuracy(dense.accuracy), early(dense)],
    ["Weights of the ticket", density(chosen.density), `${whole(kept)} of ${whole(size)}`],
    ["The ticket", accuracy(chosen.accuracy), `${gain(chosen)}, ${early(chosen)}`],
    reinitialised
      ? ["Its mask, new weights", accuracy(reinitialised.accuracy), early(reinitialised)]
      : ["Its mask, new weights", "–", "not run"],
    [`Most accurate, ${density(best.density)} kept`, accuracy(best.accuracy), gain(best)],
  ];
  return rows.map(
    ([label, value, note]) =>
      html`<div><dt>${label}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>`,
  );
}

const caution = ({ trials, rounds }: Result): Markup =>
  trials === 1
    ? html`<p class="note">One trial: differences of a few tenths of a point may be chance;
<code>--trials 3</code> shows the spread.</p>`
    : html`<p class="note">Means over ${trials} trials; the bands of the plots reach from the worst to the
best of them. <code>network.safetensors</code> is the network of the first trial, which ends at
${accuracy(chosenRound(rounds).trials[0].accuracy)}.</p>`;
