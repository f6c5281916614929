/** Finding a ticket, as the page shows it. */
import { responsive } from "../../report/chart.js";
import { accuracyChart } from "../../report/density-charts.js";
import { html } from "../../report/markup.js";
import { features, survivors } from "../../report/pictures.js";
import type { Picture, Round } from "../../report/result.js";
import { kindsOf, legend } from "../../report/series.js";
import { roundsTable } from "../../report/tables.js";
import { accuracy, density, whole } from "../../report/words.js";
import type { Ask, Call } from "../client.js";
import { eachFrame, Part, Slider, type Work } from "../part.js";
import type { FindEvent, FindOptions, FindResult, JobName } from "./contract.js";
import { LossCurves } from "./loss-curves.js";
import { drawingPad } from "./pad.js";

type JobEvent = Extract<FindEvent, { kind: "job" }>;

/** Settings by name; the first are those of the page as it comes. */
const PRESETS = {
  usual: { hidden: "300,100", rounds: "10", iterations: "500", rate: "30" },
  short: { hidden: "100,50", rounds: "5", iterations: "150", rate: "45" },
};

const roleNames: Record<JobName["role"], string> = {
  ticket: "the ticket",
  reinitialised: "the same mask on new weights",
  shuffled: "a shuffled mask",
};

/** Brings the section to life. */
export function findPart(ask: Ask): void {
  new Find(ask);
}

class Find {
  readonly #ask: Ask;
  readonly #part = new Part("find");
  readonly #restart: HTMLButtonElement;
  readonly #slider: Slider;
  readonly #losses = new LossCurves();
  readonly #drawLosses: () => void;
  readonly #pad: { changed(): void };
  readonly #work: Work<FindResult>;
  #isPaused = false;
  /** Of what is shown. */
  #options: FindOptions | undefined;
  #rounds: Round[] = [];
  #pictures: Picture[] = [];
  /** The round whose ticket reads digits. */
  #reader = 0;
  #link = "";

  constructor(ask: Ask) {
    const part = this.#part;
    this.#ask = ask;
    this.#restart = part.one("[name=restart]");
    this.#slider = new Slider(
      part.one("[name=shown]"),
      (round) => this.#roundText(round),
      () => this.#showRound(),
    );
    this.#work = {
      stop: "Pause",
      start: () => this.#start(),
      finish: (result) => this.#finish(result),
      stopped: () => this.#paused(),
    };
    this.#drawLosses = eachFrame(() => {
      part.put(".names", this.#losses.legend());
      part.put(".loss", this.#losses.draw());
    });
    this.#pad = drawingPad(part, ask, () => (this.#rounds.length > 0 ? this.#reader : undefined));
    part.onSubmit(this.#work);
    const preset = part.one<HTMLSelectElement>("[name=preset]");
    preset.addEventListener("change", () => {
      for (const [name, value] of Object.entries(PRESETS[preset.value as keyof typeof PRESETS])) {
        part.one<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`).value = value;
      }
    });
    part.form.addEventListener("input", () => this.#label());
    this.#restart.addEventListener("click", () => {
      this.#clear();
      void part.run(this.#work);
    });
  }

  /** Anew, or on from a pause when the options are still the same. */
  #start(): Call<"find"> {
    const options = this.#read();
    if (!this.#isOf(options)) this.#clear();
    this.#options = options;
    this.#isPaused = false;
    this.#label();
    return this.#ask("find", options, (event) => this.#hear(event));
  }

  #isOf(options: FindOptions): boolean {
    return JSON.stringify(options) === JSON.stringify(this.#options);
  }

  #read(): FindOptions {
    const part = this.#part;
    return {
      hidden: part.numbers("hidden"),
      rounds: part.number("rounds"),
      iterations: part.number("iterations"),
      rate: part.number("rate") / 100,
      seed: part.number("seed"),
      controls: part.isChecked("controls"),
    };
  }

  #label(): void {
    const resumes = this.#isPaused && this.#isOf(this.#read());
    this.#part.main.textContent = resumes ? "Resume" : "Find a ticket";
    this.#restart.hidden = !resumes;
  }

  #clear(): void {
    this.#options = undefined;
    this.#rounds = [];
    this.#pictures = [];
    this.#reader = 0;
    this.#losses.clear();
    this.#part.output.hidden = true;
    this.#part.put(".found", html``);
    this.#isPaused = false;
  }

  #hear(event: FindEvent): void {
    const part = this.#part;
    const { job } = event;
    if (event.kind === "job") {
      this.#take(event);
      return;
    }
    part.output.hidden = false;
    part.done = event.done / event.of;
    part.say(`Round ${job.round} of ${this.#options?.rounds}: training ${roleNames[job.role]} …`);
    this.#losses.look(job, event.look);
    this.#drawLosses();
  }

  #take({ job, density, layers, evaluation, picture }: JobEvent): void {
    this.#losses.finish(job, evaluation.history);
    const { accuracy, earlyStopIteration } = evaluation;
    const control = { accuracy, earlyStopIteration, trials: [evaluation] };
    if (job.role === "ticket") {
      const none = { reinitialised: null, shuffled: null };
      this.#rounds[job.round] = { round: job.round, density, layers, ...control, control: none };
    } else {
      const round = this.#rounds[job.round];
      this.#rounds[job.round] = { ...round, control: { ...round.control, [job.role]: control } };
    }
    if (picture) this.#show(job.round, picture);
    this.#drawRounds();
  }

  #show(round: number, picture: Picture): void {
    this.#pictures[round] = picture;
    this.#slider.most = round;
    this.#slider.value = round;
    this.#part.put(".survivors", survivors({ sizes: [784, ...this.#sizes()] }, this.#pictures));
    this.#showRound();
    this.#reader = round;
    this.#pad.changed();
  }

  #showRound(): void {
    const picture = this.#pictures[this.#slider.value];
    if (picture) this.#part.put(".neurons", features([picture]));
  }

  #roundText(round: number): string {
    const picture = this.#pictures[round];
    return picture ? `${round}: ${density(picture.density)}` : String(round);
  }

  #sizes(): readonly number[] {
    return [...(this.#options?.hidden ?? []), 10];
  }

  #drawRounds(): void {
    const part = this.#part;
    const rounds = this.#rounds;
    const result = { rounds };
    const chart = responsive((size) => accuracyChart(result, size));
    part.put(
      ".accuracy",
      html`${legend(["dense", ...kindsOf(result)])}${chart}<p class="axis x">weights kept, % (logarithmic)</p>`,
    );
    part.put(".numbers", roundsTable(result));
  }

  #paused(): void {
    this.#isPaused = true;
    this.#label();
    const at = this.#rounds.length;
    this.#part.say(
      `Paused. ${at} ${at === 1 ? "round is" : "rounds are"} done and will not be trained again.`,
    );
  }

  #finish({ round, density: kept, sha256, file }: FindResult): void {
    const part = this.#part;
    const found = this.#rounds[round];
    this.#reader = round;
    this.#slider.value = round;
    this.#showRound();
    this.#pad.changed();
    this.#losses.end();
    this.#drawLosses();
    const [dense] = this.#rounds;
    const weights = found.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const comparison = `${accuracy(found.accuracy)} of the test digits, the dense network ${accuracy(dense.accuracy)}`;
    part.say(`Found: ${whole(weights)} weights, ${density(kept)} of all, read ${comparison}.`);
    if (this.#link) URL.revokeObjectURL(this.#link);
    this.#link = URL.createObjectURL(new Blob([new Uint8Array(file)]));
    const hash = sha256
      ? html` SHA-256 <code class="sha">${sha256}</code>: the same on every machine.`
      : html` Its SHA-256 needs an address with https.`;
    part.put(
      ".found",
      html`<a href="${this.#link}" download="ticket.safetensors">ticket.safetensors</a>.${hash}`,
    );
  }
}
