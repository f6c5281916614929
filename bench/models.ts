/** Whole models on our runtime, and what all runtimes are held to. */
import { model } from "../src/graph/index.js";
import type { Core } from "../src/tensor/core.js";
import type { Expected, Prepared } from "./measure.js";
import type { Whole } from "./rivals/model-peers.js";
import type { Loaded } from "./rivals/models.js";

/** Of the largest of an output: what other runtimes' rounding may come to. */
const TOLERANCE = 1e-4;

/**
 * @param core  closed with it
 * @param isDense  whether layers multiply by all weights, zeros included, instead of choosing
 */
export function modelOurs(core: Core, { graph, feeds }: Loaded, isDense = false): Whole {
  const inputs = Object.fromEntries(feeds.map(({ name, shape, data }) => [name, { shape, data }]));
  const shapes = Object.fromEntries(feeds.map(({ name, shape }) => [name, shape]));
  let net = model(core, graph, { shapes });
  if (isDense) {
    net.run(inputs);
    const layers = net.layers.filter(({ density }) => density !== undefined);
    const kernels = Object.fromEntries(layers.map(({ name }) => [name, "dense"]));
    net = model(core, graph, { shapes, kernels });
  }
  const run = () => net.run(inputs);
  return {
    run,
    outputs: () => Object.values(run()).map(({ data }) => data),
    close: () => core.dispose(),
  };
}

/** As a case times it: all outputs one after the other. */
export const prepared = (whole: Whole): Prepared => ({
  run: () => whole.run(),
  output: async () => (await whole.outputs()).flatMap((values) => Array.from(values, Number)),
  close: () => whole.close(),
});

/** What a peer comes to; each output to within a part of its largest element. The peer is closed. */
export async function expectedOf(peer: Whole): Promise<Expected> {
  const outputs = (await peer.outputs()).map((values) => Array.from(values, Number));
  peer.close();
  const bounds = outputs.flatMap((values) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return values.map(() => TOLERANCE * largest);
  });
  return { values: outputs.flat(), bound: (i) => bounds[i] };
}
