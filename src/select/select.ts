/** Selection: scores and a target make a mask, in any pattern, with exact counts. */
import { checkInteger, checkShape } from "../check.js";
import { Mask } from "../tensor/mask.js";
import { Matrix } from "../tensor/matrix.js";
import { checkPattern, type Target } from "./pattern.js";
import { pruneSmallest } from "./unstructured.js";

/**
 * Prunes the weights with the smallest scores, until the mask has the target's zeros. Weights that are pruned already
 * count and stay pruned: where there are more of them than asked for, nothing is pruned there.
 *
 * - unstructured: exactly `target.zeros` zeros;
 * - n:m: of every group all but the `n` largest scores, so the pattern decides, not `target.zeros`;
 * - block: whole blocks by the sums of their kept scores, until there are `target.zeros` zeros, those of blocks that
 *   are pruned in part included.
 *
 * @param mask  rows × columns, 1 = kept; changed in place. Ties by lower index
 * @param scores  rows × columns; what stands under a pruned bit does not matter
 * @param target  pattern and zeros
 * @param compares  "layer": all weights compete; "row": those of a row, and rows share the zeros as evenly as they can,
 *   upper rows taking what is left over. N:M compares within its groups either way
 * @throws {ShapeError | ArgumentTypeError | ArgumentRangeError} when an argument does not fit; nothing changes then
 * @throws {NonFiniteError} when the score of a kept weight is NaN; nothing changes then
 */
export function pruneToTarget(mask: Mask, scores: Matrix, target: Target, compares: "layer" | "row"): void {
  const { core, rows, columns } = mask;
  checkShape("scores", scores, rows, columns);
  const pattern = checkPattern(target.pattern, columns, "target.pattern");
  const zeros = checkInteger("target.zeros", target.zeros, 0, rows * columns);
  // Finds NaN before anything changes, and says where.
  pruneSmallest(mask, scores, 0);
  core.scoped(() => {
    if (pattern.kind === "unstructured") pruneWeights(mask, scores, zeros, compares);
    else if (pattern.kind === "block") pruneBlocks(mask, scores, pattern.columns, zeros, compares);
    else {
      core.kernels.f32_select_n_of_m(
        ...([
          rows,
          columns,
          scores.ptr,
          scores.stride,
          mask.ptr,
          mask.strideWords,
          pattern.n,
          pattern.m,
        ] as const),
      );
    }
  });
}

function pruneWeights(mask: Mask, scores: Matrix, zeros: number, compares: "layer" | "row"): void {
  const { core, rows, columns } = mask;
  const parts = compares === "layer" || rows === 0 ? [mask] : rowsOf(mask);
  const pruned = parts.map((part) => part.rows * columns - part.count);
  for (const [i, quota] of fillEvenly(pruned, zeros).entries()) {
    const from = scores.ptr + 4 * i * scores.stride;
    const partScores = new Matrix(core, from, parts[i].rows, columns, scores.stride);
    pruneSmallest(parts[i], partScores, quota - pruned[i]);
  }
}

/** Each row as a mask on the same memory. */
function rowsOf({ core, ptr, rows, columns, strideWords }: Mask): Mask[] {
  return Array.from({ length: rows }, (_, i) => new Mask(core, ptr + 4 * i * strideWords, 1, columns));
}

/**
 * Raises the smallest of some whole numbers to one level, until they have the given sum; where the level is not whole,
 * the first ones stand one higher. Numbers above the level stay.
 */
function fillEvenly(values: readonly number[], total: number): number[] {
  let missing = total - values.reduce((sum, value) => sum + value, 0);
  if (missing <= 0) return [...values];
  const sorted = [...values].sort((a, b) => a - b);
  // So many of the smallest share the level that raising them to the next one would take more than is missing.
  let sharing = 1;
  for (; sharing < sorted.length; sharing++) {
    const step = sharing * (sorted[sharing] - sorted[sharing - 1]);
    if (step > missing) break;
    missing -= step;
  }
  const level = sorted[sharing - 1] + Math.floor(missing / sharing);
  let higher = missing % sharing;
  return values.map((value) => (value > level ? value : level + (higher-- > 0 ? 1 : 0)));
}

function pruneBlocks(
  mask: Mask,
  scores: Matrix,
  block: number,
  zeros: number,
  compares: "layer" | "row",
): void {
  const { core, rows, columns, ptr, strideWords } = mask;
  const sums = core.matrix(rows, columns / block);
  core.kernels.f32_block_sums(
    ...([rows, columns, scores.ptr, scores.stride, ptr, strideWords, block, sums.ptr] as const),
  );
  const kept = mask.toArray();
  const blockOf = (index: number) => Math.floor(index / block);
  const blocks = new Uint8Array((rows * columns) / block);
  for (const [index, bit] of kept.entries()) blocks[blockOf(index)] |= bit;
  const bitsAt = (count: number) =>
    core.scoped(() => {
      const blockMask = core.mask(rows, columns / block, blocks);
      pruneWeights(blockMask, sums, count, compares);
      const left = blockMask.toArray();
      return kept.map((bit, index) => bit & left[blockOf(index)]);
    });
  // Where blocks are pruned in part, fewer whole ones do.
  let [low, high] = [0, Math.ceil(zeros / block)];
  if (mask.count === block * blocks.reduce((sum, bit) => sum + bit, 0)) low = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bitsAt(middle).reduce((sum, bit) => sum + 1 - bit, 0) < zeros) low = middle + 1;
    else high = middle;
  }
  mask.copyFrom(bitsAt(low));
}
