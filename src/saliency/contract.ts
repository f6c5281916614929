/** What a criterion is: scores for the weights of a layer, small = prunable, from what it needs to know of it. */
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/**
 * What can be known of a layer besides its weights; each is gathered only for criteria that need it:
 * - inputSquares: mean square of each input over the samples, 1 × columns; all of a layer times a power of two where
 *   f32 does not hold them;
 * - gradients: gradient of the mean loss by the weights;
 * - squaredGradients: mean over the samples of the squared gradient of each sample's loss;
 * - curvature: diagonal of the second derivatives of the mean loss, by OBD's backward recursion;
 * - hessianGradient: the Hessian of the mean loss times its gradient;
 * - pathGradients: gradient of the sum of outputs by |weights|, of the network with |weights| on an input of ones,
 *   divided by that sum.
 */
export const NEEDS = [
  "inputSquares",
  "gradients",
  "squaredGradients",
  "curvature",
  "hessianGradient",
  "pathGradients",
] as const;

/** One of the things a criterion can need. */
export type Need = (typeof NEEDS)[number];

/** A layer as a criterion sees it: weights, mask, and what it needs (rows × columns but for inputSquares; no gaps). */
export type LayerStatistics = {
  /** outputs × inputs; pruned ones are +0. */
  readonly weights: Matrix;
  /** outputs × inputs, 1 = kept; absent = everything kept. */
  readonly mask?: Mask;
  /** Which layer it is, from 0: a stream of random scores of its own. */
  readonly index: number;
  /** From 0 to 2⁵³ − 1. */
  readonly seed: number;
} & { readonly [N in Need]?: Matrix };

/** A rule that scores weights. One file, one line in index.ts: the CLI and the tests run over the table. */
export interface Criterion {
  /** For messages. */
  readonly name: string;
  /** Paper and section. */
  readonly source: string;
  /** What `score` reads beside weights and mask. */
  readonly needs: readonly Need[];
  /** Whether scores of different layers mean the same, so that a global budget may compare them. */
  readonly comparable: boolean;
  /** Whom a weight competes with: all of its layer, or of its output row alone. */
  readonly compares: "layer" | "row";
  /** Prunes in that many rounds, scoring anew in each (SynFlow); absent = one. */
  readonly rounds?: number;
  /**
   * Writes the saliencies.
   *
   * @param layer  holds all that `needs` names
   * @param out  rows × columns without gaps, overwritten; what stands under a pruned bit does not matter.
   *   ≥ 0, but for GraSP
   */
  score(layer: LayerStatistics, out: Matrix): void;
}
