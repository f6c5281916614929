/** Builds a strong ticket in the worker and shows how its weights come about. */
import {
  candidateProducts,
  dataset,
  evaluate,
  outputDistance,
  type StrongTicket,
  strongTicket,
} from "../../index.js";
import { type Bench, trainedBench } from "../laboratory.js";
import type { Handler } from "../messages.js";
import { certificateFile, DOMAIN, verify } from "./certificate.js";

/** What was built last: it answers questions until the next one is there. */
let built: { bench: Bench; ticket: StrongTicket; options: { epsilon: number; seed: number } } | undefined;

/** Trains a small target and prunes a random network until it computes the same. */
export const buildStrong: Handler<"strong"> = async (settings, { signal, emit }) => {
  const onStep = (done: number, of: number) => emit({ kind: "training", done, of });
  const bench = await trainedBench(settings, { signal, onStep });
  try {
    const start = performance.now();
    const options = { epsilon: settings.epsilon, seed: settings.ticketSeed };
    const ticket = await strongTicket(bench.net, {
      ...options,
      ...{ domain: DOMAIN, workers: 0, signal },
      onProgress: ({ total, ...progress }) => emit({ kind: "layer", ...progress, of: total }),
    });
    const seconds = (performance.now() - start) / 1000;
    const residuals = ticket.blocks.flatMap(({ residuals: { weights } }) => [...weights]);
    const result = {
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
      verified: verify(bench.net, ticket),
      certificate: certificateFile(bench.net, ticket, settings),
    };
    built?.bench.core.dispose();
    built = { bench, ticket, options };
    return result;
  } catch (error) {
    bench.core.dispose();
    throw error;
  }
};

function compare({ samples, core, net, accuracy }: Bench, { network }: StrongTicket) {
  using _scope = core.scope();
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

/** The random products of a weight's pool, and which of them were kept. */
export const weightSum: Handler<"weight"> = async ({ layer, row, column }) => {
  if (!built) throw new Error("no strong ticket has been built yet");
  const { bench, ticket, options } = built;
  const { inner, outer, residuals } = ticket.blocks[layer];
  const left: number[] = [];
  for (let at = outer.rowStarts[row]; at < outer.rowStarts[row + 1]; at++) {
    const neuron = outer.columnIndices[at];
    const from = inner.rowStarts[neuron];
    if (from === inner.rowStarts[neuron + 1] || inner.columnIndices[from] !== column) continue;
    left.push(outer.values[at] * inner.values[from]);
  }
  const pool = candidateProducts(bench.net, { ...options, domain: DOMAIN, layer, row, column });
  const others = left.filter((product) => !pool.includes(product));
  const products = Float64Array.from([...pool, ...others]);
  const at = row * inner.columns + column;
  return {
    ...{ products, pool: pool.length },
    target: bench.net.layers[layer].weights.view()[at],
    kept: Uint8Array.from(products, (product) => (left.includes(product) ? 1 : 0)),
    residual: residuals.weights[at],
  };
};
