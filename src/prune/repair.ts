/** The best weights on a given mask: least squares, row by row. */
import { checkFinite, checkShape } from "../check.js";
import { notPositiveDefinite, potrfScratchBytes, TRSM_SCRATCH_BYTES } from "../linalg/cholesky.js";
import { damped, dampingFor, inverseHessian } from "../linalg/hessian.js";
import { solversOf } from "../runtime/solvers.js";
import { pacer } from "../runtime/turn.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { LayerProblem, WorkOptions } from "./contract.js";
import { liveWeights, restoreUnmoved } from "./live.js";

/**
 * min (w′ − w) H (w′ − w)ᵀ over each row's weights on the mask, H the damped Hessian: what any number of exact OBS
 * steps ends with (Hassibi & Stork 1993), whoever chose the mask.
 *
 * Of each row the smaller of two systems is solved in f64: that of its kept weights, or that of its pruned ones.
 *
 * @param problem  the dense weights and the undamped Hessian; weights of dead inputs stay where they are kept
 * @param mask  rows × columns, 1 = kept
 * @param damping  of the mean of the Hessian's diagonal
 * @param options  progress in rows, cancelling
 * @returns rows × columns, +0 where pruned, in the innermost scope that is open
 * @throws {NotPositiveDefiniteError} with pivot and damping
 * @throws {NonFiniteError} when a weight is or becomes NaN or infinite
 */
export async function repairWeights(
  problem: LayerProblem,
  mask: Mask,
  damping: number,
  options: WorkOptions = {},
): Promise<Matrix> {
  const { weights, hessian } = problem;
  const { core, rows, columns } = checkShape("mask", mask, weights.rows, weights.columns);
  const repaired = core.matrix(rows, columns, liveWeights(problem));
  using _scope = core.scope();
  const kept = keptPerRow(mask);
  const isInverted = kept.map((count) => count > columns / 2);
  const matrices = [
    isInverted.includes(false) ? damped(hessian, damping) : undefined,
    isInverted.includes(true) ? inverseHessian(hessian, damping) : undefined,
  ];
  const largest = Math.max(0, ...kept.map((count) => Math.min(count, columns - count)));
  const systemBytes = 8 * largest * (largest + 1) + potrfScratchBytes(largest);
  const scratch = core.allocate(systemBytes + 12 * columns + 64 + TRSM_SCRATCH_BYTES);
  let row = 0;
  const turn = pacer(options.signal, () => options.onProgress?.({ done: row, total: rows }));
  for (; row < rows; row++) {
    await turn();
    const inverted = isInverted[row] ? 1 : 0;
    const matrix = matrices[inverted] as DoubleMatrix;
    const at = repaired.ptr + 4 * row * repaired.stride;
    const bits = mask.ptr + 4 * row * mask.strideWords;
    const { f64_masked_least_squares } = solversOf(core);
    const info = f64_masked_least_squares(columns, matrix.ptr, columns, inverted, bits, at, at, scratch);
    if (info > 0) throw notPositiveDefinite(info - 1, dampingFor(hessian, damping));
  }
  checkFinite("weights", repaired.view(), columns);
  restoreUnmoved(problem, mask, repaired);
  return repaired;
}

/** How many weights of each row are kept. */
function keptPerRow(mask: Mask): number[] {
  const { rows, columns } = mask;
  const bits = mask.toArray();
  return Array.from({ length: rows }, (_, i) =>
    bits.subarray(i * columns, (i + 1) * columns).reduce((sum, bit) => sum + bit, 0),
  );
}
