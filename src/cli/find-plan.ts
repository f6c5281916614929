/** What `find` is asked for: options and presets, completed to all that a result depends on. */
import {
  type ControlRole,
  NETWORKS,
  type NetworkDescription,
  type NetworkName,
  type SearchMethod,
  type SearchOptions,
} from "../index.js";
import { TRAIN_LIMIT } from "../mnist/samples.js";
import { common, variant } from "./command.js";
import { type DataSource, dataSpecs } from "./find-data.js";
import {
  choice,
  choices,
  folder,
  type Given,
  integer,
  integers,
  name,
  number,
  refusal,
  type Spec,
} from "./options.js";
import { queueSpecs } from "./queue-options.js";

const PRESETS = {
  short: { iterations: 800, rounds: 5, rate: 0.35, trials: 1, controls: [3] },
  quick: { iterations: 3000, rounds: 10, rate: 0.2, trials: 1, controls: [3, 5, 7] },
  paper: { iterations: 50_000, rounds: 20, rate: 0.2, trials: 5, controls: [3, 7, 9, 12, 15, 18] },
};

const METHODS = [
  ...(["imp", "one-shot", "edge-popup", "random", "magnitude", "snip", "grasp", "synflow"] as const),
  ...(["rigl", "gradual", "static"] as const),
] as const satisfies readonly SearchMethod[];

/** Those with convolutions. */
const CONV_NETWORKS = ["conv-2", "conv-4", "conv-6", "lenet-5"] as const satisfies readonly NetworkName[];

const networkSpec: Spec<string> = {
  value: "NAME|FILE.json",
  help:
    `${CONV_NETWORKS.join(", ")}: convolutions before fully connected layers, instead of --hidden; --rate is ` +
    "halved in convolutions. " +
    "FILE.json describes any other, see below",
  read: (given) =>
    CONV_NETWORKS.some((name) => name === given) || given.endsWith(".json") ? given : undefined,
  expected: `${CONV_NETWORKS.join(" or ")} or FILE.json`,
};

/** Below 1, so that a layer keeps something. */
const RATE_LIMIT = 0.99;

export const findSpecs = {
  ...dataSpecs,
  method: name(
    "NAME",
    "Prune in rounds, once for each density, not at all, before training by a criterion, or while training; static " +
      "is the random mask that rigl and gradual have to beat. Default imp",
    METHODS,
  ),
  preset: choice("sizes of everything, see below. Default quick", "short", "quick", "paper"),
  rounds: integer("R", "prunings after the dense round", 0, 99),
  iterations: integer("T", "training steps a round", 1, 10_000_000),
  epochs: number(
    "E",
    "training of a round in passes through the samples, instead of --iterations",
    0.01,
    100_000,
  ),
  trials: integer("N", "searches with seeds of their own; figures are their means", 1, 1000),
  hidden: integers("A,B,…", "neurons of the hidden layers. Default 300,100", 1, 16_384),
  network: networkSpec,
  rate: number(
    "P",
    "share of the kept weights pruned in a round, in each layer. Default 0.2, 0.35 for short",
    0,
    RATE_LIMIT,
  ),
  "output-rate": number("P", "the same for the output layer. Default half of --rate", 0, RATE_LIMIT),
  "train-size": integer("N", "training samples at most. Default all", 1, 1e9),
  rewind: integer("T", "step whose weights a round goes back to. Default 0, the initial ones", 0, 10_000_000),
  batch: integer("N", "samples a training step. Default 60", 1, 1e9),
  optimizer: choice("how to step. Default adam", "adam", "sgd"),
  "learning-rate": number("X", "length of a step. Default 0.0012 for adam, 0.1 for sgd", 0, 1000),
  controls: integers(
    "R,S,…|none",
    "rounds whose masks are trained reinitialised and shuffled too",
    1,
    99,
    "none",
  ),
  "control-roles": choices(
    "ROLE,…",
    "What controls change: draw weights anew, shuffle the mask, keep the signs of the weights alone. Default " +
      "reinitialised,shuffled",
    ["reinitialised", "shuffled", "signs"] as const,
  ),
  seed: integer("N", "of the first trial; the others count on from it. Default 1", 0, 2 ** 52),
  workers: integer(
    "N",
    "threads; changes nothing but the time. 0 = none. Default one for each core",
    0,
    1024,
  ),
  ...queueSpecs,
  variant,
  out: folder("folder for the results. Default runs/METHOD-seedN-DATE-TIME"),
  resume: folder("go on with the interrupted search in this folder"),
  ...common,
};

/** The options as given. */
export type FindOptions = Given<typeof findSpecs>;

/** Everything the result depends on, the data apart. Plain JSON: it is kept beside the checkpoints. */
export interface Plan {
  /** "mnist", or the file that was given. */
  readonly data: string;
  /** Files of one's own. */
  readonly source?: DataSource;
  readonly method: SearchMethod;
  readonly preset: keyof typeof PRESETS;
  readonly rounds: number;
  readonly iterations: number;
  readonly epochs?: number;
  readonly trials: number;
  readonly hidden: readonly number[];
  /** Instead of a perceptron with `hidden` neurons: a name of `NETWORKS`, or a file. */
  readonly network?: string;
  /** What the file says. */
  readonly description?: NetworkDescription;
  readonly rate: number;
  readonly "output-rate": number;
  readonly "train-size": number;
  readonly rewind: number;
  readonly batch: number;
  readonly optimizer: "adam" | "sgd";
  readonly "learning-rate": number;
  readonly controls: readonly number[];
  readonly "control-roles"?: readonly ControlRole[];
  readonly seed: number;
  readonly variant: "simd" | "relaxed" | "fastest";
}

/** What a plan depends on beside the options. */
export interface Facts {
  /** Samples that there are to train on. */
  readonly trainCount: number;
  /** Files of one's own; none for MNIST. */
  readonly source?: DataSource;
  /** What the file of --network says. */
  readonly description?: NetworkDescription;
}

/**
 * Adds the preset and the defaults. Options that contradict each other are refused with a UsageError.
 *
 * @param given  options
 * @param facts  of data and network; default MNIST and a network by name
 */
export function planOf(given: FindOptions, facts: Facts = { trainCount: TRAIN_LIMIT }): Plan {
  const preset = given.preset ?? "quick";
  const { rounds, trials, rate } = { ...PRESETS[preset], ...given };
  const optimizer = given.optimizer ?? "adam";
  const { trainCount, source, description } = facts;
  const trainSize = given["train-size"] ?? trainCount;
  if (trainSize > trainCount)
    throw refusal("--train-size", `at most ${trainCount}, the training samples`, String(trainSize));
  if (given.network && given.hidden) {
    throw refusal("--hidden", `none beside --network ${given.network}`, given.hidden.join(","));
  }
  const batch = given.batch ?? Math.min(60, trainSize);
  const iterations = iterationsOf(given, preset, Math.max(1, Math.floor(trainSize / batch)));
  const plan: Plan = {
    data: given.data ?? given.inputs ?? "mnist",
    ...(source ? { source } : {}),
    method: given.method ?? "imp",
    preset,
    rounds,
    iterations,
    trials,
    hidden: given.network ? [] : (given.hidden ?? [300, 100]),
    ...(given.network ? { network: given.network } : {}),
    ...(description ? { description } : {}),
    ...(given.epochs ? { epochs: given.epochs } : {}),
    rate,
    "output-rate": given["output-rate"] ?? rate / 2,
    "train-size": trainSize,
    rewind: given.rewind ?? 0,
    batch,
    optimizer,
    "learning-rate": given["learning-rate"] ?? (optimizer === "adam" ? 1.2e-3 : 0.1),
    controls: given.controls ? ascending(given.controls) : fitting(PRESETS[preset].controls, rounds),
    ...(given["control-roles"] ? { "control-roles": given["control-roles"] } : {}),
    seed: given.seed ?? 1,
    variant: given.variant ?? "simd",
  };
  const atMost = (option: "rewind" | "batch", limit: number, what: string) => {
    if (plan[option] > limit) throw refusal(`--${option}`, `at most ${limit}, ${what}`, String(plan[option]));
  };
  atMost("rewind", iterations - 1, "below the steps of a round");
  atMost("batch", trainSize, "the training samples");
  const isWhole = (["edge-popup", "rigl", "gradual", "static"] as SearchMethod[]).includes(plan.method);
  if (isWhole && plan.rewind > 0) {
    throw refusal("--rewind", `0 for ${plan.method}, which goes back to no weights`, String(plan.rewind));
  }
  if (plan.method === "gradual" && iterations < 2) {
    throw refusal("--iterations", "at least 2 for gradual, which prunes between two", String(iterations));
  }
  const beyond = plan.controls.find((round) => round > rounds);
  if (beyond !== undefined) throw refusal("--controls", `rounds from 1 to ${rounds}`, String(beyond));
  return plan;
}

/**
 * Refuses options that an interrupted search was not begun with, by a UsageError that names the first.
 *
 * @param given  options beside --resume
 * @param begun  the plan it was begun with
 */
export function checkResumed(given: FindOptions, begun: Plan): void {
  for (const [option, was] of [...Object.entries(begun), ...Object.entries(begun.source ?? {})]) {
    const is = given[option as keyof FindOptions];
    if (is === undefined) continue;
    const asked = option === "controls" ? ascending(is as readonly number[]) : is;
    if (String(asked) === String(was)) continue;
    throw refusal(`--${option}`, `${shown(was)} as the search was begun with`, shown(asked));
  }
}

/**
 * How to train, for the library.
 *
 * @param plan  of the search
 * @param features  numbers a sample
 * @param classes  that there are
 */
export function protocolOf(
  plan: Plan,
  features: number,
  classes: number,
): NonNullable<SearchOptions["protocol"]> {
  const { hidden } = plan;
  const network = plan.description ?? (plan.network as NetworkName | undefined);
  const { layers } = describedBy(plan) ?? { layers: [] };
  const kinds = layers.map(({ kind }) => kind);
  const convolutions = kinds.filter((kind) => kind === "conv").length;
  const others = network ? kinds.filter((kind) => kind === "dense").length : hidden.length + 1;
  return {
    ...(network ? { network } : { sizes: [features, ...hidden, classes] }),
    optimizer: plan.optimizer,
    learningRate: plan["learning-rate"],
    batch: plan.batch,
    iterations: plan.iterations,
    rewindTo: plan.rewind,
    rates: [
      ...new Array<number>(convolutions).fill(plan.rate / 2),
      ...new Array<number>(others - 1).fill(plan.rate),
      plan["output-rate"],
    ],
  };
}

/** What a network is made of that is no perceptron with `hidden` neurons. */
export const describedBy = ({ description, network }: Pick<Plan, "description" | "network">) =>
  description ?? (network ? NETWORKS[network as NetworkName] : undefined);

function iterationsOf(
  { iterations, epochs }: FindOptions,
  preset: Plan["preset"],
  stepsPerEpoch: number,
): number {
  if (epochs === undefined) return iterations ?? PRESETS[preset].iterations;
  if (iterations === undefined) return Math.max(1, Math.round(epochs * stepsPerEpoch));
  throw refusal("--epochs", `none beside --iterations ${iterations}`, String(epochs));
}

/** A preset's rounds, as far as there are so many, and the last one. */
const fitting = (controls: readonly number[], rounds: number): number[] =>
  rounds === 0 ? [] : [...controls.filter((round) => round < rounds), rounds];

const ascending = (rounds: readonly number[]): number[] => [...new Set(rounds)].sort((a, b) => a - b);

const shown = (value: unknown): string =>
  Array.isArray(value) && value.length === 0 ? "none" : String(value);
