/** What a worker does for a search of subset sums: opens a core, then searches for ranges of targets. */
import { open } from "../open.js";
import type { Program } from "../runtime/serve.js";
import { pacer } from "../runtime/turn.js";
import type { Variant } from "../runtime/variant.js";
import type { Reals, SubsetSums } from "./batch.js";
import { Searcher, type Wanted } from "./range.js";

/** Given to a worker once. */
export interface RangeSetup {
  readonly variant: Variant;
  readonly wanted: Wanted;
  /** Of all tasks together. */
  readonly count: number;
}

/** Targets, with a pool for each unless one is shared. */
export interface RangeTask {
  readonly targets: Reals;
  readonly pools: Reals | undefined;
}

/** What was found for them. */
export type Part = Pick<SubsetSums, "masks" | "sums" | "residuals" | "codes">;

/** The program of a worker, and of the caller's thread where there is none. */
export const program: Program<RangeSetup, RangeTask, Part, never> = async ({ variant, wanted, count }) => {
  const core = await open({ variant });
  const searcher = new Searcher(core, wanted, count);
  const turn = pacer();
  return async ({ targets, pools }, { signal }) => {
    await turn();
    signal?.throwIfAborted();
    const { masks, sums, residuals, codes } = searcher.search(targets, pools);
    return { masks, sums, residuals, codes };
  };
};
