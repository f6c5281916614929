/** Refines the mask of a pruned layer: kept and pruned weights of a row change places while that lowers its error. */
import { checkBoolean, checkFinite, checkInteger, checkNumber, checkShape } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { notPositiveDefinite } from "../linalg/cholesky.js";
import { damped, dampingFor, deadInputs } from "../linalg/hessian.js";
import { solversOf } from "../runtime/solvers.js";
import { pacer } from "../runtime/turn.js";
import { checkPattern, type Pattern } from "../select/pattern.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { LayerProblem, LayerSolution, WorkOptions } from "./contract.js";
import { restoreUnmoved } from "./live.js";

/** How swaps are judged. */
export interface SwapOptions extends Pick<WorkOptions, "signal" | "onProgress"> {
  /** Share of the mean of the Hessian's diagonal that is added to it, ≥ 0. */
  readonly damping: number;
  /** Unstructured: swaps anywhere in a row; N:M: within an aligned group. */
  readonly pattern: Pattern;
  /**
   * Whether the kept weights of a mask are those of least error on it. That is what counts when the layer is repaired
   * afterwards, and what is returned then; else they are the problem's own.
   */
  readonly repaired: boolean;
  /** The most swaps in a row of the layer; default its columns. */
  readonly maxSwaps?: number;
  /**
   * Columns × columns: the inverse of the damped Hessian, with 1 for dead inputs, where the caller has it. Rows that
   * keep more than they prune then take time by what they prune. Only looked at when `repaired`.
   */
  readonly inverse?: DoubleMatrix;
}

/** A layer after swaps. Its losses are ½ Σ (w′ − w) H (w′ − w)ᵀ over the rows, H damped: ‖W′X − WX‖² / N without. */
export interface SwappedLayer extends LayerSolution {
  readonly swaps: number;
  readonly lossBefore: number;
  readonly loss: number;
}

const KEPT = 1;
/** Never kept again. */
const PRUNED_FOR_GOOD = 2;
/** Rows of scratch of f64_swap_repaired next to one for each active column. */
const ROWS_AHEAD = 12;

/**
 * Makes the best swap of a kept and a pruned weight of a row, again and again, until none lowers the row's error by
 * more than 2⁻⁴⁰ of it, or `maxSwaps` are made. Rows keep their numbers of zeros. Dead inputs, whose diagonal is 0,
 * count as inputs with 1 there whose weights are 0; those that are kept stay as they are. Rejects with the signal's
 * reason once aborted.
 *
 * @param problem  left as it was; finite. What its mask prunes reads as 0 and stays pruned
 * @param solution  of the same shape; its mask alone counts
 * @returns a new solution with its counts, in the innermost open scope; nothing when it rejects
 * @throws {ShapeError | ArgumentTypeError | ArgumentRangeError} when an argument does not fit; blocks are not swapped
 * @throws {NonFiniteError} when there is NaN or an infinity in the problem
 * @throws {NotPositiveDefiniteError} when there is too little damping for the least-squares weights
 *
 * Source: SparseSwaps (arXiv 2512.10922); with least-squares weights, its swaps in the measure of exact OBS.
 */
export async function refineBySwaps(
  problem: LayerProblem,
  solution: LayerSolution,
  options: SwapOptions,
): Promise<SwappedLayer> {
  const { core, rows, columns } = problem.weights;
  const { group, limit } = checkArguments(problem, solution, options);
  options.signal?.throwIfAborted();
  const states = statesOf(problem, solution, options.repaired);
  const { values, ...found } = await swapRows(problem, options, states, group, limit);
  const bits = states.map((state) => Number(state === KEPT));
  const [weights, mask] = [core.matrix(rows, columns, values), core.mask(rows, columns, bits)];
  restoreUnmoved(problem, mask, weights);
  return { weights, mask, ...found };
}

/** Goes through all rows: the weights, and what they cost; `states` becomes that of the new mask. */
async function swapRows(
  problem: LayerProblem,
  options: SwapOptions,
  states: Uint8Array,
  group: number,
  limit: number,
): Promise<Omit<SwappedLayer, "weights" | "mask"> & { values: Float32Array }> {
  const { core, rows, columns } = problem.weights;
  using _ = core.scope();
  const swapRow = rowSwapper(problem, options, states, group, limit);
  const values = new Float32Array(rows * columns);
  let [swaps, lossBefore, loss, done] = [0, 0, 0, 0];
  const turn = pacer(options.signal, () => options.onProgress?.({ done, total: rows }));
  for (; done < rows; await turn()) {
    const row = swapRow(done);
    values.set(row.weights, done * columns);
    swaps += row.swaps;
    lossBefore += row.errorBefore / 2;
    loss += row.error / 2;
    done++;
  }
  options.onProgress?.({ done, total: rows });
  return { values, swaps, lossBefore, loss };
}

function checkArguments(
  { weights, hessian, mask }: LayerProblem,
  solution: LayerSolution,
  { damping, pattern, repaired, maxSwaps, inverse }: SwapOptions,
): { group: number; limit: number } {
  const { rows, columns } = weights;
  checkShape("problem.hessian", hessian, columns, columns);
  if (mask) checkShape("problem.mask", mask, rows, columns);
  checkShape("solution.mask", solution.mask, rows, columns);
  if (inverse) checkShape("inverse", inverse, columns, columns);
  checkNumber("damping", damping, 0);
  checkBoolean("repaired", repaired);
  if (checkPattern(pattern, columns).kind === "block") {
    throw new ArgumentRangeError(`"pattern" expected kind "unstructured" or "n:m" for swaps, got "block"`);
  }
  checkFinite("problem.weights", weights.toArray(), columns);
  checkFinite("problem.hessian", hessian.view(), columns);
  const limit = checkInteger("maxSwaps", maxSwaps ?? columns, 0, 2 ** 32 - 1);
  return { group: pattern.kind === "n:m" ? pattern.m : 0, limit };
}

/**
 * One byte a weight: what the kernels call state. A pruned weight that was 0 before is kept again only where it becomes
 * another: else there would be one more zero than the mask says.
 */
function statesOf({ weights, mask }: LayerProblem, solution: LayerSolution, repaired: boolean): Uint8Array {
  const states = solution.mask.toArray();
  if (!repaired) {
    for (const [i, value] of weights.toArray().entries())
      if (!value && !states[i]) states[i] = PRUNED_FOR_GOOD;
  }
  mask?.toArray().forEach((bit, index) => {
    if (bit) return;
    if (states[index] === KEPT) {
      const { columns } = solution.mask;
      const where = `row ${Math.floor(index / columns)}, column ${index % columns}`;
      throw new ArgumentRangeError(
        `"solution.mask" expected to keep nothing that "problem.mask" prunes, got a kept weight at ${where}`,
      );
    }
    states[index] = PRUNED_FOR_GOOD;
  });
  return states;
}

interface SwappedRow {
  weights: Float64Array;
  swaps: number;
  errorBefore: number;
  error: number;
}

/** Memory for the rows, and the function that swaps in one of them: it writes to its part of `states`. */
function rowSwapper(
  { weights, hessian }: LayerProblem,
  { damping, repaired, inverse }: SwapOptions,
  states: Uint8Array,
  group: number,
  limit: number,
): (i: number) => SwappedRow {
  const { core, rows, columns } = weights;
  const stride = Math.ceil(columns / 4) * 4;
  const dampedPtr = paddedCopy(damped(hessian, damping), stride);
  const dead = new Set(deadInputs(hessian));
  const inversePtr = repaired && inverse ? paddedCopy(inverse, stride) : 0;
  const original = weights.toArray();
  const stateOf = (i: number) => states.subarray(i * columns, (i + 1) * columns);
  /** How many each row keeps, and how many rows of the table that takes. */
  const sizes = Array.from({ length: rows }, (_, i) => {
    const kept = stateOf(i).filter((state) => state === KEPT).length;
    return { kept, active: inversePtr ? Math.min(kept, columns - kept) : kept };
  });
  const most = sizes.reduce((max, { active }) => Math.max(max, active), 0);
  const [row, state, errors] = [core.allocate(8 * columns), core.allocate(columns), core.allocate(16)];
  const scratch = core.allocate(8 * stride * (ROWS_AHEAD + most));

  return (i) => {
    const own = stateOf(i);
    core.u8(state, columns).set(own);
    const values = core.f64(row, columns);
    for (let j = 0; j < columns; j++) {
      values[j] = own[j] === PRUNED_FOR_GOOD || dead.has(j) ? 0 : original[i * columns + j];
    }
    const kernels = solversOf(core);
    const shared = [row, state, group, limit, errors, scratch] as const;
    const { kept, active } = sizes[i];
    const isInverse = active < kept;
    const swaps = repaired
      ? kernels.f64_swap_repaired(
          columns,
          isInverse ? inversePtr : dampedPtr,
          stride,
          Number(isInverse),
          ...shared,
        )
      : kernels.f64_swap_fixed(columns, dampedPtr, stride, ...shared);
    if (swaps < 0) throw notPositiveDefinite(-1 - swaps, dampingFor(hessian, damping));
    own.set(core.u8(state, columns));
    const [errorBefore, error] = core.f64(errors, 2);
    return { weights: values.map((value, j) => (own[j] === KEPT ? value : 0)), swaps, errorBefore, error };
  };
}

/** Its rows with zeros behind them, `stride` elements each. */
function paddedCopy(matrix: DoubleMatrix, stride: number): number {
  const { core, rows, columns } = matrix;
  const ptr = core.allocate(8 * rows * stride);
  const copy = core.f64(ptr, rows * stride).fill(0);
  const values = matrix.view();
  for (let i = 0; i < rows; i++) copy.set(values.subarray(i * columns, (i + 1) * columns), i * stride);
  return ptr;
}
