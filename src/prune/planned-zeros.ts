/** What `prune` would do, without doing it. */
import { checkInstance } from "../check.js";
import { Network } from "../net/network.js";
import { isByLosses, targetsOf } from "./budgets.js";
import { type PruneOptions, settledOptions } from "./prune-options.js";

/**
 * Checks options as `prune` does, samples and labels apart, and tells how many zeros each layer is to have.
 *
 * @param net  to be pruned; nothing changes
 * @param options  as of `prune`
 * @returns zeros of each layer; undefined where losses or scores will tell
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when something does not fit
 */
export function plannedZeros(net: Network, options: PruneOptions): number[] | undefined {
  checkInstance("net", net, Network);
  const { pattern, budget, sparsity = 0, maxError } = settledOptions(net, options, false);
  if (maxError !== undefined || isByLosses(budget)) return undefined;
  const shapes = net.layers.map(({ outputs, inputs }) => ({ rows: outputs, columns: inputs }));
  return targetsOf(shapes, pattern, budget, sparsity).map(({ zeros }) => zeros);
}
