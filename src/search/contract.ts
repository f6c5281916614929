/** What a search for tickets is made of: jobs that can run anywhere and their results, all plain data. */
import type { Labels } from "../net/dataset.js";
import type { NetworkDescription } from "../net/description.js";
import type { NetworkName } from "../net/presets.js";
import type { TaskQueue } from "../runtime/elsewhere.js";

/** Training, validation and test samples; a sample is `features` numbers, row after row. */
export interface Samples<Inputs extends SampleInputs = SampleInputs> {
  /** Numbers a sample. */
  readonly features: number;
  /** Classes that labels count. */
  readonly classes: number;
  /** Trained on. */
  readonly train: LabelledInputs<Inputs>;
  /** For early stopping. */
  readonly validation: LabelledInputs<Inputs>;
  /** For accuracies. */
  readonly test: LabelledInputs<Inputs>;
}

/** Bytes, read as value / 255, or finite numbers as they are. */
export type SampleInputs = Uint8Array | Float32Array;

/** Samples and their classes. */
export interface LabelledInputs<Inputs extends SampleInputs = SampleInputs> {
  /** samples × features. */
  readonly inputs: Inputs;
  /** One class number a sample. */
  readonly labels: Labels;
}

/** The protocol shared by all jobs of one search. */
export interface Protocol {
  /** Neurons per layer, inputs first: [784, 300, 100, 10]. */
  readonly sizes: readonly number[];
  /** What it is made of when it is not a perceptron; `sizes` are the numbers behind each layer with weights then. */
  readonly network?: NetworkDescription;
  /** How weights are drawn. */
  readonly init:
    | "glorot-normal"
    | "glorot-uniform"
    | "kaiming-normal"
    | "kaiming-uniform"
    | "kaiming-constant";
  /** Adam, or SGD with momentum. */
  readonly optimizer: "adam" | "sgd";
  /** Of the optimiser. */
  readonly learningRate: number;
  /** Of SGD. */
  readonly momentum: number;
  /** Added to the gradient as weightDecay · weight. */
  readonly weightDecay: number;
  /** Samples a step. */
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

/** Ways of training whose masks come about while weights are trained, and the random masks that they have to beat. */
export type WhileTraining = "rigl" | "gradual" | "static";

/**
 * Where masks come from:
 * - "imp": round by round, the smallest trained weights of each layer are pruned;
 * - "one-shot": all rounds' masks from the trained weights of the dense round;
 * - a criterion (saliency/): from the weights that tickets start from, for each round anew. "random" and "magnitude"
 *   keep as many weights of each layer as "imp" does in that round; the others as many of all layers together.
 * - "edge-popup": found for random weights that no round but the dense one trains (see `edgePopup`), for as many
 *   weights of each layer as "imp" keeps in that round; scores learn with edgePopup's own step size, and weights are
 *   drawn as "kaiming-constant" by default.
 * - "rigl", "gradual", "static": from one training that starts at the first weights and keeps, at its end, as many
 *   weights of each layer as "imp" keeps in that round (see `trainSparse`). Controls train the masks that it ends with.
 */
export type SearchMethod = "imp" | "one-shot" | "edge-popup" | BeforeTraining | WhileTraining;

/**
 * A control has the masks of its round, but for "shuffled", which has as many weights of each layer in random places.
 * It starts from the weights of the ticket, but for "reinitialised", which draws others, and "signs", which keeps their
 * signs alone: all weights of a layer are as large as the standard deviation of its initialisation (Zhou et al. 2019,
 * "Deconstructing lottery tickets", section 4). Controls of "edge-popup" are not trained either.
 */
export type ControlRole = "reinitialised" | "shuffled" | "signs";
/** What a job trains: a ticket or a control. */
export type Role = "ticket" | ControlRole;

/** Trains one network once. */
export interface Job {
  /** "trial-0/round-03/ticket": unique in a search, usable as a file name. */
  readonly id: string;
  /** From 0. */
  readonly trial: number;
  /** From 0, the dense one. */
  readonly round: number;
  /** Ticket or control. */
  readonly role: Role;
  /** Of the job's weights and order of the data. */
  readonly seed: number;
  /** Row-padded mask words per layer (tensor/mask.ts); empty = nothing pruned yet. A shuffled job shuffles them. */
  readonly masks: readonly Uint32Array[];
  /** Parameters to start from (`Network.parameters`); empty = initialise from the seed. */
  readonly start: readonly Float32Array[];
  /** Whether the weights stay as they start. */
  readonly isFrozen: boolean;
  /** Weights of each layer that edge-popup or `moving` is to keep; empty = the masks are given. */
  readonly kept: readonly number[];
  /** How masks come about while it trains. */
  readonly moving?: WhileTraining;
}

/** How well a training went. */
export interface Evaluation {
  /** Share of the test samples classified rightly after the last step. */
  readonly accuracy: number;
  /** Step of the least validation loss; null when it lies in the last tenth: the loss may still be falling. */
  readonly earlyStopIteration: number | null;
  /** Validation accuracy at the step of the least validation loss. */
  readonly earlyStopAccuracy: number;
  /** Looks at the validation set: loss in nats, accuracy as a share. */
  readonly history: readonly { iteration: number; validationLoss: number; validationAccuracy: number }[];
}

/** What a job gives. */
export interface JobResult {
  /** Of the job. */
  readonly id: string;
  /** How well it went. */
  readonly evaluation: Evaluation;
  /** For a ticket: the masks of the next round; of edge-popup and masks that move, those that it found. */
  readonly nextMasks: readonly Uint32Array[];
  /** For a ticket's first round when rewindTo > 0: the parameters at that step. */
  readonly rewound: readonly Float32Array[];
  /** Parameters after the last step; dropped from a control's result, which nothing starts from. */
  readonly trained: readonly Float32Array[];
}

/** Where a search stands, as reported while it runs. */
export interface Progress {
  /** Jobs finished. */
  readonly jobsDone: number;
  /** Jobs in all. */
  readonly jobs: number;
  /** Training steps done over all jobs, and in all. */
  readonly stepsDone: number;
  /** See `stepsDone`. */
  readonly steps: number;
  /** The job that reported last. */
  readonly job: string;
  /** The newest validation loss and accuracy of that job, when it has looked at the validation set. */
  readonly validationLoss?: number;
  /** See `validationLoss`. */
  readonly validationAccuracy?: number;
}

/** One round over all trials. */
export interface Round {
  /** From 0, the dense one. */
  readonly round: number;
  /** Share of the prunable weights (biases are not) that is kept. */
  readonly density: number;
  /** Kept weights of each layer, and all. */
  readonly layers: readonly { name: string; kept: number; size: number }[];
  /** Mean over the trials; null when one trial did not reach it. */
  readonly accuracy: number;
  /** Mean over the trials of the step of least validation loss; null when one trial did not reach it. */
  readonly earlyStopIteration: number | null;
  /** Of the tickets. */
  readonly trials: readonly Evaluation[];
  /** Null where a control did not run. */
  readonly control: {
    readonly reinitialised: Control | null;
    readonly shuffled: Control | null;
    /** Only of searches with this control. */
    readonly signs?: Control | null;
  };
}

/** A control of a round, over all trials. */
export interface Control {
  /** Mean over the trials. */
  readonly accuracy: number;
  /** Mean over the trials; null when one did not reach it. */
  readonly earlyStopIteration: number | null;
  /** One evaluation each. */
  readonly trials: readonly Evaluation[];
}

/** A sparse network worth training: masks and the weights they are rewound to. */
export interface Ticket {
  /** Numbers of a sample, then behind each layer with weights. */
  readonly sizes: readonly number[];
  /** What it is made of when it is not a perceptron. */
  readonly network?: NetworkDescription;
  /** From 0. */
  readonly trial: number;
  /** Prunings before it. */
  readonly round: number;
  /** Share of the prunable weights that is kept. */
  readonly density: number;
  /** Row-padded words per layer (tensor/mask.ts), 1 = kept. */
  readonly masks: readonly Uint32Array[];
  /** Parameters to start training from (`Network.parameters`), pruned weights exactly 0: weights, bias, weights, … */
  readonly weights: readonly Float32Array[];
}

/** What a search found. */
export interface Found {
  /** As it was run, defaults included. */
  readonly protocol: Protocol;
  /** Dense one first. */
  readonly rounds: readonly Round[];
  /** One a round of the first trial, round 0 (dense) included. */
  readonly tickets: readonly Ticket[];
  /** Results by job id, enough to resume from; those of controls without the trained weights. */
  readonly results: ReadonlyMap<string, JobResult>;
}

/** What `searchTickets` takes beside the samples. */
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
  /** 0 = all in this thread; default the host's parallelism, and this thread where no worker starts. Same result. */
  readonly workers?: number;
  /** Trains on other machines instead: what `openQueue` of golden-ticket/queue gives. Same result. */
  readonly queue?: TaskQueue;
  /** Default "simd": the same bits everywhere. */
  readonly variant?: "simd" | "relaxed" | "fastest";
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told as jobs go on. */
  onProgress?(progress: Progress): void;
  /** Called once for each finished job, in the order of finishing: the place to write a checkpoint. */
  onResult?(job: Job, result: JobResult): void | Promise<void>;
  /** Results of an earlier, interrupted run of the same search: their jobs are not run again. */
  readonly finished?: ReadonlyMap<string, JobResult>;
}
