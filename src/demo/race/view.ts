/** The race, as the page shows it. */

import { logScale, responsive } from "../../report/chart.js";
import { html, type Markup } from "../../report/markup.js";
import { legendOf } from "../../report/series.js";
import type { Ask } from "../client.js";
import { Part } from "../part.js";
import { lines, type Series } from "../plot.js";
import { type RaceEvent, type RaceResult, type RaceSettings, RUNNERS, type Runner } from "./contract.js";

type Time = Extract<RaceEvent, { kind: "time" }>;
const SPARSITIES = [0, 0.5, 0.8, 0.9, 0.95, 0.98];
const names = Object.keys(RUNNERS) as Runner[];

/** Brings the section to life. */
export function racePart(ask: Ask): void {
  const part = new Part("race");
  let times: Time[] = [];
  let absent: Runner[] = [];
  const hear = (event: RaceEvent) => {
    if (event.kind === "absent") absent.push(event.runner);
    if (event.kind === "running") {
      part.done = event.done / event.of;
      part.say(`At ${100 * event.sparsity}% zeros …`);
    }
    if (event.kind !== "time") return;
    times.push(event);
    part.output.hidden = false;
    part.put(".times", chart(times));
    part.put(".numbers", table(times));
  };
  part.onSubmit({
    stop: "Stop",
    start() {
      [times, absent] = [[], []];
      part.output.hidden = true;
      part.put(".clock", html``);
      const settings: RaceSettings = {
        ...{ batch: part.number("batch"), inputs: 784, outputs: 300, sparsities: SPARSITIES },
        samples: part.number("samples"),
      };
      return ask("race", settings, hear);
    },
    finish(result) {
      part.say(verdict(times, absent, result.seconds));
      part.put(".clock", clock(result, part.number("samples")));
    },
    stopped: () => part.say(times.length > 0 ? "Stopped. What was timed stays." : "Stopped."),
  });
}

function verdict(times: readonly Time[], absent: readonly Runner[], seconds: number): string {
  const at = (runner: Runner, sparsity: number) =>
    times.find((time) => time.runner === runner && time.sparsity === sparsity)?.microseconds ?? NaN;
  const gain = (sparsity: number) => (at("tuned", sparsity) / at("simd", sparsity)).toFixed(1);
  const missing = absent.map((runner) => ` This browser does not run ${RUNNERS[runner].label}.`).join("");
  return `Done in ${seconds.toFixed(1)} s. Wasm simd is ${gain(0)} times as fast as tuned JavaScript on a dense layer,
${gain(0.9)} times at 90% zeros.${missing}`;
}

/** How far the times are to be trusted. */
const clock = ({ clockMs, sampleMs }: RaceResult, samples: number): Markup =>
  html`Each time is the median of ${samples} samples, each of them as many products as take ${sampleMs} ms or more: this
browser’s clock steps by ${Number(clockMs.toPrecision(2))} ms.`;

function chart(times: readonly Time[]): Markup {
  const present = names.filter((name) => times.some(({ runner }) => runner === name));
  const series: Series[] = present.map((name) => ({
    ...RUNNERS[name],
    points: times
      .filter(({ runner }) => runner === name)
      .map(({ sparsity, microseconds }) => [100 * (1 - sparsity), microseconds] as const),
  }));
  const { domain, ticks } = logScale(
    times.map(({ microseconds }) => microseconds),
    6,
  );
  const drawn = responsive((size) =>
    lines(series, {
      label: "Time of a product against the share of weights kept. The table below has the numbers.",
      size: { ...size, height: 300 },
      x: {
        scale: { type: "log", domain: [100, 2] },
        ticks: SPARSITIES.map((sparsity) => 100 * (1 - sparsity)),
        text: (percent) => percent.toFixed(0),
      },
      y: { scale: { type: "log", domain }, ticks, text: microsecondsText },
    }),
  );
  return html`${legendOf(series)}${drawn}<p class="axis x">weights kept, % (logarithmic)</p>`;
}

const microsecondsText = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(2))} ms` : `${Number(value.toPrecision(2))} µs`;

function table(times: readonly Time[]): Markup {
  const sparsities = [...new Set(times.map(({ sparsity }) => sparsity))];
  const rows = names
    .filter((name) => times.some(({ runner }) => runner === name))
    .map((name) => {
      const cells = sparsities.map((sparsity) => {
        const time = times.find((each) => each.runner === name && each.sparsity === sparsity);
        return html`<td>${time ? microsecondsText(time.microseconds) : "–"}<small>${time?.how}</small></td>`;
      });
      return html`<tr><th scope="row" class="text">${RUNNERS[name].label}</th>${cells}</tr>`;
    });
  const heads = sparsities.map((sparsity) => html`<th scope="col">${100 * sparsity}%</th>`);
  return html`<div class="scroll" tabindex="0"><table><caption>Median time of a product, by share of zeros, and how
it was computed</caption><thead><tr><th scope="col" class="text">Zeros</th>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
