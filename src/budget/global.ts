/** The global budget: the weights of all layers compete. */
import { checkInteger, checkShape } from "../check.js";
import { pruneSmallest } from "../select/unstructured.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/** A layer in the competition. */
export interface ScoredLayer {
  readonly mask: Mask;
  /** As large as the mask; what stands under a pruned bit does not matter. Means the same in every layer. */
  readonly scores: Matrix;
}

/**
 * Divides zeros among layers so that, of all weights together, those with the smallest scores are pruned.
 *
 * @param layers  in one core, none changed; what their masks prune counts and stays pruned. Ties go to the lower layer,
 *   then the lower index
 * @param zeros  over all layers; where fewer than are there already, none are added
 * @returns zeros of each layer; their sum is exactly `zeros`
 * @throws {ShapeError} when scores and mask differ in shape
 * @throws {ArgumentTypeError | ArgumentRangeError} when there are not that many weights
 * @throws {NonFiniteError} when the score of a kept weight is NaN; names its row and column in its layer
 */
export function globalZeros(layers: readonly ScoredLayer[], zeros: number): number[] {
  const sizes = layers.map(({ mask: { rows, columns } }) => rows * columns);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  checkInteger("zeros", zeros, 0, sum(sizes));
  for (const [l, { mask, scores }] of layers.entries()) {
    checkShape(`scores[${l}]`, scores, mask.rows, mask.columns);
    pruneSmallest(mask, scores, 0);
  }
  const before = layers.map(({ mask }, l) => sizes[l] - mask.count);
  const core = layers[0]?.mask.core;
  if (!core || zeros <= sum(before)) return before;
  return core.scoped(() => {
    // One row, in which each row of a layer begins with a word of the mask.
    const words = layers.map(({ mask }) => mask.rows * mask.strideWords);
    const allMask = core.mask(1, 32 * sum(words));
    const allScores = core.matrix(1, 32 * sum(words));
    const starts = words.map((_, l) => sum(words.slice(0, l)));
    for (const [l, { mask, scores }] of layers.entries()) {
      allMask.words().set(mask.words(), starts[l]);
      for (let i = 0; i < mask.rows; i++) {
        allScores.view().set(scores.row(i), 32 * (starts[l] + i * mask.strideWords));
      }
    }
    pruneSmallest(allMask, allScores, zeros - sum(before));
    return words.map((count, l) => {
      const left = core.kernels.u32_mask_count(count, allMask.ptr + 4 * starts[l]);
      return sizes[l] - left;
    });
  });
}
