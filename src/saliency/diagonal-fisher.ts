/** The diagonal of the empirical Fisher matrix in place of the Hessian's. */
import type { Criterion } from "./contract.js";
import { halfSquareTimes } from "./elementwise.js";

/** ½ w² · mean g², over the samples' own gradients. */
export const diagonalFisher: Criterion = {
  name: "diagonal-fisher",
  source: 'Theis et al. 2018, "Faster gaze prediction with dense networks and Fisher pruning"',
  needs: ["squaredGradients"],
  comparable: true,
  compares: "layer",
  score: (layer, out) => halfSquareTimes(layer, "squaredGradients", out),
};
