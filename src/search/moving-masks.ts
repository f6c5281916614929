/** Training while masks change: what `trainSparse` and searches do, with the zeros of each layer given. */
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { adam, type Optimizer } from "../net/optimizer.js";
import { type Look, type TrainOptions, train } from "../net/train.js";
import { random } from "../saliency/random.js";
import { cosineDecay } from "../schedule/cosine.js";
import { cubicKept } from "../schedule/cubic.js";
import { pruneSmallest, pruneSmallestWeights } from "../select/unstructured.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import { CarriedState } from "./carried-state.js";
import type { WhileTraining } from "./contract.js";

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

/** How masks move; `TrainSparseOptions` says what each is. */
export interface MovingSettings extends Omit<TrainOptions, "startAt" | "snapshotAt"> {
  readonly method: WhileTraining;
  readonly updateEvery: number;
  readonly updateUntil: number;
  readonly fraction: number;
  readonly evaluateEvery: number;
  readonly batch: number;
}

/** The last step at which masks change, where nobody says another. */
export const lastUpdate = (iterations: number): number => Math.floor(0.75 * iterations);
/** Share of a layer's kept weights that RigL moves at first, where nobody says another. */
export const FRACTION = 0.3;

/**
 * Trains a network in place while its masks change.
 *
 * @param net  keeps its masks' zeros as a start; its new masks live in the innermost open scope
 * @param data  at least one batch
 * @param zeros  of each layer at the end
 * @param settings  checked
 */
export async function moveMasks(
  net: Network,
  data: Dataset,
  zeros: readonly number[],
  settings: MovingSettings,
): Promise<TrainedSparse> {
  const masks = net.layers.map(({ outputs, inputs, mask }) => {
    const copy = net.core.mask(outputs, inputs);
    return mask ? copy.copyFrom(mask) : copy.fill(1);
  });
  const training = new SparseTraining(net, data, masks, zeros, settings);
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

class SparseTraining {
  readonly #net: Network;
  readonly #data: Dataset;
  readonly #masks: readonly Mask[];
  readonly #zeros: readonly number[];
  readonly #settings: MovingSettings;
  readonly #history: Look[] = [];
  readonly #updates: MaskUpdate[] = [];

  constructor(
    net: Network,
    data: Dataset,
    masks: readonly Mask[],
    zeros: readonly number[],
    settings: MovingSettings,
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
