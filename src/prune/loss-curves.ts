/** How many zeros each layer gets, by what they cost it. */

import type { Pattern } from "../select/pattern.js";
import type { LayerProblem, LayerTraces } from "./contract.js";
import { outputEnergy } from "./layer-error.js";
import { prunedIn } from "./live.js";

/** A layer as its traces see it. */
export interface CurveOfLayer {
  readonly traces: LayerTraces;
  /** ‖WX‖²/N before pruning: losses are compared relative to it. */
  readonly energy: number;
  readonly weights: number;
  /** Weights that go together. */
  readonly unit: number;
  /** Zeros that are there already and stay; default 0. */
  readonly pruned?: number;
}

/** A layer's curve, where traces of its problem are there. */
export const curveOf = (problem: LayerProblem, traces: LayerTraces, pattern: Pattern): CurveOfLayer => ({
  traces,
  energy: outputEnergy(problem.weights, problem.hessian),
  weights: problem.weights.rows * problem.weights.columns,
  unit: pattern.kind === "block" ? pattern.columns : 1,
  pruned: prunedIn(problem),
});

/** The whole units that a layer has pruned already. */
export const unitsPruned = ({ pruned = 0, unit }: CurveOfLayer): number => Math.floor(pruned / unit);

/** The loss of a layer with so many zeros, a multiple of the unit, relative to what it puts out. */
export const relativeLoss = ({ traces, energy }: CurveOfLayer, zeros: number): number =>
  traces.lossAt(zeros) / (energy || 1);

/**
 * Divides zeros among layers so that the sum of their relative losses is least, step by step: the next ones go to the
 * layer whose relative loss rises least; ties to the lower layer. Optimal where the curves are convex, as they nearly
 * are.
 *
 * As many comparisons a step as the number of layers has bits.
 *
 * @param layers  with all their losses
 * @param zeros  over all layers
 * @returns zeros of each layer, those there already included; their sum is `zeros`, rounded to whole units, or what is
 *   there already
 */
export function zerosByLoss(layers: readonly CurveOfLayer[], zeros: number): number[] {
  const given = layers.map((layer) => unitsPruned(layer) * layer.unit);
  const losses = layers.map((layer, l) => layer.traces.lossAt(given[l]));
  const rises = layers.map(() => Infinity);
  const look = (l: number) => {
    const { traces, energy, weights, unit } = layers[l];
    const at = given[l] + unit;
    rises[l] = at > weights ? Infinity : (traces.lossAt(at) - losses[l]) / (energy || 1) / unit;
  };
  layers.forEach((_, l) => {
    look(l);
  });
  // A tournament: the leaves are the layers, and each node above names the better of the two below.
  let leaves = 1;
  while (leaves < layers.length) leaves *= 2;
  const winners = Array.from({ length: 2 * leaves }, (_, node) => node - leaves);
  const better = (a: number, b: number) => (b < layers.length && rises[b] < rises[a] ? b : a);
  const play = (node: number) => {
    winners[node] = better(winners[2 * node], winners[2 * node + 1]);
  };
  for (let node = leaves - 1; node > 0; node--) play(node);
  for (let left = zeros - given.reduce((sum, own) => sum + own, 0); left > 0; ) {
    const l = winners[1];
    given[l] += layers[l].unit;
    left -= layers[l].unit;
    losses[l] = layers[l].traces.lossAt(given[l]);
    look(l);
    for (let node = (l + leaves) >> 1; node > 0; node >>= 1) play(node);
  }
  return given;
}
