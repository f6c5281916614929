/** Pruning by four methods, as the page shows it. */
import { logScale } from "../../report/chart.js";
import { html, type Markup } from "../../report/markup.js";
import { survivorMap } from "../../report/pictures.js";
import { accuracy, whole } from "../../report/words.js";
import type { Ask } from "../client.js";
import { Part, Slider } from "../part.js";
import { type Axis, half, legendOf, lines, type Series } from "../plot.js";
import {
  METHODS,
  type PrunedPoint,
  type PruneEvent,
  type PruneMethod,
  type PruneSettings,
} from "./contract.js";

const CALIBRATION = 1000;
const names = Object.keys(METHODS) as PruneMethod[];

/** Brings the section to life. */
export function prunePart(ask: Ask): void {
  new Prune(ask);
}

class Prune {
  readonly #part = new Part("prune");
  readonly #slider: Slider;
  #sparsities: number[] = [];
  #points: PrunedPoint[] = [];
  /** Of the first layer. */
  #neurons = 0;

  constructor(ask: Ask) {
    const part = this.#part;
    const text = (index: number) => percent(this.#sparsities[index] ?? 0);
    this.#slider = new Slider(part.one("[name=sparsity]"), text, () => this.#draw());
    part.onSubmit(() => {
      const settings = this.#read();
      void part.during("Pruning …", async () => {
        part.say("Getting ready …");
        this.#begin(settings);
        const { seconds } = await ask("prune", settings, (event) => this.#hear(event)).result;
        part.say(`${this.#points.length} prunings in ${seconds.toFixed(1)} s. Move the slider.`);
      });
    });
  }

  #read(): PruneSettings {
    const part = this.#part;
    return {
      hidden: part.numbers("hidden"),
      iterations: part.number("iterations"),
      seed: part.number("seed"),
      sparsities: sparsitiesOf(part.number("count")),
      calibration: CALIBRATION,
    };
  }

  #begin({ sparsities, hidden }: PruneSettings): void {
    this.#neurons = hidden[0];
    this.#sparsities = [...sparsities];
    this.#points = [];
    this.#part.output.hidden = true;
    this.#slider.most = sparsities.length - 1;
    this.#slider.value = Math.round(0.45 * (sparsities.length - 1));
  }

  #hear(event: PruneEvent): void {
    const part = this.#part;
    if (event.kind === "training") {
      part.done = event.done / event.of;
      part.say("Training the network …");
    } else if (event.kind === "working") {
      part.say(`${METHODS[event.method].label} to ${percent(event.sparsity)} zeros …`);
    } else if (event.kind === "trained") {
      part.say(`The dense network reads ${accuracy(event.accuracy)} of the test digits.`);
    } else {
      part.done = event.done / event.of;
      this.#points.push(event);
      part.output.hidden = false;
      this.#draw();
    }
  }

  #draw(): void {
    const part = this.#part;
    const at = this.#sparsities[this.#slider.value];
    part.put(".methods", html`${names.map((method) => this.#card(method, at))}`);
    const legend = legendOf(names.map((method) => METHODS[method]));
    const ticks = [30, 40, 50, 60, 70, 80, 90, 100];
    const x = { scale: { domain: [30, 100] }, ticks, text: (value: number) => `${Number(value.toFixed(1))}` };
    const plot = (series: Series[], label: string, y: Axis) =>
      html`${legend}${lines(series, { size: half, at: 100 * at, label, x, y })}<p class="axis x">zeros, %</p>`;
    const accuracies = this.#series((point) => 100 * point.accuracy);
    const linear = { scale: { domain: [0, 100] }, ticks: [0, 20, 40, 60, 80, 100], text: percentOf };
    part.put(".accuracy", plot(accuracies, "Test accuracy against sparsity, in percent", linear));
    const errors = this.#series((point) => Math.max(point.outputError, 1e-6));
    const { domain, ticks: powers } = logScale(
      errors.flatMap(({ points }) => points.map(([, error]) => error)),
      5,
    );
    const logarithmic = { scale: { type: "log" as const, domain }, ticks: powers, text: shortNumber };
    part.put(".error", plot(errors, "Output error against sparsity, logarithmic", logarithmic));
  }

  #series(value: (point: PrunedPoint) => number): Series[] {
    return names.map((method) => ({
      ...METHODS[method],
      points: this.#points
        .filter((point) => point.method === method)
        .map((point) => [100 * point.sparsity, value(point)] as const),
    }));
  }

  #card(method: PruneMethod, sparsity: number): Markup {
    const { label, colour } = METHODS[method];
    const point = this.#points.find((each) => each.method === method && each.sparsity === sparsity);
    const name = html`<p class="name" style="--mark:${colour}">${label}</p>`;
    if (!point) return html`<figure>${name}<p>not there yet</p></figure>`;
    return html`<figure>${name}<b>${accuracy(point.accuracy)}</b>
<p>output error ${point.outputError.toPrecision(2)}<br>${whole(point.kept)} weights kept</p>
${survivorMap(point.picture, this.#neurons)}</figure>`;
  }
}

const percentOf = (value: number): string => `${Number(value.toFixed(2))}%`;
const shortNumber = (value: number): string => String(Number(value.toPrecision(2)));
const percent = (share: number): string => `${(100 * share).toFixed(share > 0.97 ? 1 : 0)}%`;

/** From 30 % on, denser where it is interesting: equal steps of the logarithm of the density. */
function sparsitiesOf(count: number): number[] {
  const [first, last] = [0.7, 0.015];
  return Array.from({ length: count }, (_, i) => {
    const density = first * (last / first) ** (i / (count - 1));
    return Number((1 - density).toFixed(3));
  });
}
