/** GraSP: the weights whose removal costs the flow of gradients least, before training. */
import type { Criterion } from "./contract.js";
import { elementwise } from "./elementwise.js";

/** w · (H g), of either sign: removing the weight changes ‖g‖² by −2 times as much to first order. */
export const grasp: Criterion = {
  name: "grasp",
  source: 'Wang, Zhang & Grosse 2020, "Picking winning tickets before training by preserving gradient flow"',
  needs: ["hessianGradient"],
  comparable: true,
  compares: "layer",
  score: (layer, out) => elementwise("f32_product", layer, "hessianGradient", out),
};
