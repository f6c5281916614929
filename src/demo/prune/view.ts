/** Pruning by four methods, as the page shows it. */
import { logScale } from "../../report/chart.js";
import { html, type Markup } from "../../report/markup.js";
import { survivorMap } from "../../report/pictures.js";
import { legendOf } from "../../report/series.js";
import { accuracy, density, whole } from "../../report/words.js";
import { type Ask, type Call, Stopped } from "../client.js";
import { eachFrame, Part, Slider } from "../part.js";
import { type Axis, half, lines, linesAt } from "../plot.js";
import {
  type LayerPoint,
  METHODS,
  type NetworkPoint,
  type PruneEvent,
  type PruneMethod,
  type PruneSettings,
  STEPS,
  sparsityAt,
} from "./contract.js";

const CALIBRATION = 1000;
const INPUTS = 784;
const OUTPUTS = 10;
const FIRST_STEP = 60;
/** How long the slider rests before what is missing there is measured, in ms. */
const REST_MS = 150;
/** How long new points wait for each other before all lines are drawn anew, in ms. */
const LINES_MS = 150;
/** Errors below it are not drawn. */
const LEAST_ERROR = 1e-4;
const names = Object.keys(METHODS) as PruneMethod[];

/** Brings the section to life. */
export function prunePart(ask: Ask): void {
  new Prune(ask);
}

/** What is known of a method, by step of the slider. */
interface Known {
  readonly layers: LayerPoint[];
  readonly networks: NetworkPoint[];
}

const nothing = (): Record<PruneMethod, Known> => {
  const known = () => ({ layers: [], networks: [] });
  return { "exact-obs": known(), sparsegpt: known(), wanda: known(), magnitude: known() };
};

class Prune {
  readonly #ask: Ask;
  readonly #part = new Part("prune");
  readonly #slider: Slider;
  readonly #draw: () => void;
  readonly #drawLines: () => void;
  #known: Record<PruneMethod, Known> = nothing();
  /** Neurons per layer. */
  #sizes: number[] = [];
  #resting: ReturnType<typeof setTimeout> | undefined;
  #measuring: Call<"measure"> | undefined;

  constructor(ask: Ask) {
    const part = this.#part;
    this.#ask = ask;
    this.#draw = eachFrame(() => this.#drawStep());
    this.#drawLines = eachFrame(() => {
      for (const { selector, series, options } of this.#plots("")) {
        part.put(`${selector} .lines`, lines(series, options, false));
      }
    }, LINES_MS);
    for (const selector of [".error", ".accuracy"]) part.put(selector, plotFrame());
    this.#slider = new Slider(
      part.one("[name=sparsity]"),
      (step) => `${(100 * sparsityAt(step)).toFixed(1)}%`,
      () => this.#moved(),
    );
    this.#slider.most = STEPS - 1;
    part.onSubmit({
      stop: "Stop",
      start: () => this.#start(),
      finish: ({ seconds }) => {
        part.say(`All four methods at ${STEPS} sparsities, in ${seconds.toFixed(1)} s. Move the slider.`);
        this.#moved();
      },
      stopped: () =>
        part.say(part.output.hidden ? "Stopped." : "Stopped. The slider shows what is worked out."),
    });
  }

  #start(): Call<"prune"> {
    const part = this.#part;
    const settings: PruneSettings = {
      hidden: part.numbers("hidden"),
      iterations: part.number("iterations"),
      seed: part.number("seed"),
      calibration: CALIBRATION,
    };
    this.#forget();
    const known = nothing();
    this.#known = known;
    this.#sizes = [INPUTS, ...settings.hidden, OUTPUTS];
    this.#slider.value = FIRST_STEP;
    part.output.hidden = true;
    return this.#ask("prune", settings, (event) => this.#hear(event, known));
  }

  /** Nobody waits any more for what was to be measured. */
  #forget(): void {
    clearTimeout(this.#resting);
    this.#measuring?.stop();
  }

  #hear(event: PruneEvent, known: Record<PruneMethod, Known>): void {
    const part = this.#part;
    if (event.kind === "training") {
      part.done = event.done / event.of;
      part.say("Training the network …");
    } else if (event.kind === "trained") {
      part.say(`The dense network reads ${accuracy(event.accuracy)} of the test digits. Tracing …`);
    } else if (event.kind === "working") {
      part.done = event.done / event.of;
      part.say(`${event.words} …`);
    } else {
      const { layers, networks } = known[event.method];
      if (event.kind === "layer") layers[event.step] = event;
      else networks[event.step] = event;
      part.output.hidden = false;
      this.#drawLines();
      this.#draw();
    }
  }

  /** Draws what is known at once, and has measured what is not as soon as the slider rests. */
  #moved(): void {
    this.#draw();
    this.#forget();
    this.#resting = setTimeout(() => void this.#measure(), REST_MS);
  }

  async #measure(): Promise<void> {
    const step = this.#slider.value;
    // What has no traces yet cannot be pruned.
    const known = this.#known;
    const hasTraces = known["exact-obs"].layers.length > 0;
    const methods = hasTraces ? names.filter((name) => !known[name].networks[step]) : [];
    if (methods.length === 0) return;
    this.#measuring = this.#ask("measure", { step, methods }, (event) => this.#hear(event, known));
    try {
      await this.#measuring.result;
    } catch (error) {
      if (!(error instanceof Stopped)) this.#part.fail(error);
    }
  }

  /** All that the slider moves. */
  #drawStep(): void {
    const part = this.#part;
    const step = this.#slider.value;
    const weights = this.#sizes.slice(1).map((size, l) => size * this.#sizes[l]);
    const left = weights.reduce((sum, size) => sum + size - Math.round(sparsityAt(step) * size), 0);
    const all = weights.reduce((sum, size) => sum + size, 0);
    part.put(".kept", html`<b>${whole(left)}</b> of ${whole(all)} weights kept, ${density(left / all)}.`);
    part.put(".methods", html`${names.map((method) => this.#card(method, step))}`);
    const at = 100 * (1 - sparsityAt(step));
    for (const { selector, series, options } of this.#plots(`, at ${at.toPrecision(3)}%`)) {
      part.put(`${selector} .at`, linesAt(series, at, options));
    }
  }

  #plots(where: string) {
    const x = { scale: { type: "log" as const, domain: [100, 1] }, ticks: X_TICKS, text: shortNumber };
    const plot = (selector: string, name: string, y: Axis, value: (known: Known) => Value[]) => {
      const series = names.map((method) => ({
        ...METHODS[method],
        points: pointsOf(value(this.#known[method])),
      }));
      const label = `${name} against the weights kept${where}; the numbers are beside the pictures`;
      return { selector, series, options: { size: half, label, x, y } };
    };
    const { domain, ticks } = logScale([LEAST_ERROR, 1], 5);
    return [
      plot(
        ".error",
        "Error of the first layer",
        { scale: { type: "log", domain, clamp: true }, ticks, text: shortNumber },
        ({ layers }) => layers.map(({ step, error }) => [step, error]),
      ),
      plot(
        ".accuracy",
        "Test accuracy",
        {
          scale: { domain: [0, 100] },
          ticks: [0, 20, 40, 60, 80, 100],
          text: (value) => `${shortNumber(value)}%`,
        },
        ({ networks }) => networks.map(({ step, accuracy: share }) => [step, 100 * share]),
      ),
    ];
  }

  #card(method: PruneMethod, step: number): Markup {
    const { label, colour } = METHODS[method];
    const { layers, networks } = this.#known[method];
    const [layer, network] = [layers[step], networks[step]];
    const name = html`<p class="name" style="--mark:${colour}">${label}</p>`;
    const reads = network ? html`<b>${accuracy(network.accuracy)}</b> right` : "not measured yet";
    if (!layer) return html`<figure>${name}<p>${reads}<br>not pruned yet</p></figure>`;
    const picture = {
      density: 1 - sparsityAt(step),
      keptPerInput: Array.from(layer.keptPerInput),
      features: [],
    };
    return html`<figure>${name}<p>${reads}<br>error ${layer.error.toPrecision(2)}</p>
${survivorMap(picture, this.#sizes[1])}</figure>`;
  }
}

const X_TICKS = [100, 50, 20, 10, 5, 2, 1];

/** At a step of the slider. */
type Value = readonly [step: number, value: number];

const pointsOf = (values: Value[]) =>
  values.flatMap(([step, value]) =>
    value >= LEAST_ERROR ? [[100 * (1 - sparsityAt(step)), value] as const] : [],
  );

const plotFrame = (): Markup => html`${legendOf(names.map((method) => METHODS[method]))}
<div class="layers"><div class="lines"></div><div class="at"></div></div>
<p class="axis x">weights kept, % (logarithmic)</p>`;

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));
