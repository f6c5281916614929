/** Unstructured selection: any weights of a matrix, by their scores alone. */
import { checkInstance, checkInteger, checkSameCore, checkShape } from "../check.js";
import { NonFiniteError } from "../errors.js";
import { Mask } from "../tensor/mask.js";
import { Matrix } from "../tensor/matrix.js";

/** Bytes of scratch space of f32_select_smallest_k. */
const SCRATCH_BYTES = 8192;
const NAN_FOUND = 1;

/**
 * Prunes the smallest of the weights still kept.
 *
 * @param mask  rows × columns; exactly `count` of its kept bits are cleared, ties by lower index
 * @param weights  rows × columns, without gaps between rows
 * @param count  how many to prune, from 0 to `mask.count`
 * @throws {ShapeError | ArgumentTypeError | ArgumentRangeError} when an argument does not fit; nothing changes then
 * @throws {NonFiniteError} when a kept weight is NaN; nothing changes then
 */
export function pruneSmallestWeights(mask: Mask, weights: Matrix, count: number): void {
  const { core, rows, columns } = weights;
  core.scoped(() => {
    const scores = core.matrix(rows, columns);
    core.kernels.f32_abs(rows * columns, weights.ptr, scores.ptr);
    pruneSmallest(mask, scores, count);
  });
}

/**
 * Prunes the weights with the smallest scores among those still kept.
 *
 * @param mask  rows × columns; exactly `count` of its kept bits are cleared, ties by lower index
 * @param scores  rows × columns
 * @param count  how many to prune, from 0 to `mask.count`
 * @throws {ShapeError | ArgumentTypeError | ArgumentRangeError} when an argument does not fit; nothing changes then
 * @throws {NonFiniteError} when the score of a kept weight is NaN; nothing changes then
 */
export function pruneSmallest(mask: Mask, scores: Matrix, count: number): void {
  checkInstance("mask", mask, Mask);
  checkInstance("scores", scores, Matrix);
  checkSameCore("scores", scores, mask.core);
  const { core, rows, columns } = mask;
  checkShape("scores", scores, rows, columns);
  checkInteger("count", count, 0, mask.count);
  core.scoped(() => {
    const scratch = core.allocate(SCRATCH_BYTES);
    const info = core.kernels.f32_select_smallest_k(
      rows,
      columns,
      scores.ptr,
      scores.stride,
      mask.ptr,
      mask.strideWords,
      count,
      scratch,
    );
    if (info !== NAN_FOUND) return;
    const kept = mask.toArray();
    const index = scores.toArray().findIndex((score, i) => Number.isNaN(score) && kept[i] === 1);
    const [row, column] = [Math.floor(index / columns), index % columns];
    const message = `"scores" expected numbers, got NaN at row ${row}, column ${column}`;
    throw new NonFiniteError(message, { index, row, column });
  });
}
