/** First order: weights whose removal changes the loss least, as its gradient has it. */
import type { Criterion } from "./contract.js";
import { elementwise } from "./elementwise.js";

/** (w g)², the square of the loss's first-order change. It ranks weights as SNIP does, on a trained network. */
export const firstOrder: Criterion = {
  name: "first-order",
  source: 'Molchanov et al. 2019, "Importance estimation for neural network pruning"',
  needs: ["gradients"],
  comparable: true,
  compares: "layer",
  score(layer, out) {
    elementwise("f32_product", layer, "gradients", out);
    out.core.kernels.f32_product(out.rows * out.columns, out.ptr, out.ptr, out.ptr);
  },
};
