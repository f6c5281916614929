/** Training over many steps: order of the data, validation, early stopping, progress, cancelling. */
import { checkGiven, checkInstance, checkInteger } from "../check.js";
import { STREAM, seedWords } from "../random.js";
import { nextTurn } from "../runtime/turn.js";
import type { Core } from "../tensor/core.js";
import { checkData, type Dataset } from "./dataset.js";
import { evaluate } from "./evaluate.js";
import { Network } from "./network.js";
import type { Optimizer } from "./optimizer.js";
import { trainer } from "./trainer.js";

/** What `train` takes beside the network and the data. */
export interface TrainOptions {
  /** The step to end at. */
  readonly iterations: number;
  /** The step to begin at, as if the ones before had been done: the order of the data goes on from there. Default 0. */
  readonly startAt?: number;
  /** Samples a step, default 60. */
  readonly batch?: number;
  /** Default `adam()`. */
  readonly optimizer?: Optimizer;
  /** Seed of the order of the data. Default 0. */
  readonly seed?: number;
  /** Looked at every `evaluateEvery` steps; default never. */
  readonly validation?: Dataset;
  /** Default 100. */
  readonly evaluateEvery?: number;
  /** Step whose parameters are to be kept, 0 = before the first; default none. */
  readonly snapshotAt?: number;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told between slices of some 50 ms. */
  onProgress?(progress: TrainProgress): void;
}

/** Where a training stands. */
export interface TrainProgress {
  /** Steps done. */
  readonly iteration: number;
  /** The newest look at the validation set. */
  readonly validationLoss?: number;
  /** Share classified rightly in that look. */
  readonly validationAccuracy?: number;
}

/** One look at the validation set. */
export interface Look {
  /** Steps done. */
  readonly iteration: number;
  /** Mean cross-entropy, in nats. */
  readonly validationLoss: number;
  /** Share of the samples classified rightly. */
  readonly validationAccuracy: number;
}

/** What a training leaves beside the trained network. */
export interface Trained {
  /** Looks at the validation set, in order. */
  readonly history: readonly Look[];
  /** Parameters at `snapshotAt`, as `Network.parameters` gives them. */
  readonly snapshot?: readonly Float32Array[];
}

/** Longest stretch of work between two turns of the event loop, in ms. */
const SLICE_MS = 50;

/**
 * Trains a network in place. Each epoch is a new permutation of the samples, drawn from the seed; a rest
 * smaller than a batch is left out. Same seed, same bytes.
 *
 * @param net  masks set before count: pruned weights stay exactly 0
 * @param data  at least one batch
 * @param options  how long, how, and whom to tell
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 * Rejects with the signal's reason when it is aborted; the network holds the weights of the last step then.
 */
export async function train(net: Network, data: Dataset, options: TrainOptions): Promise<Trained> {
  checkInstance("net", net, Network);
  checkData("data", data, net);
  const keys = [
    "iterations",
    "startAt",
    "batch",
    "optimizer",
    "seed",
    "validation",
    "evaluateEvery",
    "snapshotAt",
    "signal",
    "onProgress",
  ] as const;
  const {
    batch = 60,
    optimizer,
    seed = 0,
    startAt = 0,
    validation,
    signal,
    snapshotAt,
  } = checkGiven("options", options, keys);
  const iterations = checkInteger("options.iterations", options.iterations);
  checkInteger("options.startAt", startAt, 0, iterations);
  const evaluateEvery = checkInteger("options.evaluateEvery", options.evaluateEvery ?? 100, 1);
  checkInteger("options.batch", batch, 1, data.count);
  if (validation !== undefined) checkData("options.validation", validation, net);
  const { core } = net;
  using job = core.job("train");
  const { onProgress } = job.calling(options);
  using _scope = core.scope();
  const steps = trainer(net, { optimizer, batch });
  const order = core.allocate(4 * data.count);
  const history: Look[] = [];
  let snapshot = snapshotAt === startAt ? net.parameters() : undefined;
  let sliceStart = performance.now();
  const stepsPerEpoch = Math.floor(data.count / batch);
  for (let i = startAt; i < iterations; i++) {
    if (i === startAt || i % stepsPerEpoch === 0)
      shuffle(core, order, data.count, seed, Math.floor(i / stepsPerEpoch));
    steps.stepOn(data, order + 4 * batch * (i % stepsPerEpoch));
    const done = i + 1;
    if (done === snapshotAt) snapshot = net.parameters();
    if (validation && (done % evaluateEvery === 0 || done === iterations)) {
      const score = evaluate(net, validation);
      history.push({ iteration: done, validationLoss: score.loss, validationAccuracy: score.accuracy });
    }
    if (performance.now() - sliceStart < SLICE_MS && done < iterations) continue;
    const { iteration: _, ...look } = history.at(-1) ?? { iteration: 0 };
    onProgress?.({ iteration: done, ...look });
    await nextTurn();
    signal?.throwIfAborted();
    sliceStart = performance.now();
  }
  return { history, snapshot };
}

/** Writes the order of an epoch: a permutation of 0 … count − 1. */
export function shuffle(core: Core, order: number, count: number, seed: number, epoch: number): void {
  core.kernels.u32_random_permutation(count, ...seedWords(seed), STREAM.order, epoch, order);
}
