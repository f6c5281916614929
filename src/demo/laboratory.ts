/** What the parts of the page share in the worker: the digits, and networks trained on them. */
import {
  adam,
  type Core,
  dataset,
  evaluate,
  type Network,
  network,
  open,
  type Samples,
  train,
} from "../index.js";
import { fetchDigits } from "./digits.js";

let fetched: Promise<Samples<Uint8Array>> | undefined;

/** The digits, fetched once. */
export function digits(): Promise<Samples<Uint8Array>> {
  fetched ??= fetchDigits(new URL("digits.gz", globalThis.location.href)).catch((error) => {
    fetched = undefined;
    throw error;
  });
  return fetched;
}

/** Which network is trained, and how. */
export interface Recipe {
  /** Neurons of the hidden layers. */
  readonly hidden: readonly number[];
  readonly iterations: number;
  readonly seed: number;
}

/** Whom training tells, who may stop it. */
export interface Watch {
  readonly signal?: AbortSignal;
  onStep?(step: number, steps: number): void;
}

/** One turn of the event loop in long work: messages come in, and a signal can end it. */
export async function turn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}

const trained = new Map<string, readonly Float32Array[]>();
const keyOf = ({ hidden, iterations, seed }: Recipe) => `${hidden.join("-")}/${iterations}/${seed}`;

/** Remembers what a network was trained to, so that no part trains it again. */
export function remember(recipe: Recipe, parameters: readonly Float32Array[]): void {
  trained.set(keyOf(recipe), parameters);
}

/** A core with a trained network and the digits in it; the caller disposes the core. */
export interface Bench {
  readonly core: Core;
  readonly net: Network;
  readonly samples: Samples<Uint8Array>;
  /** Parameters of the trained network. */
  readonly parameters: readonly Float32Array[];
  /** Share of the test digits that the network reads rightly as it is now. */
  accuracy(): number;
}

/**
 * Trains a network, or remembers one.
 *
 * @param recipe  which
 * @param watch  progress and cancelling
 */
export async function trainedBench(recipe: Recipe, watch: Watch = {}): Promise<Bench> {
  const samples = await digits();
  const { features, classes, test } = samples;
  const core = await open();
  try {
    const net = network(core, [features, ...recipe.hidden, classes], { seed: recipe.seed });
    const known = trained.get(keyOf(recipe));
    if (known) net.load(known);
    else await trainNet(net, samples, recipe, watch);
    const parameters = known ?? net.parameters();
    remember(recipe, parameters);
    const tests = dataset(core, test.inputs, test.labels, { features, classes });
    return { core, net, samples, parameters, accuracy: () => evaluate(net, tests).accuracy };
  } catch (error) {
    core.dispose();
    throw error;
  }
}

async function trainNet(net: Network, samples: Samples, recipe: Recipe, watch: Watch): Promise<void> {
  const { features, classes } = samples;
  const { inputs, labels } = samples.train;
  const { iterations, seed } = recipe;
  await train(net, dataset(net.core, inputs, labels, { features, classes }), {
    ...{ iterations, seed, signal: watch.signal },
    optimizer: adam({ learningRate: LEARNING_RATE }),
    onProgress: ({ iteration }) => watch.onStep?.(iteration, iterations),
  });
}

/** Of Adam, as in the lottery-ticket paper. */
export const LEARNING_RATE = 1.2e-3;
