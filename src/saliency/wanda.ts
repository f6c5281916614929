/** Wanda: weights times the norms of their inputs, compared within an output. */
import { largestOf, scaleFor } from "../linalg/scale.js";
import type { Matrix } from "../tensor/matrix.js";
import type { Criterion } from "./contract.js";
import { statistic } from "./elementwise.js";

/** w² · mean x², the square of |w|·‖x‖ by the number of samples: OBD on the layer's own problem. */
export const wanda: Criterion = {
  name: "wanda",
  source: 'Sun et al. 2023, "A simple and effective pruning approach for large language models", eq. 1',
  needs: ["inputSquares"],
  comparable: false,
  compares: "row",
  score(layer, out) {
    const { core, rows, columns } = layer.weights;
    const { ptr: squares } = statistic(layer, "inputSquares");
    core.scoped(() => {
      const { ptr, stride } = scaled(layer.weights);
      core.kernels.f32_square_by_column(rows, columns, 1, ptr, stride, squares, out.ptr, out.stride);
    });
  },
};

/** The same weights where f32 holds their squares, else their multiple by a power of two. */
function scaled(weights: Matrix): Matrix {
  const values = weights.toArray();
  const scale = scaleFor(largestOf(values));
  if (scale === 1) return weights;
  return weights.core.matrix(
    weights.rows,
    weights.columns,
    values.map((value) => value * scale),
  );
}
