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
 * @param layers  with all their losses
 * @param zeros  over all layers
 * @returns zeros of each layer; their sum is `zeros`, rounded to whole units
 */
export function zerosByLoss(layers: readonly CurveOfLayer[], zeros: number): number[] {
  const given = layers.map(() => 0);
  const riseOf = ({ traces, energy, weights, unit }: CurveOfLayer, at: number) =>
    at + unit > weights ? Infinity : (traces.lossAt(at + unit) - traces.lossAt(at)) / (energy || 1) / unit;
  const rises = layers.map((layer) => riseOf(layer, 0));
  for (let left = zeros; left > 0; ) {
    const l = rises.indexOf(Math.min(...rises));
    given[l] += layers[l].unit;
    left -= layers[l].unit;
    rises[l] = riseOf(layers[l], given[l]);
  }
  return given;
}
