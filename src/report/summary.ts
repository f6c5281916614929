/** The result in words: a headline, a paragraph and a row of numbers. */
import { html, type Insert, type Markup } from "./markup.js";
import type { Control, Result, Round } from "./result.js";
import { accuracy, density, duration, methodName, points, stop, whole } from "./words.js";

/** The density at which the lottery-ticket paper states its headline figures. */
const paperDensity = 0.211;

interface Findings {
  readonly dense: Round;
  /** The most accurate pruned round; the sparser of equals. */
  readonly best: Round;
  /** The pruned round nearest to the paper's 21.1%, by ratio. */
  readonly middle: Round;
  /** The sparsest pruned round that is not below the dense network. */
  readonly smallest: Round | undefined;
}

function findingsOf({ rounds: [dense, ...pruned] }: Result): Findings | undefined {
  if (pruned.length === 0) return undefined;
  const distance = (round: Round) => Math.abs(Math.log(round.density / paperDensity));
  return {
    dense,
    best: pruned.reduce((best, round) => (round.accuracy >= best.accuracy ? round : best)),
    middle: pruned.reduce((best, round) => (distance(round) < distance(best) ? round : best)),
    smallest: pruned.findLast((round) => round.accuracy >= dense.accuracy),
  };
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
function headline({ dense, middle }: Findings): string {
  const kept = density(middle.density);
  const [own, whole] = [accuracy(middle.accuracy), accuracy(dense.accuracy)];
  const isLater = (middle.earlyStopIteration ?? Infinity) > (dense.earlyStopIteration ?? Infinity);
  if (middle.accuracy < dense.accuracy)
    return `With ${kept} of its weights: ${own}, against ${whole} with all of them`;
  if (isLater) return `${kept} of the weights are as good as all: ${own} against ${whole}`;
  return `A winning ticket: ${kept} of the weights reach ${own}, all of them ${whole}`;
}

function sentences({ dense, best, middle, smallest }: Findings): Insert[] {
  const out: Insert[] = [
    `The dense network ends at ${accuracy(dense.accuracy)}. `,
    `The best ticket keeps ${density(best.density)} of the weights and ends at ${accuracy(best.accuracy)}`,
    `${compared(best, dense, "the dense network")}. `,
    html`At <strong>${density(middle.density)}</strong> the ticket ends at ${accuracy(middle.accuracy)}`,
    `${compared(middle, dense, "dense")}${speed(middle.earlyStopIteration, dense.earlyStopIteration)}. `,
  ];
  const { reinitialised } = middle.control;
  if (reinitialised) {
    out.push(
      `The same mask with new random weights ends at ${accuracy(reinitialised.accuracy)}`,
      `${compared(reinitialised, middle, "the ticket")}`,
      `${speed(reinitialised.earlyStopIteration, middle.earlyStopIteration)}. `,
    );
  } else out.push("No control was run at this density. ");
  if (smallest)
    out.push(`Down to ${density(smallest.density)} there are tickets not below the dense network.`);
  else out.push("No ticket reaches the dense network.");
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

function tiles({ dense, best, middle, smallest }: Findings): Markup[] {
  const { reinitialised } = middle.control;
  const gain = (round: Round) => `${points(round.accuracy - dense.accuracy)} vs. dense`;
  const rows: [label: string, value: string, note: string][] = [
    ["Dense network", accuracy(dense.accuracy), `early stop ${stop(dense.earlyStopIteration)}`],
    [`Best ticket, ${density(best.density)} kept`, accuracy(best.accuracy), gain(best)],
    [
      `Ticket, ${density(middle.density)} kept`,
      accuracy(middle.accuracy),
      `early stop ${stop(middle.earlyStopIteration)}`,
    ],
    reinitialised
      ? [
          "Its mask, new weights",
          accuracy(reinitialised.accuracy),
          `early stop ${stop(reinitialised.earlyStopIteration)}`,
        ]
      : ["Its mask, new weights", "–", "not run"],
    smallest
      ? [
          "Smallest ticket not below dense",
          density(smallest.density),
          `ends at ${accuracy(smallest.accuracy)}`,
        ]
      : ["Smallest ticket not below dense", "–", "none"],
  ];
  return rows.map(
    ([label, value, note]) =>
      html`<div><dt>${label}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>`,
  );
}

const caution = ({ trials }: Result): Markup =>
  trials === 1
    ? html`<p class="note">One trial: differences of a few tenths of a point may be chance;
<code>--trials 3</code> shows the spread.</p>`
    : html`<p class="note">Means over ${trials} trials; the bands of the plots reach from the worst to the
best of them.</p>`;
