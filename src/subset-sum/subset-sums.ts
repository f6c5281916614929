/** Subset sums for many targets: in this thread at once, or in workers with progress, cancelling and resuming. */

import { checkInstance, checkInteger, checkOptions, plainArray } from "../check.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import { checkQueue, type TaskQueue } from "../runtime/elsewhere.js";
import type { Hooks } from "../runtime/serve.js";
import { shareOut } from "../runtime/share-out.js";
import { Core } from "../tensor/core.js";
import { type Batch, checkBatch, type Reals, type SubsetSumOptions, SubsetSums } from "./batch.js";
import { program, type RangeSetup } from "./program.js";
import { areFast, Searcher } from "./range.js";
import { script } from "./worker-script.js";

const OPTIONS = ["objective", "tolerance", "limit", "pools", "solver"] as const;
/** Targets of a task of a worker; fewer where each is searched for on its own. */
const TASK = 8192;
const SLOW_TASK = 32;
/** Tasks of some 50 ms from which on starting workers, some 100 ms, pays. */
const WORTH_WORKERS = 8;

/** What `searchSubsetSums` takes beside what to look for. */
export interface SubsetSumSearchOptions extends SubsetSumOptions, Hooks<{ done: number; total: number }> {
  /**
   * Threads beside this one; 0 = all in this thread. Default the host's parallelism, 0 for short searches and
   * where no worker starts. The result is the same.
   */
  readonly workers?: number;
  /** Takes tasks to other machines instead: what `openQueue` of golden-ticket/queue gives. Same result. */
  readonly queue?: TaskQueue;
  /**
   * What an earlier call was given here and did not finish: its targets that were looked at are not looked at again.
   * It is written to as the search goes on, so after an abort it holds what was found so far.
   */
  readonly into?: SubsetSums;
}

/**
 * A subset of a pool for each of many targets.
 *
 * "nearest" is exact: the least residual of all 2ⁿ subsets, or of those within the limit. "fewest" is exact too: the
 * fewest values within the tolerance, and the least residual of those. Ties go to the lower mask. "any" gives a subset
 * within the tolerance, the same one on every engine. What counts is the sum in f64, in the order of the pool, and what
 * it leaves of the target in f64. Searches in fixed point go through pools of up to 24 values in microseconds. Larger
 * pools, and those whose sums fixed point cannot tell apart (values beside others that are 10⁷ times as large, many
 * equal ones), are searched one target at a time (`solveSubsetSum`), up to 40 values as exactly. One pool for many
 * targets is turned into a table of all its sums.
 *
 * Source: Lueker 1998; Pensia et al. 2020; Horowitz & Sahni 1974 for the search.
 *
 * @param core  for scratch space
 * @param pool  1 to 48 finite values for all targets; with `pools: "own"` targets × values, row after row
 * @param targets  finite numbers
 * @param options  objective, tolerance, limit, whose the pools are, solver
 * @returns masks, sums, residuals and how each search ended; "impossible" is said when it is proven
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold the search
 *
 * @example
 * ```ts
 * import { openSync, subsetSum } from "golden-ticket";
 *
 * using core = openSync();
 * const pool = Float32Array.of(0.5, -0.3, 0.8, 0.1);
 * const found = subsetSum(core, pool, Float32Array.of(0.6, 0.21), { objective: "fewest", tolerance: 0.02 });
 * found.subset(0); // [1, 0, 0, 1]
 * found.status(1); // "found"
 * found.kept; // 4
 * ```
 */
export function subsetSum(
  core: Core,
  pool: Reals,
  targets: Reals,
  options: SubsetSumOptions = {},
): SubsetSums {
  checkInstance("core", core, Core);
  const batch = checkBatch(pool, targets, checkOptions("options", options, OPTIONS));
  return core.scoped(() => {
    const searcher = new Searcher(core, wantedOf(batch), targets.length);
    return searcher.search(targets, batch.isShared ? undefined : pool);
  });
}

/**
 * The same for long searches: in workers by ranges of targets, with progress, cancelling and going on where an earlier
 * search stopped. Same bytes as `subsetSum`, whatever the number of workers.
 *
 * @param core  says which variant runs; workers open their own
 * @param pool  as for `subsetSum`
 * @param targets  finite numbers
 * @param options  as for `subsetSum`; progress in targets
 * @returns `options.into` if it was given. Rejects with the signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as a rejection, when an argument does
 *   not fit
 * @throws {WorkerError} as a rejection, when a worker ends before it answers
 */
export async function searchSubsetSums(
  core: Core,
  pool: Reals,
  targets: Reals,
  options: SubsetSumSearchOptions = {},
): Promise<SubsetSums> {
  checkInstance("core", core, Core);
  checkOptions("options", options, [...OPTIONS, "workers", "queue", "into", "signal", "onProgress"]);
  const { queue, signal, onProgress } = options;
  const batch = checkBatch(pool, targets, options);
  checkQueue("options.queue", options.queue);
  if (options.workers !== undefined) checkInteger("options.workers", options.workers, 0, 1024);
  signal?.throwIfAborted();
  const found = resultFor(batch, options.into);
  const open = tasksOf(found, areFast(batch) ? TASK : SLOW_TASK);
  const workers = options.workers ?? (open.length < WORTH_WORKERS ? 0 : undefined);
  const setup: RangeSetup = { variant: core.variant, wanted: wantedOf(batch), count: targets.length };
  if (open.length === 0) return found;
  let done = found.count - open.reduce((sum, { first, end }) => sum + end - first, 0);
  await shareOut(open, { workers, queue, script, program, setup }, async ({ first, end }, run) => {
    const { values, isShared } = batch;
    const pools = isShared ? undefined : plainArray(pool).slice(first * values, end * values);
    found.set(first, await run({ targets: plainArray(targets).slice(first, end), pools }, { signal }));
    done += end - first;
    onProgress?.({ done, total: found.count });
  });
  return found;
}

const wantedOf = ({ pools, isShared, values, objective, tolerance, limit, solver }: Batch) => ({
  shared: isShared ? pools : undefined,
  ...{ values, objective, tolerance, limit, solver },
});

function resultFor({ targets, values }: Batch, into: SubsetSums | undefined): SubsetSums {
  if (into === undefined) return new SubsetSums(targets.length, values);
  if (!(into instanceof SubsetSums)) {
    throw new ArgumentTypeError(
      '"options.into" expected what an earlier search was given, got something else',
    );
  }
  if (into.count === targets.length && into.values === values) return into;
  const found = `${into.count} targets in pools of ${into.values}`;
  throw new ShapeError(
    `"options.into" expected ${targets.length} targets in pools of ${values}, got ${found}`,
  );
}

/** Ranges of targets that were not all looked at, at most so many in each. */
function tasksOf({ codes }: SubsetSums, most: number): { first: number; end: number }[] {
  const tasks = [];
  for (let first = 0; first < codes.length; first += most) {
    const end = Math.min(first + most, codes.length);
    if (codes.subarray(first, end).includes(0)) tasks.push({ first, end });
  }
  return tasks;
}
