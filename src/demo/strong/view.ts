/** A strong ticket, as the page shows it. */
import * as Plot from "@observablehq/plot";
import { draw } from "../../report/chart.js";
import { html, type Markup } from "../../report/markup.js";
import { accuracy, whole } from "../../report/words.js";
import type { Ask } from "../client.js";
import { eachFrame, Part, Slider } from "../part.js";
import { half } from "../plot.js";
import type { StrongEvent, StrongResult, StrongSettings, WeightSum } from "./contract.js";

/** Brings the section to life. */
export function strongPart(ask: Ask): void {
  new Strong(ask);
}

class Strong {
  readonly #ask: Ask;
  readonly #part = new Part("strong");
  readonly #slider: Slider;
  readonly #explain: () => void;
  #result: StrongResult | undefined;
  #asked = 0;
  #link = "";

  constructor(ask: Ask) {
    const part = this.#part;
    this.#ask = ask;
    this.#explain = eachFrame(() => this.#showWeight());
    this.#slider = new Slider(part.one("[name=weight]"), (at) => this.#nameOf(at), this.#explain);
    part.one("[name=another]").addEventListener("click", () => this.#another());
    part.onSubmit({
      stop: "Stop",
      start: () => ask("strong", this.#read(), (event) => this.#hear(event)),
      finish: (result) => this.#show(result),
      stopped: () =>
        part.say(this.#result ? "Stopped. The ticket below is the one built before." : "Stopped."),
    });
  }

  #read(): StrongSettings {
    const part = this.#part;
    const seed = part.number("seed");
    return {
      hidden: part.numbers("hidden"),
      iterations: part.number("iterations"),
      epsilon: part.number("epsilon"),
      seed,
      ticketSeed: seed + 1,
    };
  }

  #hear(event: StrongEvent): void {
    this.#part.done = event.done / event.of;
    this.#part.say(
      event.kind === "training"
        ? "Training the target …"
        : `Layer ${event.layer + 1} of ${event.layers}: ${whole(event.of)} subset sums …`,
    );
  }

  #show(result: StrongResult): void {
    const part = this.#part;
    this.#result = result;
    const { targets, seconds, failures, epsilon, ticketSizes } = result;
    const missed = failures === 0 ? "all" : `all but ${whole(failures)}`;
    part.say(`${whole(targets)} subset sums in ${seconds.toFixed(1)} s, ${missed} within ${epsilon}. A random network
of ${ticketSizes.map(whole).join(" – ")} neurons computes what the trained one of ${result.sizes.join(" – ")} does.`);
    part.put(".tiles", tiles(result));
    part.put(".residuals", histogram(result));
    part.put(".checks", checks(result));
    this.#offer(result.certificate);
    part.output.hidden = false;
    this.#slider.most = result.sizes[0] * result.sizes[1] - 1;
    this.#another();
  }

  #offer(certificate: string): void {
    if (this.#link) URL.revokeObjectURL(this.#link);
    this.#link = URL.createObjectURL(new Blob([certificate], { type: "application/json" }));
    this.#part.put(
      ".certificate",
      html`<a href="${this.#link}" download="certificate.json">certificate.json</a> has the bounds of all outputs and
layers, and the settings that give the same ticket.`,
    );
  }

  /** A weight on the middle of the picture: those on its border are what they were drawn. */
  #another(): void {
    if (!this.#result) return;
    const [inputs, rows] = this.#result.sizes;
    const middle = 28 * (7 + Math.floor(14 * Math.random())) + 7 + Math.floor(14 * Math.random());
    this.#slider.value = Math.floor(rows * Math.random()) * inputs + middle;
    this.#explain();
  }

  #place(at: number): { row: number; column: number } {
    const columns = this.#result?.sizes[0] ?? 1;
    return { row: Math.floor(at / columns), column: at % columns };
  }

  #nameOf(at: number): string {
    const { row, column } = this.#place(at);
    return `neuron ${row + 1}, pixel ${(column % 28) + 1}, ${Math.floor(column / 28) + 1}`;
  }

  async #showWeight(): Promise<void> {
    const turn = ++this.#asked;
    const at = this.#slider.value;
    try {
      const sum = await this.#ask("weight", { layer: 0, ...this.#place(at) }).result;
      if (turn === this.#asked) this.#part.put(".sum", explain(sum, this.#nameOf(at)));
    } catch (error) {
      this.#part.fail(error);
    }
  }
}

function tiles(result: StrongResult): Markup {
  const { neurons, kept, targets, certified, sampled, agreement, accuracy: read } = result;
  const tile = (name: string, value: string, note: string) =>
    html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>`;
  return html`${[
    tile("Random neurons", whole(neurons), `${whole(kept)} weights kept`),
    tile("Kept for a weight", (kept / targets).toFixed(1), `${whole(targets)} in the target`),
    tile("Largest weight error", short(result.maxWeightError), `${result.epsilon} was asked for`),
    tile(
      "Same digit read",
      accuracy(agreement),
      `${accuracy(read.ticket)} right, target ${accuracy(read.target)}`,
    ),
    tile("Certified output error", short(certified), `at most ${short(sampled)} was seen`),
  ]}`;
}

function histogram({ residuals, epsilon }: StrongResult): Markup {
  const at = Math.log10(epsilon);
  const [least, most] = [extreme(residuals, Math.min), extreme(residuals, Math.max)];
  const label = `Residuals of ${whole(residuals.length)} weights, from 10 to the power of ${least} to ${most}`;
  return draw(label, {
    ...half,
    ...{ marginLeft: 52, marginRight: 16, marginTop: 12, marginBottom: 28 },
    x: { label: null },
    y: { label: null },
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ tickSize: 0, ticks: 4, tickFormat: whole, label: null }),
      Plot.axisX({ tickSize: 4, ticks: 5, tickFormat: (power: number) => `1e${power}`, label: null }),
      Plot.rectY(Array.from(residuals), {
        ...Plot.binX({ y: "count" }, { x: (value: number) => value, thresholds: 40 }),
        fill: "var(--ticket)",
      }),
      Plot.ruleX([at], { stroke: "var(--shuffled)", strokeWidth: 2, strokeDasharray: "6 3" }),
    ],
  });
}

const extreme = (values: Float32Array, choose: (a: number, b: number) => number): string =>
  values.reduce((most, value) => choose(most, value), values[0] ?? 0).toFixed(1);

/** Two digits. */
const short = (value: number): string => String(Number(value.toPrecision(2)));

/** The pool by size, what was kept of it filled. */
function poolChart({ target, products, kept }: WeightSum, label: string): Markup {
  const bars = Array.from(products, (value, at) => ({ value, isKept: kept[at] === 1 }))
    .toSorted((a, b) => b.value - a.value)
    .map((bar, place) => ({ ...bar, place }));
  const colour = (value: number) => (value > 0 ? "var(--positive)" : "var(--negative)");
  return draw(label, {
    ...half,
    ...{ marginLeft: 52, marginRight: 16, marginTop: 12, marginBottom: 12 },
    x: { axis: null, domain: [-0.5, Math.max(bars.length, 8) - 0.5] },
    y: { label: null },
    marks: [
      Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisY({ tickSize: 0, ticks: 5, label: null }),
      Plot.rect(bars, {
        x1: ({ place }) => place - 0.36,
        x2: ({ place }) => place + 0.36,
        y1: 0,
        y2: "value",
        fill: ({ value, isKept }) => (isKept ? colour(value) : "none"),
        stroke: ({ value, isKept }) => (isKept ? colour(value) : "var(--muted)"),
        title: ({ value, isKept }) => `${signed(value, 6)}, ${isKept ? "kept" : "pruned"}`,
      }),
      Plot.ruleY([0], { stroke: "var(--line)" }),
      Plot.ruleY([target], { stroke: "var(--ink)", strokeWidth: 1.5, strokeDasharray: "6 3" }),
    ],
  });
}

function explain(sum: WeightSum, name: string): Markup {
  const { target, products, kept, pool, residual } = sum;
  const chosen = Array.from(products).filter((_, at) => kept[at] === 1);
  const total = chosen.reduce((all, product) => all + product, 0);
  const later =
    products.length > pool
      ? ` No subset of its first ${pool} was near enough: the last ${products.length - pool} were drawn for it later.`
      : "";
  const terms = chosen.toSorted((a, b) => b - a).map((product) => signed(product, 4));
  return html`${poolChart(sum, `The random products for ${name}, by size`)}<figcaption>${chosen.length} of
${products.length} random products sum to ${signed(total, 6)}; the weight is ${signed(target, 6)} (the dashed line), a
residual of ${short(residual)}.${later} <span class="key positive"></span> kept, above 0,
<span class="key negative"></span> kept, below 0, <span class="key pruned"></span> pruned.</figcaption>
<details><summary>The sum in numbers</summary><p class="terms">${terms.join(" + ").replaceAll("+ −", "− ")} =
${signed(total, 6)}</p></details>`;
}

/** With a true minus sign. */
const signed = (value: number, digits: number): string => value.toFixed(digits).replace("-", "−");

/** What was gone through again, each line with its outcome. */
function checks({ verified, certified, sampled }: StrongResult): Markup {
  const line = (holds: boolean, text: string) =>
    html`<li class="${holds ? "holds" : "fails"}">${holds ? "Holds" : "Fails"}: ${text}</li>`;
  return html`${[
    line(
      verified.beyond === 0,
      `${whole(verified.sums)} sums were made again from the kept weights; ${verified.beyond || "none"} of them
is farther from the target than its residual says.`,
    ),
    line(
      verified.maximum === certified,
      `from the residuals, no output can be off by more than ${short(verified.maximum)}, for any picture.`,
    ),
    line(sampled <= certified, `on the test digits, ${short(sampled)} was the most that was seen.`),
  ]}`;
}
