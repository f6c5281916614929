/** Edge-popup: the subnetwork of a random network that does the task as it is, without training a weight. */
import {
  checkArray,
  checkBoolean,
  checkF32,
  checkGiven,
  checkInstance,
  checkInteger,
  checkNumber,
  checkOneOf,
} from "../check.js";
import { ArgumentRangeError, NonFiniteError, ShapeError } from "../errors.js";
import { Dataset } from "../net/dataset.js";
import { evaluate } from "../net/evaluate.js";
import { INITS, type Init } from "../net/init.js";
import { Network, network } from "../net/network.js";
import { MOST_RATE } from "../net/optimizer.js";
import { shuffle } from "../net/train.js";
import { pacer } from "../runtime/turn.js";
import { cosineDecay } from "../schedule/cosine.js";
import type { Mask } from "../tensor/mask.js";
import type { NetworkShape } from "./masks.js";
import { PopupTrainer, reserveMasks } from "./popup-trainer.js";

/** What `edgePopup` takes beside the network and the data. */
export interface EdgePopupOptions {
  /** Share of the weights kept in each layer, from 0 to 1: one number for all layers, or one a layer. */
  readonly kept: number | readonly number[];
  /** How the weights are drawn when sizes are given. Default "kaiming-constant", the signed constant. */
  readonly init?: Init;
  /** Whether drawn weights are multiplied by √(1 / kept), which makes up for the missing ones. Default true. */
  readonly scaled?: boolean;
  /** Of the scores, at the first step; it falls to 0 along half a cosine, step by step. Default 0.1. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Added to the gradient as weightDecay · score. Default 1e-4. */
  readonly weightDecay?: number;
  /** Samples a step, at most 65,536. Default 128. */
  readonly batch?: number;
  /** Passes over the data; a rest smaller than a batch is left out of each. The last may be a part. Default 10. */
  readonly epochs?: number;
  /** Of the drawn weights, the first scores and the order of the data. Default 0. */
  readonly seed?: number;
  /** Looked at after each epoch; default never. */
  readonly validation?: Dataset;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told between slices of some 50 ms. */
  onProgress?(progress: EdgePopupProgress): void;
}

/** Where a search stands. */
export interface EdgePopupProgress {
  /** Steps done, and in all. */
  readonly iteration: number;
  /** See `iteration`. */
  readonly iterations: number;
  /** The newest look at the validation set. */
  readonly validationLoss?: number;
  /** See `validationLoss`. */
  readonly validationAccuracy?: number;
}

/** One pass over the data. */
export interface EdgePopupEpoch {
  /** Steps done at its end. */
  readonly iteration: number;
  /** Mean loss of its batches, each before its step, in nats. */
  readonly loss: number;
  /** Bits of the masks that its steps changed; one that came and went counts each time. */
  readonly changed: number;
  /** Mean cross-entropy in nats; absent without a validation set. */
  readonly validationLoss?: number;
  /** Share classified rightly. */
  readonly validationAccuracy?: number;
}

/** What was found. */
export interface EdgePopup {
  /** Random weights, masks set; biases 0 if it was made here. */
  readonly network: Network;
  /** One a layer, outputs × inputs. */
  readonly masks: readonly Mask[];
  /** The last scores, one array a layer, outputs × inputs: the kept weights have the largest magnitudes. */
  readonly scores: readonly Float32Array[];
  /** One entry an epoch. */
  readonly history: readonly EdgePopupEpoch[];
}

const OPTIONS = [
  ...(["kept", "init", "scaled", "learningRate", "momentum", "weightDecay", "batch", "epochs"] as const),
  ...(["seed", "validation", "signal", "onProgress"] as const),
];

/**
 * Finds masks for a network whose weights are random and stay it (Ramanujan et al. 2019, arXiv 1911.13299). Each weight
 * has a score; a layer keeps the weights of largest |score|, n − round((1 − kept) · n) of its n (the published code
 * rounds the pruned ones down). The gradient by a kept weight's mask, times the weight and the sign of its score, moves
 * the score, and that of a pruned weight alike (straight-through). Scores begin as U(−1 / √inputs, 1 / √inputs), move
 * by SGD with momentum and weight decay, and settle as the cosine schedule ends. Same seed, same bytes.
 *
 * Weights drawn here get the factor √(1 / kept) of the paper; the published code scales by the pruned share instead.
 * Products forward and by the inputs run on the kept weights; the gradient by all weights leaves out inputs that are 0.
 *
 * @param net  a network in the core of the data, whose weights and biases are left as they are; or the sizes of one to
 *   be made, inputs first, or its description, as of `NETWORKS`. Its masks are replaced, in memory of the innermost
 *   open scope
 * @param data  at least one batch
 * @param options  how many weights to keep, and how to learn
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit; `init` and `scaled` are
 *   refused beside a network
 * @throws {NonFiniteError} when the loss is no longer finite
 * @throws {OutOfMemoryError} when the memory cannot hold it
 * Rejects with the signal's reason when it is aborted; the network has the masks of the last step then.
 *
 * @example
 * ```ts
 * import { dataset, edgePopup, open } from "golden-ticket";
 *
 * using core = await open();
 * const inputs = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
 * const xor = dataset(core, inputs, Uint8Array.of(0, 1, 1, 0), { features: 2, classes: 2 });
 * const { masks } = await edgePopup([2, 32, 2], xor, { kept: 0.5, batch: 4, epochs: 200 });
 * masks[0].count; // 32
 * ```
 */
export async function edgePopup(
  net: Network | NetworkShape,
  data: Dataset,
  options: EdgePopupOptions,
): Promise<EdgePopup> {
  checkInstance("data", data, Dataset);
  const { signal, validation } = checkGiven("options", options, OPTIONS);
  const batch = checkInteger("options.batch", options.batch ?? 128, 1, Math.min(data.count, 65_536));
  const epochs = checkNumber("options.epochs", options.epochs ?? 10, 0);
  const seed = checkInteger("options.seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const learningRate = checkF32("options.learningRate", options.learningRate ?? 0.1, 0, MOST_RATE);
  const momentum = checkF32("options.momentum", options.momentum ?? 0.9, 0, 1);
  const weightDecay = checkF32("options.weightDecay", options.weightDecay ?? 1e-4, 0);
  const { target, kept } = prepare(net, data, options, seed);
  reserveMasks(target, kept, batch);

  const { core } = target;
  const stepsPerEpoch = Math.floor(data.count / batch);
  const iterations = Math.round(epochs * stepsPerEpoch);
  const history: EdgePopupEpoch[] = [];
  let iteration = 0;
  const turn = pacer(signal, () => {
    const { validationLoss, validationAccuracy } = history.at(-1) ?? {};
    options.onProgress?.({ iteration, iterations, validationLoss, validationAccuracy });
  });
  let scores: Float32Array[];
  {
    using _scope = core.scope();
    const trainer = new PopupTrainer(target, batch, seed);
    const order = core.allocate(4 * data.count);
    while (iteration < iterations) {
      shuffle(core, order, data.count, seed, history.length);
      const steps = Math.min(stepsPerEpoch, iterations - iteration);
      let [loss, changed] = [0, 0];
      for (let i = 0; i < steps; i++) {
        const rate = learningRate * cosineDecay(iteration, iterations);
        const step = { learningRate: rate, momentum, weightDecay };
        const done = trainer.stepOn(data, order + 4 * batch * i, step);
        if (!Number.isFinite(done.loss)) throw diverged(done.loss, iteration);
        loss += done.loss / steps;
        changed += done.changed;
        iteration++;
        await turn();
      }
      const score = validation && evaluate(target, validation);
      const look = score && { validationLoss: score.loss, validationAccuracy: score.accuracy };
      history.push({ iteration, loss, changed, ...look });
    }
    scores = trainer.layers.map((layer) => layer.scores());
  }
  const masks = target.layers.map(({ mask }) => mask as Mask);
  for (const [l, layer] of target.layers.entries()) layer.mask = masks[l];
  return { network: target, masks, scores, history };
}

/** The network and how many weights each of its layers keeps. */
function prepare(
  net: Network | NetworkShape,
  data: Dataset,
  { kept, init, scaled }: EdgePopupOptions,
  seed: number,
): { target: Network; kept: number[] } {
  const isGiven = net instanceof Network;
  if (isGiven && (init !== undefined || scaled !== undefined)) {
    const name = init === undefined ? "scaled" : "init";
    throw new ArgumentRangeError(`"options.${name}" expected nothing beside a network, whose weights stay`);
  }
  checkOneOf("options.init", init ?? "kaiming-constant", INITS);
  const isScaled = checkBoolean("options.scaled", scaled ?? true);
  const target = isGiven ? net : network(data.core, net, { init: init ?? "kaiming-constant", seed });
  if (target.core !== data.core) throw new ArgumentRangeError('"data" expected the core of the network');
  const [first, last] = [target.sizes[0], target.sizes[target.sizes.length - 1]];
  if (first !== data.features || last !== data.classes) {
    const expected = `${data.features}, …, ${data.classes} as the data have`;
    throw new ShapeError(`"net" expected layer sizes ${expected}, got ${first}, …, ${last}`);
  }
  const shares = sharesOf(kept, target.layers.length);
  for (const [l, layer] of target.layers.entries()) {
    if (isGiven || !isScaled || shares[l] === 0) continue;
    const factor = Math.sqrt(1 / shares[l]);
    layer.weights.copyFrom(layer.weights.toArray().map((weight) => weight * factor));
    layer.changed();
  }
  const counts = target.layers.map(({ inputs, outputs }, l) => {
    return inputs * outputs - Math.round((1 - shares[l]) * inputs * outputs);
  });
  return { target, kept: counts };
}

function sharesOf(kept: number | readonly number[], layers: number): number[] {
  if (!Array.isArray(kept)) return Array(layers).fill(checkNumber("options.kept", kept, 0, 1));
  checkArray("options.kept", kept, layers);
  return kept.map((share, l) => checkNumber(`options.kept[${l}]`, share, 0, 1));
}

function diverged(loss: number, index: number): NonFiniteError {
  return new NonFiniteError(`"loss" expected a finite number, got ${loss} at step ${index}`, { index });
}
