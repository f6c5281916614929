/** Scores that are a product of each weight with what is known of it. */
import type { Matrix } from "../tensor/matrix.js";
import type { LayerStatistics, Need } from "./contract.js";

/** What is known weight by weight. */
type WeightNeed = Exclude<Need, "inputSquares">;

/**
 * out := w ⊙ x, or |w ⊙ x|.
 *
 * @param kernel  which
 * @param layer  its weights, and x
 * @param need  the name of x
 * @param out  of their shape
 */
export function elementwise(
  kernel: "f32_product" | "f32_abs_product",
  layer: LayerStatistics,
  need: WeightNeed,
  out: Matrix,
): void {
  const { core, rows, columns, ptr } = layer.weights;
  core.kernels[kernel](rows * columns, ptr, statistic(layer, need).ptr, out.ptr);
}

/**
 * out := ½ · w² · x: the loss of removing a weight, to second order with a diagonal Hessian.
 *
 * @param layer  its weights, and x
 * @param need  the name of x
 * @param out  of their shape
 */
export function halfSquareTimes(layer: LayerStatistics, need: WeightNeed, out: Matrix): void {
  const { core, rows, columns, ptr } = layer.weights;
  const length = rows * columns;
  core.kernels.f32_square_by_column(
    ...([1, length, 0.5, ptr, length, statistic(layer, need).ptr, out.ptr, length] as const),
  );
}

/** What a criterion named in its `needs`. */
export function statistic(layer: LayerStatistics, need: Need): Matrix {
  return layer[need] as Matrix;
}
