/** Methods that prune a matrix from its weights, and if they need it the Hessian of its inputs. */

import { largestOf, scaleForSquares } from "../linalg/scale.js";
import type { LayerMethod } from "../prune/contract.js";
import { exactObs } from "../prune/exact-obs.js";
import { sparsegpt } from "../prune/sparsegpt.js";
import type { Criterion } from "../saliency/contract.js";
import { CRITERIA } from "../saliency/index.js";
import { pruneToTarget } from "../select/select.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Matrix } from "../tensor/matrix.js";

/** All of them. */
export const METHOD_NAMES = ["exact-obs", "sparsegpt", "wanda", "magnitude", "random"] as const;
/** A pruning method for ONNX models by name. */
export type MethodName = (typeof METHOD_NAMES)[number];

/** Those that look at weights alone. */
const DATA_FREE: readonly MethodName[] = ["magnitude", "random"];

/**
 * @param name  of a method
 * @returns whether it needs to know what the layer's inputs are
 */
export const needsInputs = (name: MethodName): boolean => !DATA_FREE.includes(name);

/**
 * @param name  of a method
 * @returns whether it needs all of the Hessian of the layer's inputs
 */
export const needsHessian = (name: MethodName): boolean => name === "exact-obs" || name === "sparsegpt";

/**
 * @param name  of a method
 * @param damping  of the mean of the Hessian's diagonal
 */
export function methodNamed(name: MethodName, damping: number): LayerMethod {
  if (name === "exact-obs") return exactObs({ damping });
  return name === "sparsegpt" ? sparsegpt({ damping }) : byScores(CRITERIA[name]);
}

/** The smallest scores of a matrix go; kept weights stay as they are. */
function byScores(criterion: Criterion): LayerMethod {
  return {
    kind: "layer",
    name: criterion.name,
    async solve({ weights, hessian, mask }, target, { seed = 0 }) {
      const { core, rows, columns } = weights;
      const solution = {
        weights: core.matrix(rows, columns, weights),
        mask: mask ? core.mask(rows, columns, mask) : core.mask(rows, columns).fill(1),
      };
      core.scoped(() => {
        const scores = core.matrix(rows, columns);
        const inputSquares = criterion.needs.includes("inputSquares") ? inputSquaresOf(hessian) : undefined;
        criterion.score({ weights, index: 0, seed, ...(inputSquares ? { inputSquares } : {}) }, scores);
        pruneToTarget(solution.mask, scores, target, criterion.compares);
        const { ptr, stride } = solution.weights;
        core.kernels.f32_mask_apply(rows, columns, ptr, stride, solution.mask.ptr, solution.mask.strideWords);
      });
      return solution;
    },
  };
}

/**
 * The diagonal of 2·XXᵀ / N, or the row of it, is twice the mean square of each input; only their ratios count.
 */
function inputSquaresOf(hessian: DoubleMatrix): Matrix {
  const { core, rows, columns } = hessian;
  const values = hessian.view();
  const step = rows === 1 ? 1 : columns + 1;
  const squares = Float64Array.from({ length: columns }, (_, j) => values[j * step] / 2);
  const scale = scaleForSquares(largestOf(squares));
  return core.matrix(
    1,
    columns,
    Float32Array.from(squares, (square) => square * scale),
  );
}
