/** How much of a pruning is done, for the time that is left. */
import type { PruneProgress } from "../index.js";

/** What a pruning does, as far as its time depends on it. */
export interface PruneWork {
  readonly layers: readonly { readonly rows: number; readonly columns: number }[];
  /** Whether all losses of a layer are worked out, by a sweep that takes rows · columns³. */
  readonly sweeps: boolean;
  /** Whether that is done for all layers before the first is pruned. */
  readonly curves: boolean;
  /** Whether an error is looked for by them, and nothing is swept after. */
  readonly searches: boolean;
  readonly refines: boolean;
}

/**
 * Tells the share of the work that is done, from 0 to 1, by what layers cost about.
 *
 * @param work  what is done
 * @returns takes reports in the order in which they come
 */
export function pruneShare(work: PruneWork): (progress: PruneProgress) => number {
  const { layers, sweeps, curves, searches, refines } = work;
  const costs = layers.map(({ rows, columns }) => rows * columns ** (sweeps ? 3 : 2) + columns ** 3);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [all, refining] = [sum(costs), refines ? 0.5 : 0];
  const measuring = curves ? all : 0;
  const total = measuring + all;
  let share = 0;
  return ({ stage, layer, done, total: of }) => {
    const within = done / Math.max(1, of);
    // While an error is looked for, layers are pruned again and again.
    if (searches && stage !== "curves" && stage !== "search") return share;
    const before = layer === undefined ? 0 : sum(costs.slice(0, layer));
    const cost = layer === undefined ? all : costs[layer];
    const from = (stage === "curves" ? 0 : measuring) + before;
    const part =
      stage === "refine"
        ? 1 - refining + refining * within
        : within * (1 - (stage === "prune" ? refining : 0));
    share = Math.max(share, Math.min(1, (from + cost * part) / total));
    return share;
  };
}
