/** Compares pruning methods on a trained network: traces first, so that a slider has nothing to wait for. */
import {
  exactObs,
  type LayerMethod,
  type LayerProblem,
  type LayerTraces,
  type Mask,
  type MatrixValues,
  prune,
  sparsegpt,
  type Target,
  targetFor,
} from "../../index.js";
import { type Bench, trainedBench, turn } from "../laboratory.js";
import type { Handler, Hooks } from "../messages.js";
import type { PruneEvent, PruneMethod, PruneSettings } from "./contract.js";
import { METHODS, STEPS, sparsityAt } from "./contract.js";
import * as trace from "./traces.js";

/** A layer with so many zeros; mask and loss where the traces do not tell them. */
type Solve = (
  layer: number,
  target: Target,
  signal: AbortSignal,
) => Promise<{ weights: MatrixValues; mask?: Mask; loss?: number }>;
type Emit = (event: PruneEvent) => void;

interface Watch {
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

const names = Object.keys(METHODS) as PruneMethod[];
/** One step in so many is measured for exact OBS too, which takes longest; the others when they are asked for. */
const COARSE = 7;

/** The newest comparison: it answers questions until the next one begins. */
let current: Comparison | undefined;

/** Trains, traces all methods, then measures the pruned networks. */
export const pruneAll: Handler<"prune"> = async (settings, hooks) => {
  const start = performance.now();
  current?.bench.core.dispose();
  current = undefined;
  const { signal, emit } = hooks;
  const onStep = (done: number, of: number) => emit({ kind: "training", done, of });
  const bench = await trainedBench(settings, { signal, onStep });
  try {
    emit({ kind: "trained", accuracy: bench.accuracy() });
    const comparison = new Comparison(bench);
    await comparison.trace(settings, hooks);
    current = comparison;
  } catch (error) {
    bench.core.dispose();
    throw error;
  }
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const isCoarse = (step: number) => step % COARSE === 0;
  const ordered = [...steps.filter(isCoarse), ...steps.filter((step) => !isCoarse(step))];
  for (const [done, step] of ordered.entries()) {
    emit({
      kind: "working",
      words: "Measuring the pruned networks; the slider works already",
      done,
      of: STEPS,
    });
    const methods = isCoarse(step) ? names : names.filter((name) => name !== "exact-obs");
    await current.measure(step, methods, hooks);
  }
  return { seconds: (performance.now() - start) / 1000 };
};

/** Measures the networks of a step that are asked for. */
export const measureStep: Handler<"measure"> = async ({ step, methods }, hooks) => {
  await current?.measure(step, methods, hooks);
};

class Comparison {
  readonly bench: Bench;
  readonly #problems: LayerProblem[] = [];
  readonly #solvers = {} as Record<PruneMethod, Solve>;
  /** Of the first layer: ½ Σ w (H + λI) wᵀ. */
  #energy = 1;
  #last: Promise<void> = Promise.resolve();

  /** @param bench  with the trained network */
  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** Finds in which order the methods take weights away, and what that does to the first layer. */
  async trace(settings: PruneSettings, { signal, emit }: Hooks<"prune">): Promise<void> {
    await this.#record(settings, signal);
    const plain = this.#problems.map(trace.plainProblem);
    for (const problem of plain) trace.dampen(problem);
    for (const [method, orderOf] of [
      ["magnitude", trace.magnitudeOrder],
      ["wanda", trace.wandaOrder],
    ] as const) {
      await turn(signal);
      const orders = plain.map(orderOf);
      const losses = trace.lossesOf(orders[0], plain[0]);
      this.#energy = losses[losses.length - 1];
      this.#solvers[method] = async (l, { zeros }) => ({
        weights: trace.without(plain[l].weights, orders[l], zeros),
      });
      this.#tell(method, orders[0], (zeros) => losses[zeros], emit);
    }
    const gpt = this.#problems.map((problem) => sparsegpt().prepare(problem));
    this.#solvers.sparsegpt = (l, target, stop) => gpt[l](target, { signal: stop });
    await this.#sweep(plain[0], signal, emit);
  }

  /** The problems of all layers, as the inputs from the dense network have them. */
  async #record({ calibration }: PruneSettings, signal: AbortSignal): Promise<void> {
    const { core, net, samples } = this.bench;
    const recorder: LayerMethod = {
      kind: "layer",
      name: "recorder",
      solve: async (problem) => {
        this.#problems.push(problem);
        const { weights } = problem;
        return { weights, mask: core.mask(weights.rows, weights.columns).fill(1) };
      },
    };
    const digits = samples.train.inputs.subarray(0, calibration * samples.features);
    await prune(net, { method: recorder, sparsity: 0, calibration: digits, workers: 0, signal });
    for (const layer of net.layers) layer.mask = undefined;
  }

  async #sweep(first: trace.PlainProblem, signal: AbortSignal, emit: Emit): Promise<void> {
    const obs = exactObs() as Required<LayerMethod>;
    const pattern = { kind: "unstructured" } as const;
    const traces: LayerTraces[] = [];
    for (const [l, problem] of this.#problems.entries()) {
      const words = `Exact OBS takes all weights of layer ${l + 1} away, one by one`;
      const onProgress = (at: { done: number; total: number }) =>
        emit({ kind: "working", words, done: at.done, of: at.total });
      traces.push(await obs.traces(problem, pattern, { workers: 0, signal, onProgress }));
    }
    this.#solvers["exact-obs"] = async (l, { zeros }, stop) => {
      const { weights } = await traces[l].at(zeros, { workers: 0, signal: stop });
      return { weights };
    };
    const order = trace.sweptOrder(traces[0].arrays ?? {}, first);
    this.#tell("exact-obs", order, (zeros) => traces[0].lossAt(zeros), emit);
  }

  #tell(method: PruneMethod, order: Uint32Array, lossAt: (zeros: number) => number, emit: Emit): void {
    for (let step = 0; step < STEPS; step++) {
      const { zeros } = this.#target(0, step);
      const keptPerInput = trace.keptAfter(order, zeros, this.#problems[0].weights.columns);
      emit({ kind: "layer", method, step, error: lossAt(zeros) / this.#energy, keptPerInput });
    }
  }

  #target(l: number, step: number): Target {
    const { rows, columns } = this.#problems[l].weights;
    return targetFor({ kind: "unstructured" }, rows, columns, sparsityAt(step));
  }

  /** Prunes the network by some methods, one after the other, whoever asks. */
  measure(step: number, methods: readonly PruneMethod[], watch: Watch): Promise<void> {
    const mine = this.#last.then(async () => {
      for (const method of methods) await this.#measure(step, method, watch);
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #measure(step: number, method: PruneMethod, { signal, emit }: Watch): Promise<void> {
    await turn(signal);
    const { core, net, accuracy } = this.bench;
    using _scope = core.scope();
    for (const [l, layer] of net.layers.entries()) {
      const { weights, mask, loss } = await this.#solvers[method](l, this.#target(l, step), signal);
      layer.weights.copyFrom(weights);
      layer.changed();
      if (l > 0 || !mask || loss === undefined) continue;
      const keptPerInput = trace.keptBy(mask.toArray(), layer.inputs);
      emit({ kind: "layer", method, step, error: loss / this.#energy, keptPerInput });
    }
    emit({ kind: "network", method, step, accuracy: accuracy() });
  }
}
