/** SynFlow: the weights through which least of the flow of all paths goes, before training and without data. */
import type { Criterion } from "./contract.js";
import { elementwise } from "./elementwise.js";

/** |w| · ∂R/∂|w|, as a share of R: the scores of every layer sum up to 1. */
export const synflow: Criterion = {
  name: "synflow",
  source: 'Tanaka et al. 2020, "Pruning neural networks without any data", algorithm 1',
  needs: ["pathGradients"],
  comparable: true,
  compares: "layer",
  rounds: 100,
  score: (layer, out) => elementwise("f32_abs_product", layer, "pathGradients", out),
};
