/** The numbers behind the plots, and how they came about. */
import { html, type Markup } from "./markup.js";
import type { Control, Result, Round } from "./result.js";
import { kindsOf, looks, spread } from "./series.js";
import { accuracy, density, duration, methodName, points, whole } from "./words.js";

/** Every round with its controls. */
export function roundsTable({ rounds }: Pick<Result, "rounds">): Markup {
  const [dense] = rounds;
  const kinds = kindsOf({ rounds }).filter((kind) => kind !== "ticket");
  const rows = rounds.map((round) => {
    const kept = round.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const early = mean(round.trials.map((trial) => trial.earlyStopAccuracy));
    const gain = round === dense ? "–" : points(round.accuracy - dense.accuracy);
    return html`<tr><th scope="row">${round.round}</th>
<td><strong>${density(round.density)}</strong></td><td>${whole(kept)}</td>
<td>${accuracyCell(round)}</td><td>${gain}</td>
<td>${stopCell(round)}</td><td>${early === undefined ? "–" : accuracy(early)}</td>
${kinds.map((kind) => controlCells(round.control[kind] ?? null))}</tr>`;
  });
  const control = ["Accuracy", "Early stop"];
  const ticket = ["Accuracy", "vs. dense", "Early stop", "Acc. there"];
  const heads = ["No.", "Kept", "Weights", ...ticket, ...kinds.flatMap(() => control)];
  return html`<div class="scroll" tabindex="0"><table class="rounds">
<caption>Test accuracy after the last iteration, its difference to the dense network in points, the early stop
and the accuracy there: means over the trials, with the worst and the best below where there are
several</caption>
<thead><tr><th colspan="3" scope="colgroup">Round</th><th colspan="4" scope="colgroup">Ticket</th>
${kinds.map(
  (kind) =>
    html`<th colspan="2" scope="colgroup" style="--kind:${looks[kind].colour}">${looks[kind].label}</th>`,
)}</tr>
<tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function accuracyCell(control: Control): Markup {
  const range = spread(control.trials, (trial) => trial.accuracy);
  const bounds = range?.map((share) => accuracy(share).slice(0, -1)).join("–");
  return html`${accuracy(control.accuracy)}${bounds && html`<small>${bounds}</small>`}`;
}

const stopCell = ({ earlyStopIteration }: Control): Markup =>
  earlyStopIteration === null ? html`<em>not reached</em>` : html`${whole(earlyStopIteration)}`;

const controlCells = (control: Control | null): Markup =>
  control ? html`<td>${accuracyCell(control)}</td><td>${stopCell(control)}</td>` : html`<td>–</td><td>–</td>`;

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Kept share of every layer in every round, as bars in a table. */
export function layersTable({ rounds }: Result): Markup {
  const heads = rounds[0].layers.map(
    ({ name, size }) => html`<th scope="col">${name}<small>${whole(size)} weights</small></th>`,
  );
  const rows = rounds.map((round: Round) => {
    const cells = round.layers.map(({ kept, size }) => {
      const share = size > 0 ? kept / size : 0;
      const style = `--share:${(100 * share).toFixed(2)}%`;
      const texts = html`<b>${density(share)}</b><span>${whole(kept)}</span>`;
      return html`<td><div class="bar" style="${style}">${texts}</div></td>`;
    });
    return html`<tr><th scope="row">${density(round.density)}</th>${cells}</tr>`;
  });
  return html`<div class="scroll" tabindex="0"><table class="layers">
<caption>Weights kept in each layer; the bar is the share of the layer</caption>
<thead><tr><th scope="col">Kept overall</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Names of settings as a reader knows them; the command below has the options. */
const SETTING_NAMES: Readonly<Record<string, string>> = {
  rate: "Pruned in a round, of each layer",
  "output-rate": "Pruned in a round, of the output layer",
  "train-size": "Training samples",
  batch: "Samples a step",
  optimizer: "Optimiser",
  "learning-rate": "Learning rate",
  rewind: "Rewound to step",
  controls: "Rounds with controls",
  "control-roles": "Controls",
  inputs: "Inputs",
  labels: "Labels",
  "validation-inputs": "Inputs for early stopping",
  "validation-labels": "Labels for early stopping",
  "test-inputs": "Inputs for accuracies",
  "test-labels": "Labels for accuracies",
  validation: "Share held back for early stopping",
  test: "Share held back for accuracies",
};

/** What was done, in sentences. */
function story({ method, network, sizes, data, iterations, rounds, trials, settings, seed }: Result): string {
  const shape = network ?? `a network of ${sizes.join(" – ")} neurons`;
  const times = trials === 1 ? "once" : `${trials} times, from seeds ${seed} to ${seed + trials - 1}`;
  const steps = `${whole(iterations)} steps on ${data}`;
  const size =
    settings["train-size"] === undefined ? "" : `, ${whole(Number(settings["train-size"]))} samples`;
  const pruned = rounds.length - 1;
  return (
    `${capital(methodName(method))}: ${shape} was trained for ${steps}${size}, then ${pruned} sparser ones ` +
    `for as many steps each, down to ${density(rounds[pruned].density)} of the weights, all of it ${times}.`
  );
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);

/** Settings, seed, version, checksum and the command that gives the same result. */
export function provenance(result: Result): Markup {
  const settings = Object.entries(result.settings).map(
    ([name, value]) => [SETTING_NAMES[name] ?? name, value] satisfies [string, string | number],
  );
  const entries: [string, string | number][] = [
    ["Preset", result.preset],
    ["Seed", result.seed],
    ["Variant", result.variant],
    ["Version", result.version],
    ...settings,
    ["Host", result.host],
    ["Time", duration(result.seconds)],
    ["Ticket SHA-256", result.ticketSha256],
    ...(result.networkSha256 ? [["Network SHA-256", result.networkSha256] satisfies [string, string]] : []),
  ];
  const list = entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<p>${story(result)}</p><dl class="settings">${list}</dl>
<h3>Reproduce it</h3>
<pre tabindex="0"><code>${command(result)}</code></pre>
<p class="note">In a clone of golden-ticket ${result.version}, or in a project that has it installed from a git
address or an archive (<code>npm pack</code>). The variant <code>simd</code> gives the same bytes on every host: compare
the SHA-256 of
<code>ticket.safetensors</code> with the one above. <code>relaxed</code> may round differently on another
processor.</p>`;
}

function command(result: Result): string {
  const last = result.rounds[result.rounds.length - 1];
  const options: [string, string | number][] = [
    ["preset", result.preset],
    ...("inputs" in result.settings ? [] : [["data", result.data] satisfies [string, string]]),
    ["method", result.method],
    result.network ? ["network", result.network] : ["hidden", result.sizes.slice(1, -1).join(",")],
    ["rounds", last.round],
    ["iterations", result.iterations],
    ["trials", result.trials],
    ["seed", result.seed],
    ["variant", result.variant],
    ...Object.entries(result.settings),
  ];
  const text = options
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `--${name} ${quoted(String(value))}`);
  return `npx golden-ticket find ${text.join(" ")}`;
}

/** For a POSIX shell; plain words stay as they are. */
const quoted = (word: string): string =>
  /^[\w.,:/@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
