/** What a search for tickets is made of: jobs that can run anywhere and their results, all plain data. */
import type { NetworkDescription } from "../net/description.js";
import type { NetworkName } from "../net/presets.js";

/** Training, validation and test samples as bytes; a sample is `features` bytes, row after row. */
export interface Samples {
  readonly features: number;
  readonly classes: number;
  readonly train: LabelledBytes;
  readonly validation: LabelledBytes;
  readonly test: LabelledBytes;
}

export interface LabelledBytes {
  /** samples × features, 0 … 255, read as value / 255. */
  readonly inputs: Uint8Array;
  /** One class number a sample. */
  readonly labels: Uint8Array;
}

/** The protocol shared by all jobs of one search. */
export interface Protocol {
  /** Neurons per layer, inputs first: [784, 300, 100, 10]. */
  readonly sizes: readonly number[];
  /** What it is made of when it is not a perceptron; `sizes` are the numbers behind each layer with weights then. */
  readonly network?: NetworkDescription;
  readonly init:
    | "glorot-normal"
    | "glorot-uniform"
    | "kaiming-normal"
    | "kaiming-uniform"
    | "kaiming-constant";
  readonly optimizer: "adam" | "sgd";
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly batch: number;
  /** Training steps a round. */
  readonly iterations: number;
  /** Steps between two looks at the validation set. */
  readonly evaluateEvery: number;
  /** The step whose weights a ticket is rewound to; 0 = initialisation. */
  readonly rewindTo: number;
  /** Share of the kept weights pruned after a round, per layer. */
  readonly rates: readonly number[];
}

/** A protocol as a caller gives it. */
export interface ProtocolOptions extends Partial<Omit<Protocol, "network">> {
  /** Instead of `sizes`: a network of `NETWORKS` by name, or any other. */
  readonly network?: NetworkName | NetworkDescription;
}

/** Criteria that make masks from the weights that are trained afterwards. */
export type BeforeTraining = "random" | "magnitude" | "snip" | "grasp" | "synflow";

/**
 * Where masks come from:
 * - "imp": round by round, the smallest trained weights of each layer are pruned;
 * - "one-shot": all rounds' masks from the trained weights of the dense round;
 * - a criterion (saliency/): from the weights that tickets start from, for each round anew. "random" and "magnitude"
 *   keep as many weights of each layer as "imp" does in that round; the others as many of all layers together.
 * - "edge-popup": found for random weights that no round but the dense one trains (see `edgePopup`), for as many
 *   weights of each layer as "imp" keeps in that round; scores learn with edgePopup's own step size, and weights are
 *   drawn as "kaiming-constant" by default.
 */
export type SearchMethod = "imp" | "one-shot" | "edge-popup" | BeforeTraining;

/**
 * A control has the masks of its round, but for "shuffled", which has as many weights of each layer in random places.
 * It starts from the weights of the ticket, but for "reinitialised", which draws others, and "signs", which keeps their
 * signs alone: all weights of a layer are as large as the standard deviation of its initialisation (Zhou et al. 2019,
 * "Deconstructing lottery tickets", section 4). Controls of "edge-popup" are not trained either.
 */
export type ControlRole = "reinitialised" | "shuffled" | "signs";
export type Role = "ticket" | ControlRole;

/** Trains one network once. */
export interface Job {
  /** "trial-0/round-03/ticket": unique in a search, usable as a file name. */
  readonly id: string;
  readonly trial: number;
  readonly round: number;
  readonly role: Role;
  readonly seed: number;
  /** Row-padded mask words per layer (tensor/mask.ts); empty = nothing pruned yet. A shuffled job shuffles them. */
  readonly masks: readonly Uint32Array[];
  /** Parameters to start from (`Network.parameters`); empty = initialise from the seed. */
  readonly start: readonly Float32Array[];
  /** Whether the weights stay as they start. */
  readonly isFrozen: boolean;
  /** Weights of each layer that edge-popup is to keep; empty = the masks are given. */
  readonly kept: readonly number[];
}

export interface Evaluation {
  /** Share of the test samples classified rightly after the last step. */
  readonly accuracy: number;
  /** Step of the least validation loss; null when it lies in the last tenth: the loss may still be falling. */
  readonly earlyStopIteration: number | null;
  /** Validation accuracy at the step of the least validation loss. */
  readonly earlyStopAccuracy: number;
  readonly history: readonly { iteration: number; validationLoss: number; validationAccuracy: number }[];
}

export interface JobResult {
  readonly id: string;
  readonly evaluation: Evaluation;
  /** For a ticket: the masks of the next round; of edge-popup, those that it found. */
  readonly nextMasks: readonly Uint32Array[];
  /** For a ticket's first round when rewindTo > 0: the parameters at that step. */
  readonly rewound: readonly Float32Array[];
  /** Parameters after the last step; dropped from a control's result, which nothing starts from. */
  readonly trained: readonly Float32Array[];
}

/** Where a search stands, as reported while it runs. */
export interface Progress {
  readonly jobsDone: number;
  readonly jobs: number;
  /** Training steps done over all jobs, and in all. */
  readonly stepsDone: number;
  readonly steps: number;
  /** The job that reported last. */
  readonly job: string;
  /** The newest validation loss and accuracy of that job, when it has looked at the validation set. */
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
}

/** One round over all trials. */
export interface Round {
  readonly round: number;
  /** Share of the prunable weights (biases are not) that is kept. */
  readonly density: number;
  readonly layers: readonly { name: string; kept: number; size: number }[];
  /** Mean over the trials; null when one trial did not reach it. */
  readonly accuracy: number;
  readonly earlyStopIteration: number | null;
  readonly trials: readonly Evaluation[];
  readonly control: {
    readonly reinitialised: Control | null;
    readonly shuffled: Control | null;
    /** Only of searches with this control. */
    readonly signs?: Control | null;
  };
}

export interface Control {
  readonly accuracy: number;
  readonly earlyStopIteration: number | null;
  readonly trials: readonly Evaluation[];
}

/** A sparse network worth training: masks and the weights they are rewound to. */
export interface Ticket {
  readonly sizes: readonly number[];
  /** What it is made of when it is not a perceptron. */
  readonly network?: NetworkDescription;
  readonly trial: number;
  readonly round: number;
  readonly density: number;
  readonly masks: readonly Uint32Array[];
  /** Parameters to start training from (`Network.parameters`), pruned weights exactly 0: weights, bias, weights, … */
  readonly weights: readonly Float32Array[];
}

export interface Found {
  /** As it was run, defaults included. */
  readonly protocol: Protocol;
  readonly rounds: readonly Round[];
  /** One a round of the first trial, round 0 (dense) included. */
  readonly tickets: readonly Ticket[];
  /** Results by job id, enough to resume from; those of controls without the trained weights. */
  readonly results: ReadonlyMap<string, JobResult>;
}

export interface SearchOptions {
  /** Default "imp". */
  readonly method?: SearchMethod;
  /** Prunings after the dense round; default 12. */
  readonly rounds?: number;
  /** Default 1. */
  readonly trials?: number;
  /** Of the first trial; the others count on from it. Default 1. */
  readonly seed?: number;
  /** Default: LeNet-300-100 as in Frankle & Carbin 2019, with 3,000 steps a round. */
  readonly protocol?: ProtocolOptions;
  /** Rounds at which the controls run; default none. */
  readonly controlRounds?: readonly number[];
  /** Which controls; default reinitialised and shuffled. */
  readonly controlRoles?: readonly ControlRole[];
  /** Default: the machine's parallelism; 0 = none, all in this thread. Results do not depend on it. */
  readonly workers?: number;
  readonly variant?: "simd" | "relaxed" | "fastest";
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Called once for each finished job, in the order of finishing: the place to write a checkpoint. */
  onResult?(job: Job, result: JobResult): void | Promise<void>;
  /** Results of an earlier, interrupted run of the same search: their jobs are not run again. */
  readonly finished?: ReadonlyMap<string, JobResult>;
}
