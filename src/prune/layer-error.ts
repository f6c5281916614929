/** How far a pruned layer is from what it was, on the samples that gave a Hessian. */

import { solversOf } from "../runtime/solvers.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Matrix } from "../tensor/matrix.js";

/**
 * ‖WX‖² / N, from the Hessian alone: ½ Σ w H wᵀ over the rows.
 *
 * @param weights  rows × columns
 * @param hessian  columns × columns, 2·XXᵀ / N
 */
export function outputEnergy(weights: Matrix, hessian: DoubleMatrix): number {
  const { core, rows, columns } = weights;
  return core.scoped(() => {
    const forms = core.allocate(8 * rows);
    const scratch = core.allocate(32 * columns);
    solversOf(core).f64_quadratic_forms(
      ...([rows, columns, weights.ptr, weights.stride, hessian.ptr, columns, forms, scratch] as const),
    );
    return core.f64(forms, rows).reduce((sum, form) => sum + form, 0) / 2;
  });
}

/**
 * ‖W′X − WX‖² / ‖WX‖².
 *
 * @param weights  W, rows × columns
 * @param pruned  W′, of the same shape
 * @param hessian  columns × columns, 2·XXᵀ / N
 * @returns 0 where both are 0
 */
export function relativeError(weights: Matrix, pruned: Matrix, hessian: DoubleMatrix): number {
  const { core, rows, columns } = weights;
  return core.scoped(() => {
    const difference = core.matrix(rows, columns, pruned);
    const values = difference.view();
    weights.toArray().forEach((weight, i) => {
      values[i] -= weight;
    });
    const error = outputEnergy(difference, hessian);
    return error === 0 ? 0 : error / outputEnergy(weights, hessian);
  });
}
