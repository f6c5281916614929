/** Losses of a matrix of whose inputs nothing is known: each as large as the other, none going with another. */
import type { CurveOfLayer } from "../prune/loss-curves.js";
import type { Pattern } from "../select/pattern.js";
import type { Matrix } from "../tensor/matrix.js";
import { methodNamed } from "./methods.js";

/**
 * Pruning by magnitude to any number of zeros: those that are smallest go first, and cost their squares.
 *
 * @param weights  rows × columns
 * @param pattern  unstructured, or blocks
 */
export function magnitudeCurve(weights: Matrix, pattern: Pattern): CurveOfLayer {
  const { core } = weights;
  const unit = pattern.kind === "block" ? pattern.columns : 1;
  const values = weights.toArray();
  const [sizes, costs] = [new Float64Array(values.length / unit), new Float64Array(values.length / unit)];
  values.forEach((value, i) => {
    sizes[Math.floor(i / unit)] += Math.abs(value);
    costs[Math.floor(i / unit)] += value ** 2;
  });
  const losses = new Float64Array(costs.length + 1);
  const order = Uint32Array.from(costs.keys()).sort((a, b) => sizes[a] - sizes[b]);
  order.forEach((block, i) => {
    losses[i + 1] = losses[i] + costs[block];
  });
  const { solve } = methodNamed("magnitude", 0);
  return {
    traces: {
      lossAt: (zeros) => losses[zeros / unit],
      at: (zeros, work = {}) =>
        solve({ weights, hessian: core.doubleMatrix(0, 0) }, { pattern, zeros }, work),
    },
    energy: losses[costs.length],
    weights: values.length,
    unit,
  };
}
