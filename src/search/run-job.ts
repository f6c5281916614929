/** Runs one job of a search: trains one network once, looks at it, prunes it. */
import { ArgumentRangeError } from "../errors.js";
import { type Dataset, dataset } from "../net/dataset.js";
import { evaluate } from "../net/evaluate.js";
import { type Network, network } from "../net/network.js";
import { adam, type Optimizer, sgd } from "../net/optimizer.js";
import { type Trained, train } from "../net/train.js";
import { open } from "../open.js";
import type { OpenOptions } from "../opening.js";
import { STREAM, seedWords } from "../random.js";
import { pruneSmallestWeights } from "../select/unstructured.js";
import type { Core } from "../tensor/core.js";
import type { Mask } from "../tensor/mask.js";
import type { Evaluation, Job, JobResult, Protocol, Samples, WhileTraining } from "./contract.js";
import { edgePopup } from "./edge-popup.js";
import { layersOf } from "./masks.js";
import { FRACTION, lastUpdate, moveMasks } from "./moving-masks.js";

/** Steps between two changes of masks, in trainings of a thousand and more. */
const UPDATE_EVERY = 100;

/** A core with the samples in it, for any number of jobs, one after the other. */
export interface JobContext {
  readonly core: Core;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

/** Whom a job tells where it stands, and who may stop it. */
export interface JobHooks {
  readonly signal?: AbortSignal;
  onProgress?(progress: { step: number; validationLoss?: number; validationAccuracy?: number }): void;
}

/**
 * Opens a core and copies the samples into it.
 *
 * @param samples  training, validation and test samples
 * @param variant  which binary
 * @throws {OutOfMemoryError} when they do not fit
 */
export async function openJobContext(samples: Samples, variant: OpenOptions["variant"]): Promise<JobContext> {
  const core = await open({ variant });
  const { features, classes } = samples;
  const resident = (part: keyof Pick<Samples, "train" | "validation" | "test">) =>
    dataset(core, samples[part].inputs, samples[part].labels, { features, classes });
  return { core, train: resident("train"), validation: resident("validation"), test: resident("test") };
}

/**
 * Runs a job. The result is a pure function of job, protocol, samples and variant.
 *
 * @param context  not used by another job meanwhile
 * @param job  what to start from
 * @param protocol  how to train and prune
 * @param hooks  progress and cancelling
 * Rejects with the signal's reason when it is aborted.
 */
export async function runJob(
  context: JobContext,
  job: Job,
  protocol: Protocol,
  hooks: JobHooks = {},
): Promise<JobResult> {
  const { core } = context;
  using _scope = core.scope();
  if (job.kept.length > 0 && !job.moving) return await popUp(context, job, protocol, hooks);
  const net = network(core, protocol.network ?? protocol.sizes, { init: protocol.init, seed: job.seed });
  if (job.start.length > 0) net.load(job.start);
  if (job.masks.length > 0) {
    for (const [l, layer] of net.layers.entries()) {
      const mask = core.mask(layer.outputs, layer.inputs, job.masks[l]);
      if (job.role === "shuffled") shuffleMask(mask, job.seed, l);
      layer.mask = mask;
    }
  }
  if (job.role === "signs") keepSigns(net);
  if (job.isFrozen) return untrained(context, job, net);
  if (job.moving) return await trainMoving(context, job, net, protocol, hooks);
  const wantsSnapshot = job.role === "ticket" && job.round === 0 && protocol.rewindTo > 0;
  const trained = await train(net, context.train, {
    iterations: protocol.iterations,
    startAt: job.start.length > 0 ? protocol.rewindTo : 0,
    batch: protocol.batch,
    optimizer: optimizerOf(protocol),
    seed: job.seed,
    validation: context.validation,
    evaluateEvery: protocol.evaluateEvery,
    snapshotAt: wantsSnapshot ? protocol.rewindTo : undefined,
    signal: hooks.signal,
    onProgress: ({ iteration, ...look }) => hooks.onProgress?.({ step: iteration, ...look }),
  });
  return {
    id: job.id,
    evaluation: evaluation(net, context.test, trained),
    nextMasks: job.role === "ticket" ? pruneByMagnitude(net, protocol.rates) : [],
    rewound: trained.snapshot ?? [],
    trained: net.parameters(),
  };
}

/** Trains while masks change. */
async function trainMoving(
  { train, validation, test }: JobContext,
  { id, seed, kept, moving }: Job,
  net: Network,
  protocol: Protocol,
  hooks: JobHooks,
): Promise<JobResult> {
  const { iterations, batch, evaluateEvery } = protocol;
  const zeros = net.layers.map(({ outputs, inputs }, l) => outputs * inputs - kept[l]);
  const trained = await moveMasks(net, train, zeros, {
    ...{ iterations, batch, evaluateEvery, seed, validation, signal: hooks.signal },
    ...{ method: moving as WhileTraining, fraction: FRACTION, optimizer: optimizerOf(protocol) },
    updateEvery: Math.min(UPDATE_EVERY, Math.ceil(iterations / 10)),
    updateUntil: lastUpdate(iterations),
    onProgress: ({ iteration, ...look }) => hooks.onProgress?.({ step: iteration, ...look }),
  });
  return {
    ...{ id, evaluation: evaluation(net, test, trained), rewound: [], trained: net.parameters() },
    nextMasks: net.layers.map(({ mask }) => (mask as Mask).words().slice()),
  };
}

/** Finds the masks that random weights need. */
async function popUp(context: JobContext, job: Job, protocol: Protocol, hooks: JobHooks): Promise<JobResult> {
  const { train, validation } = context;
  const { batch, init, iterations } = protocol;
  const shape = protocol.network ?? protocol.sizes;
  const kept = layersOf(shape).map(({ rows, columns }, l) => job.kept[l] / (rows * columns));
  const epochs = iterations / Math.floor(train.count / batch);
  const { network: net, history } = await edgePopup(shape, train, {
    ...{ kept, init, batch, epochs, validation, seed: job.seed, signal: hooks.signal },
    onProgress: ({ iteration, iterations: _, ...look }) => hooks.onProgress?.({ step: iteration, ...look }),
  });
  const looks = history.map(({ iteration, validationLoss, validationAccuracy }) => {
    return { iteration, validationLoss, validationAccuracy } as Evaluation["history"][number];
  });
  const result = untrained(context, job, net);
  return {
    ...result,
    evaluation: { ...result.evaluation, history: looks },
    nextMasks: net.layers.map(({ mask }) => (mask as Mask).words().slice()),
  };
}

/** What a network is worth whose weights stay. */
function untrained({ validation, test }: JobContext, { id }: Job, net: Network): JobResult {
  const { loss, accuracy } = evaluate(net, validation);
  return {
    id,
    evaluation: {
      accuracy: evaluate(net, test).accuracy,
      earlyStopIteration: null,
      earlyStopAccuracy: accuracy,
      history: [{ iteration: 0, validationLoss: loss, validationAccuracy: accuracy }],
    },
    nextMasks: [],
    rewound: [],
    trained: net.parameters(),
  };
}

/**
 * Prunes the smallest weights of each layer: exactly round(rate · kept) of those kept.
 *
 * @param net  its masks are left as they are
 * @param rates  share of the kept weights to prune, per layer
 * @returns the new masks, packed words per layer
 */
export function pruneByMagnitude(net: Network, rates: readonly number[]): Uint32Array[] {
  const { core } = net;
  return net.layers.map((layer, l) =>
    core.scoped(() => {
      const { outputs, inputs, weights } = layer;
      const mask = core.mask(outputs, inputs).fill(1);
      if (layer.mask) mask.copyFrom(layer.mask);
      pruneSmallestWeights(mask, weights, Math.round(rates[l] * mask.count));
      return mask.words().slice();
    }),
  );
}

/** Moves the kept weights of a layer to random places, as many as before: a control. */
function shuffleMask(mask: Mask, seed: number, layer: number): void {
  const { core, rows, columns } = mask;
  core.scoped(() => {
    const length = rows * columns;
    const order = core.allocate(4 * length);
    core.kernels.u32_random_permutation(length, ...seedWords(seed), STREAM.shuffle, layer, order);
    const bits = mask.toArray();
    mask.copyFrom(Uint8Array.from(core.u32(order, length), (from) => bits[from]));
  });
}

/** Makes all weights of a layer equally large, as large as its initialisation has them on average: a control. */
function keepSigns(net: Network): void {
  for (const [l, layer] of net.layers.entries()) {
    const size = net.deviation(l);
    layer.weights.copyFrom(layer.weights.toArray().map((weight) => size * Math.sign(weight)));
    layer.changed();
  }
}

/** Least share of the training that has to follow the least validation loss before it counts as the least. */
const STOP_MARGIN = 0.1;

function evaluation(net: Network, test: Dataset, { history }: Pick<Trained, "history">): Evaluation {
  const best = history.reduce((least, look) => (look.validationLoss < least.validationLoss ? look : least));
  const end = history[history.length - 1].iteration;
  return {
    accuracy: evaluate(net, test).accuracy,
    earlyStopIteration: best.iteration > (1 - STOP_MARGIN) * end ? null : best.iteration,
    earlyStopAccuracy: best.validationAccuracy,
    history,
  };
}

function optimizerOf(protocol: Protocol): Optimizer {
  const { learningRate, momentum, weightDecay } = protocol;
  if (protocol.optimizer === "adam") return adam({ learningRate, weightDecay });
  if (protocol.optimizer === "sgd") return sgd({ learningRate, momentum, weightDecay });
  throw new ArgumentRangeError(`"optimizer" expected "adam" or "sgd", got "${protocol.optimizer}"`);
}
