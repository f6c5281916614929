/** Magnitude: small weights go first. */
import type { Criterion } from "./contract.js";

/** |w|. */
export const magnitude: Criterion = {
  name: "magnitude",
  source: 'Han et al. 2015, "Learning both weights and connections for efficient neural networks"',
  needs: [],
  comparable: true,
  compares: "layer",
  score({ weights }, out) {
    weights.core.kernels.f32_abs(weights.rows * weights.columns, weights.ptr, out.ptr);
  },
};
