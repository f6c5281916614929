/** Builds a strong ticket in the worker and shows how its weights come about. */
import { dataset, evaluate, outputDistance, type StrongTicket, strongTicket } from "../../index.js";
import { type Bench, trainedBench } from "../laboratory.js";
import type { Handler } from "../messages.js";

/** What was built last: the ticket's layers are plain arrays and outlive their core. */
let built:
  | { blocks: StrongTicket["blocks"]; weights: readonly Float32Array[]; columns: readonly number[] }
  | undefined;

/** Trains a small target and prunes a random network until it computes the same. */
export const buildStrong: Handler<"strong"> = async (settings, { signal, emit }) => {
  const onStep = (done: number, of: number) => emit({ kind: "training", done, of });
  const bench = await trainedBench(settings, { signal, onStep });
  using _core = bench.core;
  const start = performance.now();
  const ticket = await strongTicket(bench.net, {
    ...{ epsilon: settings.epsilon, seed: settings.ticketSeed, workers: 0, signal },
    onProgress: ({ total, ...progress }) => emit({ kind: "layer", ...progress, of: total }),
  });
  const seconds = (performance.now() - start) / 1000;
  built = {
    blocks: ticket.blocks,
    weights: bench.net.layers.map(({ weights }) => weights.toArray()),
    columns: bench.net.layers.map(({ inputs }) => inputs),
  };
  const residuals = ticket.blocks.flatMap(({ residuals: { weights } }) => [...weights]);
  return {
    sizes: bench.net.sizes,
    ticketSizes: ticket.network.sizes,
    ...{ targets: ticket.targets, neurons: ticket.neurons, kept: ticket.kept },
    ...{ epsilon: settings.epsilon, failures: ticket.failures, maxWeightError: ticket.maxWeightError },
    residuals: Float32Array.from(
      residuals.filter((residual) => residual > 0),
      Math.log10,
    ),
    certified: ticket.certificate.maximum,
    ...compare(bench, ticket),
    seconds,
  };
};

function compare({ samples, core, net, accuracy }: Bench, { network }: StrongTicket) {
  const { features, classes, test } = samples;
  const inputs = Float32Array.from(test.inputs, (value) => value / 255);
  const { maximum, agreement } = outputDistance(net, network, inputs);
  const tests = dataset(core, test.inputs, test.labels, { features, classes });
  return {
    sampled: maximum,
    agreement,
    accuracy: { target: accuracy(), ticket: evaluate(network, tests).accuracy },
  };
}

/** The random products that were kept for a weight of the target. */
export const weightSum: Handler<"weight"> = async ({ layer, row, column }) => {
  if (!built) throw new Error("no strong ticket has been built yet");
  const { inner, outer } = built.blocks[layer];
  const terms: number[] = [];
  for (let at = outer.rowStarts[row]; at < outer.rowStarts[row + 1]; at++) {
    const neuron = outer.columnIndices[at];
    const from = inner.rowStarts[neuron];
    if (from === inner.rowStarts[neuron + 1] || inner.columnIndices[from] !== column) continue;
    terms.push(outer.values[at] * inner.values[from]);
  }
  return {
    target: built.weights[layer][row * built.columns[layer] + column],
    terms: Float64Array.from(terms),
  };
};
