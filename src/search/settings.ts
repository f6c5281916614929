/** The options of a search, checked and completed. */
import {
  checkArray,
  checkF32,
  checkFinite,
  checkInteger,
  checkLength,
  checkNumber,
  checkObject,
  checkOneOf,
  checkOptions,
  checkTypedArray,
} from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../errors.js";
import { MOST_CLASSES } from "../net/dataset.js";
import { checkPerceptron, isPerceptron, type NetworkDescription, sizesOf } from "../net/description.js";
import { INITS, type Init } from "../net/init.js";
import { MOST_RATE } from "../net/optimizer.js";
import { NETWORKS, type NetworkName } from "../net/presets.js";
import { checkQueue } from "../runtime/elsewhere.js";
import type { VariantChoice } from "../runtime/variant.js";
import type {
  ControlRole,
  Protocol,
  ProtocolOptions,
  Samples,
  SearchMethod,
  SearchOptions,
} from "./contract.js";
import { type LayerShape, layersOf } from "./masks.js";
import { isFoundOnTheWay } from "./plan.js";

/** What defines the result of a search. */
export interface Settings {
  readonly method: SearchMethod;
  readonly rounds: number;
  readonly trials: number;
  readonly seed: number;
  readonly protocol: Protocol;
  /** Rising, without repeats. */
  readonly controlRounds: readonly number[];
  /** In the order of CONTROL_ROLES, without repeats. */
  readonly controlRoles: readonly ControlRole[];
  readonly variant: VariantChoice;
}

const OPTIONS = [
  ...([
    "method",
    "rounds",
    "trials",
    "seed",
    "protocol",
    "controlRounds",
    "workers",
    "queue",
    "variant",
  ] as const),
  ...(["controlRoles", "signal", "onProgress", "onResult", "finished"] as const),
];

const PROTOCOL = [
  ...(["sizes", "network", "init", "optimizer", "learningRate", "momentum", "weightDecay", "batch"] as const),
  ...(["iterations", "evaluateEvery", "rewindTo", "rates"] as const),
];

const METHODS = [
  ...(["imp", "one-shot", "edge-popup", "random", "magnitude", "snip", "grasp", "synflow"] as const),
  ...(["rigl", "gradual", "static"] as const),
];
/** Their gradients of single samples are of fully connected layers. */
const GRADIENT_CRITERIA: readonly SearchMethod[] = ["snip", "grasp", "synflow"];
const CONTROL_ROLES = ["reinitialised", "shuffled", "signs"] as const;

/** The network and the training of Frankle & Carbin 2019, figure 2, with fewer steps a round. */
const LENET = {
  hidden: [300, 100],
  learningRate: 1.2e-3,
  batch: 60,
  iterations: 3000,
  rate: 0.2,
};

/** Keeps a seed and what is added to it exact. */
const SEED_LIMIT = Number.MAX_SAFE_INTEGER - 2_000_000;

/**
 * Checks options and adds the defaults.
 *
 * @param samples  what the search will train on
 * @param options  as given to `searchTickets`
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when something does not fit
 * @throws {NonFiniteError} when a sample has a NaN or an infinity
 */
export function settingsOf(samples: Samples, options: SearchOptions): Settings {
  checkOptions("options", options, OPTIONS);
  const { features, classes } = checkObject("samples", samples);
  checkInteger("samples.features", features, 1);
  checkInteger("samples.classes", classes, 1, MOST_CLASSES);
  for (const part of ["train", "validation", "test"] as const) checkPart(part, samples);
  const rounds = checkInteger("options.rounds", options.rounds ?? 12, 0, 99);
  checkQueue("options.queue", options.queue);
  if (options.workers !== undefined) checkInteger("options.workers", options.workers, 0, 1024);
  const method = checkOneOf("options.method", options.method ?? "imp", METHODS);
  const init: Init = method === "edge-popup" ? "kaiming-constant" : "glorot-normal";
  const protocol = protocolOf(samples, options.protocol, init);
  if (isFoundOnTheWay(method) && protocol.rewindTo > 0) {
    const name = "options.protocol.rewindTo";
    throw new ArgumentRangeError(`"${name}" expected 0 for ${method}, got ${protocol.rewindTo}`);
  }
  // Gradual pruning prunes between two steps.
  if (method === "gradual") checkInteger("options.protocol.iterations", protocol.iterations, 2);
  if (protocol.network && GRADIENT_CRITERIA.includes(method)) checkPerceptron(protocol.network, method);
  return {
    method,
    rounds,
    trials: checkInteger("options.trials", options.trials ?? 1, 1, 1000),
    seed: checkInteger("options.seed", options.seed ?? 1, 0, SEED_LIMIT),
    protocol,
    controlRounds: controlRoundsOf(options.controlRounds ?? [], rounds),
    controlRoles: controlRolesOf(options.controlRoles ?? ["reinitialised", "shuffled"]),
    variant: checkOneOf("options.variant", options.variant ?? "simd", ["simd", "relaxed", "fastest"]),
  };
}

function checkPart(part: "train" | "validation" | "test", samples: Samples): void {
  const { inputs, labels } = checkObject(`samples.${part}`, samples[part]);
  checkTypedArray(`samples.${part}.inputs`, inputs, "Uint8Array", "Float32Array");
  checkTypedArray(`samples.${part}.labels`, labels, "Uint8Array", "Uint16Array");
  if (labels.length === 0) throw new ShapeError(`"samples.${part}" expected at least one sample, got none`);
  checkLength(`samples.${part}.inputs`, inputs, labels.length, samples.features);
  if (kindOf(inputs) === "Float32Array") checkFinite(`samples.${part}.inputs`, inputs, samples.features);
}

function protocolOf(samples: Samples, given: ProtocolOptions | undefined, init: Init): Protocol {
  const some = checkOptions("options.protocol", given, PROTOCOL);
  type Counts = "batch" | "iterations" | "evaluateEvery" | "rewindTo";
  const integer = (key: Counts, value: number, low: number, high?: number) =>
    checkInteger(`options.protocol.${key}`, some[key] ?? value, low, high);
  const number = (key: "learningRate" | "momentum" | "weightDecay", value: number, high?: number) =>
    checkF32(`options.protocol.${key}`, some[key] ?? value, 0, high);
  const network = networkOf(some);
  const sizes =
    some.sizes ?? (network ? sizesOf(network) : [samples.features, ...LENET.hidden, samples.classes]);
  checkSizes(sizes, samples);
  const isConvNet = network !== undefined && !isPerceptron(network);
  const trainCount = samples.train.labels.length;
  const iterations = integer("iterations", LENET.iterations, 1);
  return {
    sizes: [...sizes],
    ...(isConvNet ? { network } : {}),
    init: checkOneOf("options.protocol.init", some.init ?? init, INITS),
    optimizer: checkOneOf("options.protocol.optimizer", some.optimizer ?? "adam", ["adam", "sgd"]),
    learningRate: number("learningRate", LENET.learningRate, MOST_RATE),
    momentum: number("momentum", 0, 1),
    weightDecay: number("weightDecay", 0),
    batch: integer("batch", Math.min(LENET.batch, trainCount), 1, trainCount),
    iterations,
    evaluateEvery: integer("evaluateEvery", Math.min(100, Math.ceil(iterations / 10)), 1),
    rewindTo: integer("rewindTo", 0, 0, iterations - 1),
    rates: ratesOf(some.rates, layersOf(isConvNet ? network : sizes)),
  };
}

function networkOf({ network, sizes }: ProtocolOptions): NetworkDescription | undefined {
  if (network !== undefined && sizes !== undefined) {
    throw new ArgumentTypeError('"options.protocol" expected either "network" or "sizes", got both');
  }
  if (typeof network !== "string") return network;
  return NETWORKS[checkOneOf("options.protocol.network", network, Object.keys(NETWORKS) as NetworkName[])];
}

function checkSizes(sizes: readonly number[], { features, classes }: Samples): void {
  const name = "options.protocol.sizes";
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new ArgumentTypeError(
      `"${name}" expected an array of at least two layer sizes, got ${describe(sizes)}`,
    );
  }
  for (const [l, size] of sizes.entries()) checkInteger(`${name}[${l}]`, size, 1);
  const [first, last] = [sizes[0], sizes[sizes.length - 1]];
  if (first === features && last === classes) return;
  throw new ShapeError(
    `"${name}" expected ${features}, …, ${classes} as the samples have, got ${first}, …, ${last}`,
  );
}

function ratesOf(given: readonly number[] | undefined, layers: readonly LayerShape[]): number[] {
  const name = "options.protocol.rates";
  const rates = given ?? usualRates(layers, LENET.rate);
  if (checkArray(name, rates).length !== layers.length) {
    throw new ShapeError(
      `"${name}" expected ${layers.length} rates, one for each layer, got ${rates.length}`,
    );
  }
  return rates.map((rate, l) => checkNumber(`${name}[${l}]`, rate, 0, 1));
}

/**
 * The rates of Frankle & Carbin 2019, figure 2: half of it in convolutions and in the output layer.
 *
 * @param layers  of the network
 * @param rate  of fully connected layers
 */
export function usualRates(layers: readonly LayerShape[], rate: number): number[] {
  return layers.map(({ kernel }, l) => (kernel || l === layers.length - 1 ? rate / 2 : rate));
}

function controlRoundsOf(given: readonly number[], rounds: number): number[] {
  const name = "options.controlRounds";
  if (checkArray(name, given).length > 0 && rounds === 0) {
    throw new ArgumentRangeError(
      `"${name}" expected [] as nothing is pruned in 0 rounds, got ${describe(given)}`,
    );
  }
  for (const [i, round] of given.entries()) checkInteger(`${name}[${i}]`, round, 1, rounds);
  return [...new Set(given)].sort((a, b) => a - b);
}

function controlRolesOf(given: readonly ControlRole[]): ControlRole[] {
  const name = "options.controlRoles";
  for (const [i, role] of checkArray(name, given).entries()) checkOneOf(`${name}[${i}]`, role, CONTROL_ROLES);
  return CONTROL_ROLES.filter((role) => given.includes(role));
}
