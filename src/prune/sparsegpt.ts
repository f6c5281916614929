/** SparseGPT: one pass over the columns, each pruned weight made up for by the columns to its right. */
import { checkFinite, checkInteger, checkNumber, checkOneOf, checkOptions, checkShape } from "../check.js";
import { ArgumentRangeError, NonFiniteError } from "../errors.js";
import { normalized, upperFactorOfInverse } from "../linalg/hessian.js";
import { ACCUMULATE, GEMM_SCRATCH_BYTES, packedBytes } from "../linalg/panels.js";
import { solversOf } from "../runtime/solvers.js";
import { pacer } from "../runtime/turn.js";
import { checkPattern, type Target } from "../select/pattern.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { LayerMethod, LayerProblem, LayerSolution, WorkOptions } from "./contract.js";
import { restoreUnmoved, scaledProblem } from "./live.js";

/** What `sparsegpt` takes. */
export interface SparseGptOptions {
  /** Of the mean of the Hessian's diagonal. Default 0.01. */
  readonly damping?: number;
  /**
   * Columns among which weights are chosen at once, a multiple of 32; taken up to whole groups of N:M. For a given mask
   * the result does not depend on it. Default 128.
   */
  readonly blockColumns?: number;
  /**
   * In which the Hessian is factored; weights are f32 either way. "f64" is slower, and does with less damping.
   * Default "f32".
   */
  readonly precision?: "f32" | "f64";
}

/** A layer solved, and what that costs: ½ Σ (w′ − w) H (w′ − w)ᵀ over the rows, H damped; ‖W′X − WX‖² / N without. */
export interface SparseGptSolution extends LayerSolution {
  /** Sum over the rows. */
  readonly loss: number;
}

/** `sparsegpt`'s method: its solutions know their loss. */
export interface SparseGptMethod extends LayerMethod {
  solve(problem: LayerProblem, target: Target, options: WorkOptions): Promise<SparseGptSolution>;
  /**
   * For many targets of one layer: its Hessian is factored once.
   *
   * @param problem  as for `solve`; it must not change after that
   * @returns what `solve` does with the problem. The factor is in the core's memory until the innermost open scope ends
   * @throws {ShapeError | NotPositiveDefiniteError} as `solve` rejects
   */
  prepare(problem: LayerProblem): (target: Target, options: WorkOptions) => Promise<SparseGptSolution>;
}

/**
 * SparseGPT. Of each block of columns the weights of smallest w² / U_jj² over all rows are pruned, where H⁻¹ = Uᵀ U;
 * of N:M, those of each row when the sweep gets to their group. Ties by lower index. Unstructured and N:M.
 *
 * Counts are exact: `target.zeros` in all, those that the problem's mask has included, and after each block its share
 * of them among the weights kept before; where the mask has more, nothing is pruned. The published code prunes one more
 * per block. A weight pruned already stays so. Weights of dead inputs cost nothing.
 *
 * Time ⅔·columns³ + rows·columns² flops, in this thread. Memory 4 bytes a weight, and 4·columns² bytes, "f64" 12.
 * Source: Frantar & Alistarh, "SparseGPT", 2023, algorithm 1.
 *
 * @param options  damping, width of blocks, precision
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit. `solve` rejects with one when the
 *   target does not, with a NonFiniteError when the weights are not finite or do not stay so
 */
export function sparsegpt(options?: SparseGptOptions): SparseGptMethod {
  const {
    damping = 0.01,
    blockColumns = 128,
    precision = "f32",
  } = checkOptions("options", options, ["damping", "blockColumns", "precision"]);
  checkNumber("options.damping", damping, 0);
  checkOneOf("options.precision", precision, ["f32", "f64"]);
  if (checkInteger("options.blockColumns", blockColumns, 32) % 32 !== 0) {
    throw new ArgumentRangeError(`"options.blockColumns" expected a multiple of 32, got ${blockColumns}`);
  }
  const factorFor = ({ hessian }: LayerProblem) => factorOf(normalized(hessian).hessian, damping, precision);
  return {
    kind: "layer",
    name: "sparsegpt",
    solve: (problem, target, work) => solveWith(factorFor, blockColumns, problem, target, work),
    prepare(problem) {
      checkProblem(problem);
      const factor = factorFor(problem);
      return (target, work) => solveWith(() => factor, blockColumns, problem, target, work);
    },
  };
}

async function solveWith(
  factorFor: (problem: LayerProblem) => Matrix,
  blockColumns: number,
  problem: LayerProblem,
  target: Target,
  work: WorkOptions,
): Promise<SparseGptSolution> {
  const { core, rows, columns } = checkProblem(problem);
  const shape = shapeOf(problem, target, blockColumns);
  work.signal?.throwIfAborted();
  const weights = core.matrix(rows, columns);
  const mask = problem.mask ? core.mask(rows, columns, problem.mask) : core.mask(rows, columns).fill(1);
  using _scope = core.scope();
  const { weights: live, scale, lossScale } = scaledProblem(problem);
  weights.copyFrom(checkFinite("problem.weights", live, columns));
  let done = 0;
  const turn = pacer(work.signal, () => work.onProgress?.({ done, total: columns }));
  const block = sweeper({ weights, mask }, factorFor(problem), shape);
  for (; done < columns; done += block(done)) await turn();
  work.onProgress?.({ done, total: columns });
  const loss = block.loss() / lossScale;
  if (scale !== 1) {
    const unscaled = weights.toArray().map((value) => value / scale);
    weights.copyFrom(checkFinite("weights", unscaled, columns));
  }
  restoreUnmoved(problem, mask, weights);
  return { weights, mask, loss };
}

function checkProblem({ weights, hessian, mask }: LayerProblem): Matrix {
  const { rows, columns } = weights;
  checkShape("problem.hessian", hessian, columns, columns);
  if (mask) checkShape("problem.mask", mask, rows, columns);
  return weights;
}

/** How wide blocks are and what is pruned in them: `count` weights in all, or `quota` of each `group` columns. */
interface Shape {
  readonly step: number;
  readonly count: number;
  readonly group: number;
  readonly quota: number;
}

function shapeOf({ weights, mask }: LayerProblem, { pattern, zeros }: Target, blockColumns: number): Shape {
  const { rows, columns } = weights;
  const size = rows * columns;
  checkPattern(pattern, columns, "target.pattern");
  if (pattern.kind === "block") {
    throw new ArgumentRangeError(
      `"target.pattern.columns" expected no blocks for SparseGPT, got ${pattern.columns}`,
    );
  }
  if (pattern.kind === "n:m") {
    const quota = pattern.m - pattern.n;
    checkInteger("target.zeros", zeros, (size * quota) / pattern.m, (size * quota) / pattern.m);
    return { step: wholeGroups(blockColumns, pattern.m), count: 0, group: pattern.m, quota };
  }
  const before = mask ? size - mask.count : 0;
  const count = Math.max(0, checkInteger("target.zeros", zeros, 0, size) - before);
  return { step: blockColumns, count, group: 0, quota: 0 };
}

/** The least multiple of `group` columns, and of the 32 of a mask's word, that is not below `columns`. */
function wholeGroups(columns: number, group: number): number {
  let unit = group;
  while (unit % 32 !== 0) unit += group;
  return Math.ceil(columns / unit) * unit;
}

/** U, upper, H⁻¹ = Uᵀ U of the damped Hessian. */
function factorOf(hessian: DoubleMatrix, damping: number, precision: "f32" | "f64"): Matrix {
  if (precision === "f32") return upperFactorOfInverse(hessian, damping, "f32");
  const { core, rows } = hessian;
  const factor = core.matrix(rows, rows);
  return factor.copyFrom(upperFactorOfInverse(hessian, damping, "f64").view());
}

/** Memory for the blocks, and the function that prunes the one from a column on: it returns how wide that is. */
function sweeper({ weights, mask }: LayerSolution, factor: Matrix, { step, count, group, quota }: Shape) {
  const { core, rows, columns } = weights;
  const widest = Math.min(step, columns);
  const scores = core.matrix(rows, group ? 0 : widest);
  const errors = core.allocate(packedBytes(rows, widest));
  const losses = core.doubleMatrix(rows, 1);
  const scratch = core.allocate(Math.max(blockScratchBytes(widest, group), GEMM_SCRATCH_BYTES));
  const kept = mask.count;
  let [keptBefore, pruned] = [0, 0];

  const sweep = (first: number): number => {
    const { kernels } = core;
    const width = Math.min(step, columns - first);
    const rest = columns - first - width;
    const [w, u] = [weights.ptr + 4 * first, factor.ptr + 4 * first * (columns + 1)];
    const bits = [mask.ptr + first / 8, mask.strideWords] as const;
    if (!group) {
      keptBefore += keptInBlock(mask, first, width);
      // Each prefix has its share, rounded as a whole: a block never gets more than it has.
      const wanted = Math.round((count * keptBefore) / Math.max(1, kept)) - pruned;
      writeScores(weights, factor, first, width, scores);
      kernels.f32_select_smallest_k(rows, width, scores.ptr, width, ...bits, wanted, scratch);
      pruned += wanted;
    }
    const block = [rows, width, w, columns, u, columns, ...bits, group, quota, errors, losses.ptr] as const;
    solversOf(core).f32_sparsegpt_block(...block, scratch);
    const [from, to] = [u + 4 * width, w + 4 * width];
    kernels.f32_gemm(rows, rest, width, errors, from, columns, to, columns, 0, ACCUMULATE, scratch);
    return width;
  };
  return Object.assign(sweep, { loss: () => checkedLoss(weights, losses) });
}

/** Bytes of scratch space of f32_sparsegpt_block. */
function blockScratchBytes(columns: number, group: number): number {
  return 128 * (2 * columns + Math.ceil(columns / 32) + Math.max(8, group) + 2) + 16 * group;
}

/** How many weights a mask keeps in some columns, from `first` on, a multiple of 32. */
function keptInBlock({ core, rows, ptr, strideWords }: Mask, first: number, columns: number): number {
  const words = Math.ceil(columns / 32);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    count += core.kernels.u32_mask_count(words, ptr + 4 * i * strideWords + first / 8);
  }
  return count;
}

/** (w / U_jj)² of the weights of a block, rows × width. */
function writeScores(weights: Matrix, factor: Matrix, first: number, width: number, scores: Matrix): void {
  const { core, rows, columns } = weights;
  const [from, to, u] = [weights.view(), core.f32(scores.ptr, rows * width), factor.view()];
  const diagonal = Float64Array.from({ length: width }, (_, j) => u[(first + j) * (columns + 1)]);
  for (let i = 0; i < rows; i++) {
    const row = i * columns + first;
    for (let j = 0; j < width; j++) {
      const root = from[row + j] / diagonal[j];
      to[i * width + j] = root * root;
    }
  }
}

/** The sum, once nothing is NaN or infinite: a weight that is would be kept, or its error be in the losses. */
function checkedLoss(weights: Matrix, losses: DoubleMatrix): number {
  const values = losses.view();
  const row = values.findIndex((value) => !Number.isFinite(value));
  if (row >= 0) {
    const message = `"problem.weights" expected a loss that is a finite number, got ${values[row]} in row ${row}`;
    throw new NonFiniteError(message, { index: row, row });
  }
  checkFinite("weights", weights.view(), weights.columns);
  return values.reduce((sum, value) => sum + value, 0);
}
