/** Wanda: weights times the norms of their inputs, compared within an output. */
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
    const { core, rows, columns, ptr, stride } = layer.weights;
    const { ptr: squares } = statistic(layer, "inputSquares");
    core.kernels.f32_square_by_column(rows, columns, 1, ptr, stride, squares, out.ptr, out.stride);
  },
};
