/** Random scores: what every other criterion has to beat. */
import { STREAM, seedWords } from "../random.js";
import type { Criterion } from "./contract.js";

/** Uniform in [0, 1), by seed and layer. */
export const random: Criterion = {
  name: "random",
  source: "control of LeCun, Denker & Solla 1990, figure 1",
  needs: [],
  comparable: true,
  compares: "layer",
  score({ weights, index, seed }, out) {
    const { core, rows, columns } = weights;
    core.kernels.f32_random_uniform(rows * columns, 0, 1, ...seedWords(seed), STREAM.scores, index, out.ptr);
  },
};
