/** Pruning by saliency: a criterion scores, a target or a global budget counts, the selection prunes. */

import { globalZeros, type ScoredLayer } from "../budget/global.js";
import { checkArray, checkFunction, checkObject, checkOneOf } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { pacer } from "../runtime/turn.js";
import { type Criterion, NEEDS, type Need } from "../saliency/contract.js";
import { layerStatistics } from "../saliency/layer-statistics.js";
import { exponentialKept } from "../schedule/exponential.js";
import { type Target, UNSTRUCTURED } from "../select/pattern.js";
import { pruneToTarget } from "../select/select.js";
import type { Mask } from "../tensor/mask.js";
import { neededData } from "./calibration.js";
import type { NetworkMethod, WorkOptions } from "./contract.js";
import { checkTargets, masksOf } from "./whole.js";

/** Needs that the labels have a say in. */
const OF_LABELS: readonly Need[] = ["gradients", "squaredGradients", "hessianGradient"];

/**
 * A pruning method out of a criterion. Kept weights stay as they are.
 *
 * A criterion that needs nothing but the inputs' squares prunes layer by layer, so that each is judged by the inputs
 * that the pruned layers before it make. One with rounds scores anew in each, and keeps as many weights as the
 * exponential schedule says; N:M, which has no sparsities between, takes one.
 *
 * @param criterion  scores the weights
 * @returns the method. Its `solve` rejects with
 *   - an ArgumentTypeError when it needs samples and there are none,
 *   - an ArgumentRangeError when the zeros are to be divided by scores that mean another thing in each layer,
 *   - a ShapeError when there is not one target a layer,
 *   - a NonFiniteError when a score is NaN, or the signal's reason. Layers may be pruned by then
 */
export function byCriterion(criterion: Criterion): NetworkMethod {
  const { name, comparable } = checkObject("criterion", criterion);
  for (const need of checkArray("criterion.needs", criterion.needs))
    checkOneOf("criterion.needs", need, NEEDS);
  checkFunction("criterion.score", criterion.score);
  const needs = whatItNeeds(criterion.needs);
  return {
    kind: "network",
    name,
    needs,
    squares: criterion.needs.some((need) => need !== "inputSquares" && need !== "pathGradients"),
    async solve(net, data, targets, options) {
      if (needs !== "nothing") neededData(data, name);
      if (typeof targets === "number" && !comparable) {
        throw new ArgumentRangeError(
          `"options.budget" expected zeros for each layer for "${name}", whose scores differ in meaning, got "global"`,
        );
      }
      checkTargets(net, targets);
      await new CriterionPruning(net, criterion, targets).run(data, options);
    },
  };
}

function whatItNeeds(needs: readonly Need[]): NetworkMethod["needs"] {
  if (needs.some((need) => OF_LABELS.includes(need))) return "labels";
  return needs.some((need) => need !== "pathGradients") ? "inputs" : "nothing";
}

class CriterionPruning {
  readonly #net: Network;
  readonly #criterion: Criterion;
  readonly #targets: readonly Target[] | number;
  readonly #masks: readonly Mask[];
  /** Kept at the start. */
  readonly #kept: readonly number[];
  readonly #rounds: number;

  constructor(net: Network, criterion: Criterion, targets: readonly Target[] | number) {
    this.#net = net;
    this.#criterion = criterion;
    this.#targets = targets;
    this.#masks = masksOf(net);
    this.#kept = this.#masks.map(({ count }) => count);
    const isGradual = typeof targets === "number" || targets.every(({ pattern }) => pattern.kind !== "n:m");
    this.#rounds = isGradual ? (criterion.rounds ?? 1) : 1;
  }

  async run(data: Dataset | undefined, options: WorkOptions): Promise<void> {
    const { layers } = this.#net;
    const { needs } = this.#criterion;
    const rounds = this.#rounds;
    const all = [...layers.keys()];
    const isSequential = needs.length > 0 && needs.every((need) => need === "inputSquares");
    const parts = isSequential ? all.map((l) => [l]) : [all];
    const [seed, total] = [options.seed ?? 0, rounds * parts.length];
    const pace = pacer(options.signal);
    for (const layer of layers) layer.applyMask();
    for (let round = 1; round <= rounds; round++) {
      for (const [p, part] of parts.entries()) {
        await this.#prune(part, round, data, seed, pace);
        for (const l of part) {
          // Dense until the last round: masks are packed once.
          layers[l].setMask(this.#masks[l], round < rounds ? "dense" : undefined);
          layers[l].applyMask();
        }
        options.onProgress?.({ done: (round - 1) * parts.length + p + 1, total });
        options.signal?.throwIfAborted();
      }
    }
  }

  /** Scores layers as the network is now, and prunes their masks. */
  async #prune(
    part: readonly number[],
    round: number,
    data: Dataset | undefined,
    seed: number,
    pace: () => Promise<void>,
  ): Promise<void> {
    const { core, layers } = this.#net;
    const { needs, compares } = this.#criterion;
    using _scope = core.scope();
    const statistics = await layerStatistics(this.#net, part, needs, data, pace);
    const scored = part.map((l, i) => {
      const { weights } = layers[l];
      const [mask, scores] = [this.#masks[l], core.matrix(weights.rows, weights.columns)];
      this.#criterion.score({ ...statistics[i], weights, mask, index: l, seed }, scores);
      return { mask, scores };
    });
    for (const [i, target] of this.#targetsOf(part, round, scored).entries()) {
      pruneToTarget(scored[i].mask, scored[i].scores, target, compares);
    }
    await pace();
  }

  /** What layers are to have after a round. */
  #targetsOf(part: readonly number[], round: number, scored: readonly ScoredLayer[]): readonly Target[] {
    const targets = this.#targets;
    if (typeof targets === "number") {
      const [weights, kept] = [sum(this.#masks.map(sizeOf)), sum(this.#kept)];
      const zeros = this.#zerosAfter(round, weights, kept, targets);
      return globalZeros(scored, zeros).map((share) => ({ pattern: UNSTRUCTURED, zeros: share }));
    }
    return part.map((l) => {
      const { pattern, zeros } = targets[l];
      return { pattern, zeros: this.#zerosAfter(round, sizeOf(this.#masks[l]), this.#kept[l], zeros) };
    });
  }

  /** Of so many weights, of which `kept` were kept before the first round, to reach `zeros` in the last. */
  #zerosAfter(round: number, weights: number, kept: number, zeros: number): number {
    if (round === this.#rounds) return zeros;
    const left = Math.min(kept, weights - zeros);
    return weights - exponentialKept(this.#net.core, kept, left, round, this.#rounds);
  }
}

const sizeOf = ({ rows, columns }: Mask) => rows * columns;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
