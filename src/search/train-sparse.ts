/**
 * Training with masks that change on the way: RigL, which moves weights to where the gradient wants them, and gradual
 * magnitude pruning, which goes from dense to sparse.
 */
import { checkGiven, checkInstance, checkInteger, checkNumber, checkOneOf } from "../check.js";
import { checkData, type Dataset } from "../net/dataset.js";
import { Network } from "../net/network.js";
import type { TrainOptions } from "../net/train.js";
import { type FixedBudget, targetsOf } from "../prune/budgets.js";
import { UNSTRUCTURED } from "../select/pattern.js";
import type { WhileTraining } from "./contract.js";
import { FRACTION, lastUpdate, moveMasks, type TrainedSparse } from "./moving-masks.js";

/** What `trainSparse` takes beside the network and the data. */
export interface TrainSparseOptions extends Omit<TrainOptions, "startAt" | "snapshotAt"> {
  /**
   * - "rigl": random masks; at each update the weakest kept weights are dropped, and as many grow where the gradient is
   *   largest (Evci et al. 2020, "Rigging the lottery", algorithm 1). The counts of each layer never change;
   * - "gradual": from the masks that are there to the sparsity, by magnitude, on the cubic schedule (Zhu & Gupta 2017);
   * - "static": random masks that stay: what the others have to beat.
   */
  readonly method: WhileTraining;
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
  const updateUntil = options.updateUntil ?? lastUpdate(iterations);
  const isGradual = options.method === "gradual";
  // Gradual pruning has to arrive: there must be an update.
  checkInteger("options.updateUntil", updateUntil, isGradual ? updateEvery : 0, Math.max(0, iterations - 1));
  return await moveMasks(net, data, zeros, {
    ...options,
    updateEvery,
    updateUntil,
    fraction: checkNumber("options.fraction", options.fraction ?? FRACTION, 0, 1),
    evaluateEvery: checkInteger("options.evaluateEvery", options.evaluateEvery ?? 100, 1),
    batch: checkInteger("options.batch", options.batch ?? 60, 1, data.count),
  });
}
