/** How many zeros each layer gets, by what they cost it. */
import type { LayerTraces } from "./contract.js";

/** A layer as its traces see it. */
export interface CurveOfLayer {
  readonly traces: LayerTraces;
  /** ‖WX‖²/N before pruning: losses are compared relative to it. */
  readonly energy: number;
  readonly weights: number;
  /** Weights that go together. */
  readonly unit: number;
}

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
 * @returns zeros of each layer; their sum is `zeros`, rounded to whole units
 */
export function zerosByLoss(layers: readonly CurveOfLayer[], zeros: number): number[] {
  const given = layers.map(() => 0);
  const losses = layers.map((layer) => layer.traces.lossAt(0));
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
  for (let left = zeros; left > 0; ) {
    const l = winners[1];
    given[l] += layers[l].unit;
    left -= layers[l].unit;
    losses[l] = layers[l].traces.lossAt(given[l]);
    look(l);
    for (let node = (l + leaves) >> 1; node > 0; node >>= 1) play(node);
  }
  return given;
}
