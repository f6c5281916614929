/** Prunes the trained network by every method to every sparsity, so that a slider has nothing to wait for. */
import { type Pruned, prune } from "../../index.js";
import { type Bench, pictureOf, trainedBench } from "../laboratory.js";
import type { Handler } from "../messages.js";
import { METHODS, type PruneMethod, type PruneSettings } from "./contract.js";

/** Exact OBS sees layer inputs that a network pruned so far makes; its traces give all sparsities from there. */
const TRACED_AT = 0.8;

/** Sparsity after sparsity, all methods at each; exact OBS sweeps once and takes all from its traces. */
export const pruneAll: Handler<"prune"> = async (settings, { signal, emit }) => {
  const start = performance.now();
  const onStep = (done: number, of: number) => emit({ kind: "training", done, of });
  const bench = await trainedBench(settings, { signal, onStep });
  using _core = bench.core;
  emit({ kind: "trained", accuracy: bench.accuracy() });
  const names = Object.keys(METHODS) as PruneMethod[];
  const of = names.length * settings.sparsities.length;
  let done = 0;
  for (const method of names) {
    using _scope = bench.core.scope();
    let traced: Pruned | undefined;
    for (const sparsity of settings.sparsities) {
      signal.throwIfAborted();
      emit({ kind: "working", method, sparsity });
      using _each = method === "exact-obs" ? undefined : bench.core.scope();
      traced = await pruneOnce(bench, settings, method, sparsity, signal, traced);
      done++;
      emit({ kind: "point", method, sparsity, ...measure(bench, traced), done, of });
    }
    restore(bench);
  }
  return { seconds: (performance.now() - start) / 1000 };
};

async function pruneOnce(
  bench: Bench,
  settings: PruneSettings,
  method: PruneMethod,
  sparsity: number,
  signal: AbortSignal,
  traced: Pruned | undefined,
): Promise<Pruned> {
  const { features, train } = bench.samples;
  const calibration = train.inputs.subarray(0, settings.calibration * features);
  const options = { method, calibration, signal, workers: 0 };
  if (method === "exact-obs") {
    return (traced ?? (await prune(bench.net, { ...options, sparsity: TRACED_AT }))).at(sparsity);
  }
  restore(bench);
  return prune(bench.net, { ...options, sparsity });
}

function restore({ net, parameters }: Bench): void {
  for (const layer of net.layers) layer.mask = undefined;
  net.load(parameters);
}

function measure({ net, accuracy }: Bench, pruned: Pruned) {
  const kept = pruned.layers.reduce((sum, layer) => sum + layer.kept, 0);
  const [first] = net.layers;
  return {
    accuracy: accuracy(),
    outputError: pruned.outputError ?? 0,
    kept,
    picture: pictureOf(
      first.weights.toArray(),
      pruned.layers[0].mask.toArray(),
      first.inputs,
      1 - pruned.sparsity,
    ),
  };
}
