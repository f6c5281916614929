/** Optimal Brain Damage: the loss of removing each weight alone, with a diagonal Hessian. */
import type { Criterion } from "./contract.js";
import { halfSquareTimes } from "./elementwise.js";

/** ½ h w². */
export const obd: Criterion = {
  name: "obd",
  source: 'LeCun, Denker & Solla 1990, "Optimal brain damage", §2',
  needs: ["curvature"],
  comparable: true,
  compares: "layer",
  score: (layer, out) => halfSquareTimes(layer, "curvature", out),
};
