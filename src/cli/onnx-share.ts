/** How much of the pruning of an ONNX model is done, for the time that is left. */
import type { OnnxPlannedLayer, OnnxProgress } from "../onnx/index.js";

/** Of the time: putting weights together after a sweep is least squares on the mask. */
const AFTER_SWEEPS = 0.1;

/**
 * Tells the share of the work on layers that is done, from 0 to 1, by what they cost about; undefined while there is no
 * telling: in calibration, while an error is looked for, and in the verification at the end.
 *
 * @param plan  of the model
 * @param method  a sweep takes rows · columns³
 * @param budget  whether all layers are swept before the first is pruned
 */
export function onnxShare(
  plan: readonly OnnxPlannedLayer[],
  method: string,
  budget: string,
): (progress: OnnxProgress) => number | undefined {
  const power = method === "exact-obs" ? 3 : 2;
  const costs = plan.flatMap(({ rows, columns, groups, skipped }) =>
    Array<number>(skipped ? 0 : groups).fill((rows / groups) * columns ** power + columns ** 3),
  );
  const before = [0];
  for (const cost of costs) before.push(before[before.length - 1] + cost);
  const all = before[costs.length];
  const measuring = budget === "optimal" || budget === "global" ? 1 - AFTER_SWEEPS : 0;
  return ({ stage, layer, layers, done, total }) => {
    // Layers that no sample reaches are known after calibration only.
    if ((stage !== "curves" && stage !== "prune") || layer === undefined || layers !== costs.length)
      return undefined;
    const within = (before[layer] + (costs[layer] * done) / Math.max(1, total)) / all;
    return stage === "curves" ? measuring * within : measuring + (1 - measuring) * within;
  };
}
