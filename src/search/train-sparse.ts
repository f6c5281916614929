/**
 * Training with masks that change on the way: RigL, which moves weights to where the gradient wants them, and gradual
 * magnitude pruning, which goes from dense to sparse.
 */
import { checkGiven, checkInstance, checkInteger, checkNumber, checkOneOf } from "../check.js";
import { checkData, type Dataset } from "../net/dataset.js";
import { Network } from "../net/network.js";
import { adam, type Optimizer } from "../net/optimizer.js";
import { type Look, type TrainOptions, train } from "../net/train.js";
import { type FixedBudget, targetsOf } from "../prune/budgets.js";
import { random } from "../saliency/random.js";
import { cosineDecay } from "../schedule/cosine.js";
import { cubicKept } from "../schedule/cubic.js";
import { UNSTRUCTURED } from "../select/pattern.js";
import { pruneSmallest, pruneSmallestWeights } from "../select/unstructured.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import { CarriedState } from "./carried-state.js";

/** What `trainSparse` takes beside the network and the data. */
export interface TrainSparseOptions extends Omit<TrainOptions, "startAt" | "snapshotAt"> {
  /**
   * - "rigl": random masks; at each update the weakest kept weights are dropped, and as many grow where the gradient is
   *   largest (Evci et al. 2020, "Rigging the lottery", algorithm 1). The counts of each layer never change;
   * - "gradual": from the masks that are there to the sparsity, by magnitude, on the cubic schedule (Zhu & Gupta 2017);
   * - "static": random masks that stay: what the others have to beat.
   */
  readonly method: "rigl" | "gradual" | "static";
  /** Share of zeros at the end, from 0 to 1. */
  readonly sparsity: number;
  /** How zeros are divided among layers; or a sparsity for each. Default "erdos-renyi". */
  readonly budget?: FixedBudget;
  /** Steps between two updates of the masks; default 100. */
  readonly updateEvery?: number;
  /** The last step at which masks may change; default three quarters of the iterations. */
  readonly updateUntil?: number;
  /** Share of a layer's kept weights that RigL moves in its first update; it falls by the cosine. Default 0.3. */
  readonly fraction?: number;
}

/** One change of the masks; counts by layer. */
export interface MaskUpdate {
  /** Steps done before. */
  readonly iteration: number;
  /** Weights that were pruned. */
  readonly dropped: readonly number[];
  /** Weights that came back. */
  readonly grown: readonly number[];
  /** Weights kept afterwards. */
  readonly kept: readonly number[];
}

/** What a sparse training leaves beside the trained, masked network. */
export interface TrainedSparse {
  /** Looks at the validation set, in order. */
  readonly history: readonly Look[];
  /** Changes of the masks, in order. */
  readonly updates: readonly MaskUpdate[];
}

const KEYS = [
  ...(["iterations", "batch", "optimizer", "seed", "validation", "evaluateEvery", "signal"] as const),
  ...(["onProgress", "method", "sparsity", "budget", "updateEvery", "updateUntil", "fraction"] as const),
];

/**
 * Trains a network in place while its masks change. Every layer keeps exactly as many weights as its target says: with
 * RigL and static masks all the time, with gradual pruning at the end. Weights that grow start at 0, as does their
 * state in the optimiser; that of dropped ones is lost. An update of RigL takes the place of a training step, as in the
 * authors' code, and is not looked at; unlike there, a weight cannot be dropped and grow again in one update.
 *
 * @param net  keeps its masks' zeros as a start; its new masks live in the innermost open scope
 * @param data  at least one batch
 * @param options  method, sparsity, and those of `train`. The seed is that of random masks too
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an option does not fit
 * @throws {NonFiniteError} when weights or gradients have become NaN
 * Rejects with the signal's reason when it is aborted; the network holds weights and masks of the last step then.
 */
export async function trainSparse(
  net: Network,
  data: Dataset,
  options: TrainSparseOptions,
): Promise<TrainedSparse> {
  checkInstance("net", net, Network);
  checkData("data", data, net);
  checkGiven("options", options, KEYS);
  const { budget = "erdos-renyi" } = options;
  checkOneOf("options.method", options.method, ["rigl", "gradual", "static"]);
  if (!Array.isArray(budget)) checkOneOf("options.budget", budget as string, ["uniform", "erdos-renyi"]);
  checkNumber("options.sparsity", options.sparsity, 0, 1);
  const shapes = net.layers.map(({ outputs, inputs }) => ({ rows: outputs, columns: inputs }));
  const zeros = targetsOf(shapes, UNSTRUCTURED, budget, options.sparsity).map((target) => target.zeros);
  const iterations = checkInteger("options.iterations", options.iterations);
  const updateEvery = checkInteger("options.updateEvery", options.updateEvery ?? 100, 1);
  const updateUntil = options.updateUntil ?? Math.floor(0.75 * iterations);
  const isGradual = options.method === "gradual";
  // Gradual pruning has to arrive: there must be an update.
  checkInteger("options.updateUntil", updateUntil, isGradual ? updateEvery : 0, Math.max(0, iterations - 1));
  const masks = net.layers.map(({ outputs, inputs, mask }) => {
    const copy = net.core.mask(outputs, inputs);
    return mask ? copy.copyFrom(mask) : copy.fill(1);
  });
  const training = new SparseTraining(net, data, masks, zeros, {
    ...options,
    updateEvery,
    updateUntil,
    fraction: checkNumber("options.fraction", options.fraction ?? 0.3, 0, 1),
    evaluateEvery: checkInteger("options.evaluateEvery", options.evaluateEvery ?? 100, 1),
    batch: checkInteger("options.batch", options.batch ?? 60, 1, data.count),
  });
  try {
    return await training.run();
  } finally {
    for (const [l, layer] of net.layers.entries()) {
      layer.setMask(masks[l]);
      layer.applyMask();
      layer.changed();
    }
  }
}

type Settings = TrainSparseOptions & {
  readonly updateEvery: number;
  readonly updateUntil: number;
  readonly fraction: number;
  readonly evaluateEvery: number;
  readonly batch: number;
};

class SparseTraining {
  readonly #net: Network;
  readonly #data: Dataset;
  readonly #masks: readonly Mask[];
  readonly #zeros: readonly number[];
  readonly #settings: Settings;
  readonly #history: Look[] = [];
  readonly #updates: MaskUpdate[] = [];

  constructor(
    net: Network,
    data: Dataset,
    masks: readonly Mask[],
    zeros: readonly number[],
    settings: Settings,
  ) {
    this.#net = net;
    this.#data = data;
    this.#masks = masks;
    this.#zeros = zeros;
    this.#settings = settings;
  }

  async run(): Promise<TrainedSparse> {
    const { method, iterations, updateEvery, updateUntil, optimizer = adam(), batch } = this.#settings;
    using _scope = this.#net.core.scope();
    const state = new CarriedState(this.#net, optimizer, batch);
    const start = this.#masks.map(({ count }) => count);
    if (method !== "gradual") this.#pruneAtRandom();
    const rounds = method === "static" ? 0 : Math.floor(updateUntil / updateEvery);
    let done = 0;
    for (let round = 1; round <= rounds; round++) {
      await this.#train(done, round * updateEvery, state.optimizer, () => state.release());
      done = round * updateEvery;
      if (method === "gradual") this.#pruneTo(start, round, rounds, done);
      else if (await this.#rewire(done)) done++;
      for (const [l, mask] of this.#masks.entries()) state.applyMask(l, mask);
    }
    await this.#train(done, iterations, state.optimizer, () => state.release());
    return { history: this.#history, updates: this.#updates };
  }

  /** Trains from step to step with the masks as they are; what packs them is given back. */
  async #train(startAt: number, iterations: number, optimizer: Optimizer, ended = () => {}): Promise<void> {
    const { core, layers } = this.#net;
    const { batch, seed, validation, evaluateEvery, signal, onProgress } = this.#settings;
    const isLook = ({ iteration }: Look) =>
      iteration % evaluateEvery === 0 || iteration === this.#settings.iterations;
    using _scope = core.scope();
    for (const [l, layer] of layers.entries()) layer.setMask(this.#masks[l]);
    try {
      const { history } = await train(this.#net, this.#data, {
        ...{ startAt, iterations, batch, optimizer, seed, validation, evaluateEvery, signal },
        ...(onProgress ? { onProgress: (progress) => onProgress.call(this.#settings, progress) } : {}),
      });
      this.#history.push(...history.filter(isLook));
    } finally {
      ended();
      for (const [l, layer] of layers.entries()) layer.setMask(this.#masks[l], "dense");
    }
  }

  #pruneAtRandom(): void {
    const { core, layers } = this.#net;
    for (const [l, { weights, outputs, inputs }] of layers.entries()) {
      using _scope = core.scope();
      const mask = this.#masks[l];
      const scores = core.matrix(outputs, inputs);
      random.score({ weights, mask, index: l, seed: this.#settings.seed ?? 0 }, scores);
      pruneSmallest(mask, scores, Math.max(0, this.#zeros[l] - (outputs * inputs - mask.count)));
    }
  }

  /** Gradual pruning: so many of each layer as the schedule says. */
  #pruneTo(start: readonly number[], round: number, rounds: number, iteration: number): void {
    const { layers } = this.#net;
    const dropped = layers.map((layer, l) => {
      const mask = this.#masks[l];
      const final = Math.min(start[l], layer.outputs * layer.inputs - this.#zeros[l]);
      const count = mask.count - cubicKept(start[l], final, round, rounds);
      pruneSmallestWeights(mask, layer.weights, count);
      return count;
    });
    this.#note(iteration, dropped, [0]);
  }

  /** RigL: drops and grows as many. Returns whether the step of the batch was taken for the gradient. */
  async #rewire(iteration: number): Promise<boolean> {
    const { core, layers } = this.#net;
    const { fraction, updateUntil } = this.#settings;
    const share = fraction * cosineDecay(iteration, updateUntil);
    const counts = layers.map(({ outputs, inputs }, l) => {
      const { count } = this.#masks[l];
      return Math.min(Math.round(share * count), outputs * inputs - count);
    });
    if (counts.every((count) => count === 0)) return false;
    using _scope = core.scope();
    const gradients = await this.#denseGradients(iteration);
    for (const [l, { weights, outputs, inputs }] of layers.entries()) {
      core.scoped(() => {
        const mask = this.#masks[l];
        const free = core.mask(outputs, inputs).fill(1);
        const kept = mask.words();
        free.words().forEach((word, i, words) => {
          words[i] = word & ~kept[i];
        });
        pruneSmallestWeights(mask, weights, counts[l]);
        const { rows, columns, ptr } = gradients[l];
        core.kernels.f32_abs(rows * columns, ptr, ptr);
        pruneSmallest(free, gradients[l], free.count - counts[l]);
        const grown = free.words();
        mask.words().forEach((word, i, words) => {
          words[i] = word | grown[i];
        });
      });
    }
    this.#note(iteration, counts, counts);
    return true;
  }

  /** The gradient by all weights, pruned ones too, on the batch of a step. */
  async #denseGradients(iteration: number): Promise<Matrix[]> {
    const { core, layers } = this.#net;
    const { batch, seed, signal } = this.#settings;
    const gradients = layers.map(({ outputs, inputs }) => core.matrix(outputs, inputs));
    for (const layer of layers) {
      layer.applyMask();
      layer.setMask(undefined);
    }
    const layerAt = new Map(layers.map(({ weights }, l) => [weights.ptr, l]));
    const looker: Optimizer = {
      name: "sgd",
      states: 0,
      begin: () => ({
        advance() {},
        update(_, n, parameters, gradient) {
          const l = layerAt.get(parameters);
          if (l !== undefined) gradients[l].view().set(core.f32(gradient, n));
        },
      }),
    };
    const step = { startAt: iteration, iterations: iteration + 1, optimizer: looker };
    await train(this.#net, this.#data, { ...step, batch, seed, signal });
    return gradients;
  }

  #note(iteration: number, dropped: readonly number[], grown: readonly number[]): void {
    const kept = this.#masks.map(({ count }) => count);
    this.#updates.push({ iteration, dropped, grown: kept.map((_, l) => grown[l] ?? 0), kept });
  }
}
