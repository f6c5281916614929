/** Runs the race in the worker: every runner computes the same product, is checked, and is timed in turn. */
import { type Core, linear, openSync } from "../../index.js";
import { turn } from "../laboratory.js";
import type { Handler } from "../messages.js";
import type { RaceSettings, Runner } from "./contract.js";
import { type Prepared, type Product, plainProduct, sparseProduct } from "./javascript.js";
import { tiledProduct } from "./tiled.js";

/** Of |error| / Σ|terms|, beyond any rounding of f32 sums of this length. */
const TOLERANCE = 1e-4;

/** A sample takes so many steps of the clock, within bounds in ms: its error is a hundredth where the clock allows. */
const STEPS_A_SAMPLE = 100;
const LEAST_SAMPLE_MS = 20;
const MOST_SAMPLE_MS = 200;

/** Someone at the start. */
interface Entrant extends Prepared {
  readonly runner: Runner;
  readonly how: string;
}

/** Sparsity after sparsity. */
export const race: Handler<"race"> = async (settings, { signal, emit }) => {
  const start = performance.now();
  const clockMs = clockStep();
  const sampleMs = Math.min(Math.max(STEPS_A_SAMPLE * clockMs, LEAST_SAMPLE_MS), MOST_SAMPLE_MS);
  const cores = new Map<Runner, Core>();
  try {
    for (const variant of ["simd", "relaxed"] as const) {
      try {
        cores.set(variant, openSync({ variant }));
      } catch {
        emit({ kind: "absent", runner: variant });
      }
    }
    for (const [done, sparsity] of settings.sparsities.entries()) {
      emit({ kind: "running", sparsity, done, of: settings.sparsities.length });
      const entrants = await entrantsFor(productOf(settings, sparsity), cores, signal);
      const times = await timesOf(entrants, settings.samples, sampleMs, signal);
      for (const runner of new Set(entrants.map((each) => each.runner))) {
        const own = times.filter((time) => time.runner === runner);
        const best = own.reduce((least, time) => (time.microseconds < least.microseconds ? time : least));
        emit({ kind: "time", sparsity, ...best });
      }
    }
  } finally {
    for (const core of cores.values()) core.dispose();
  }
  return { seconds: (performance.now() - start) / 1000, clockMs, sampleMs };
};

/** The least that the clock is seen to go on by, in ms. */
function clockStep(): number {
  let least = Infinity;
  for (let change = 0, last = performance.now(); change < 10; ) {
    const now = performance.now();
    if (now === last) continue;
    least = Math.min(least, now - last);
    last = now;
    change++;
  }
  return least;
}

function productOf({ batch, inputs, outputs }: RaceSettings, sparsity: number): Product {
  const uniform = () => 2 * Math.random() - 1;
  const w = Float32Array.from({ length: inputs * outputs }, () => (Math.random() < sparsity ? 0 : uniform()));
  return { batch, inputs, outputs, x: Float32Array.from({ length: batch * inputs }, uniform), w };
}

/** All who can run, with the right result; tuned JavaScript in two ways, of which the faster counts. */
async function entrantsFor(
  product: Product,
  cores: ReadonlyMap<Runner, Core>,
  signal: AbortSignal,
): Promise<Entrant[]> {
  const { batch, inputs, outputs, x, w } = product;
  const plain = plainProduct(product);
  const entrants: Entrant[] = [
    { runner: "plain", how: "three loops", ...plain },
    { runner: "tuned", how: "tiles of 3 × 4", ...tiledProduct(product) },
    { runner: "tuned", how: "compressed rows", ...sparseProduct(product) },
  ];
  for (const [runner, core] of cores) {
    const mask = core.mask(
      outputs,
      inputs,
      Uint8Array.from(w, (weight) => (weight === 0 ? 0 : 1)),
    );
    const layer = linear(core, w, { inputs, outputs, mask });
    const output = new Float32Array(batch * outputs);
    entrants.push({ runner, how: layer.kernelFor(batch), output, run: () => layer.forward(x, output) });
  }
  for (const { run } of entrants) {
    await turn(signal);
    run();
  }
  const bound = TOLERANCE * inputs;
  for (const { runner, output } of entrants) {
    const wrong = output.findIndex((value, i) => !(Math.abs(value - plain.output[i]) <= bound));
    if (wrong >= 0) throw new Error(`${runner} gave ${output[wrong]} where ${plain.output[wrong]} is right`);
  }
  return entrants;
}

async function timesOf(entrants: readonly Entrant[], samples: number, sampleMs: number, signal: AbortSignal) {
  const repeats: number[] = [];
  for (const { run } of entrants) {
    await turn(signal);
    repeats.push(repeatsFor(run, sampleMs));
  }
  const times: number[][] = entrants.map(() => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [e, { run }] of entrants.entries()) {
      times[e].push(timeOf(run, repeats[e]));
      await turn(signal);
    }
  }
  return entrants.map(({ runner, how }, e) => ({ runner, how, microseconds: median(times[e]) }));
}

/** How often to run for a sample of that length; warms up on the way. */
function repeatsFor(run: () => void, sampleMs: number): number {
  let repeats = 1;
  for (;;) {
    const ms = (timeOf(run, repeats) * repeats) / 1000;
    if (ms >= sampleMs) return repeats;
    repeats = Math.ceil(repeats * Math.min(10, ms > 0 ? (1.2 * sampleMs) / ms : 10)) + 1;
  }
}

/** Microseconds a run. */
function timeOf(run: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (1000 * (performance.now() - start)) / repeats;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
