/** SNIP: the connections to which the loss is least sensitive, before training. */
import type { Criterion } from "./contract.js";
import { elementwise } from "./elementwise.js";

/** |w g|. The paper divides by the sum over all weights, which changes no order. */
export const snip: Criterion = {
  name: "snip",
  source: 'Lee, Ajanthan & Torr 2019, "SNIP: single-shot network pruning based on connection sensitivity"',
  needs: ["gradients"],
  comparable: true,
  compares: "layer",
  score: (layer, out) => elementwise("f32_abs_product", layer, "gradients", out),
};
