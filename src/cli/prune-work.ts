/** The work of `golden-ticket prune` on a network: kept as it goes, interrupted, gone on with. */
import {
  type Core,
  type LayerRecord,
  type Network,
  type Pruned,
  type PruneOptions,
  prune as pruneNetwork,
  type Variant,
} from "../index.js";
import type { Model } from "../io/index.js";
import type { Begun } from "./checkpoint.js";
import { openCheckpointFolder, placeOf } from "./checkpoint-folder.js";
import { interruptible } from "./interrupt.js";
import { networkOf } from "./model-file.js";
import { stageLine } from "./progress.js";
import { digestOf, leaving, recordsIn, saveRecord } from "./prune-checkpoint.js";
import { budgetOf, definedOf, type Options } from "./prune-options.js";
import { pruneShare } from "./prune-share.js";

/** What is to be done. */
export interface PruneJob {
  readonly core: Core;
  readonly model: Model;
  readonly options: PruneOptions;
  readonly given: Options;
}

/**
 * Prunes, and tells so on stderr; what is done on layers is kept where that is asked for.
 *
 * @param job  what, and how
 * @param write  gets the network when it is pruned; for a sweep, at each sparsity
 * @returns whether it was not interrupted
 */
export async function pruneModel(
  job: PruneJob,
  write: (pruned: Pruned, net: Network) => Promise<void>,
): Promise<boolean> {
  const { core, model, options, given } = job;
  const place = placeOf(given);
  const inputs = digestOf(model, options.calibration, options.labels);
  const folder = place && (await openCheckpointFolder(place, begunOf(given, core.variant, inputs)));
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  const records: LayerRecord[] = [];
  // Of several runs a record would not say which it is of.
  const keeps = given.sweep === undefined || hasTraces(given);
  try {
    if (folder) records.push(...recordsIn(folder));
    const shareOf = pruneShare({ ...workOf(given), layers: model.layers });
    const { sweep } = given;
    let [net, pruned]: [Network?, Pruned?] = [];
    for (const [i, sparsity] of (sweep ?? [options.sparsity]).entries()) {
      // Methods without traces begin again.
      using _scope = sweep && !hasTraces(given) ? core.scope() : undefined;
      if (net && pruned && hasTraces(given)) pruned = await pruned.at(sparsity as number);
      else {
        net = networkOf(core, model);
        pruned = await pruneNetwork(net, {
          ...options,
          ...definedOf({ sparsity, sequential: sweep && hasTraces(given) ? false : undefined }),
          signal,
          onProgress: (progress) => line.update({ ...progress, share: shareOf(progress) }),
          finished: keeps ? [...records] : [],
          async onLayer(record) {
            if (!folder || !keeps) return;
            await saveRecord(folder, record);
            records.push(record);
          },
        });
      }
      await write(pruned, net);
      const layers = model.layers.length;
      if (sweep) line.update({ stage: "search", layers, done: i + 1, total: sweep.length });
    }
    line.end();
    await folder?.remove();
    return true;
  } catch (error) {
    line.end();
    // What failed before anything was done, such as options that do not fit, is no run to go on with.
    if (!signal.aborted && records.length === 0) await folder?.remove();
    if (!signal.aborted) throw error;
    process.stderr.write(leaving(folder, records, model.layers.length));
    await echo();
    return false;
  } finally {
    end();
    folder?.release();
  }
}

/** Whether one pass tells the losses of all sparsities. */
const hasTraces = ({ method = "exact-obs" }: Options) => method === "exact-obs";

/** What the time of a pruning depends on. */
function workOf(given: Options) {
  const sweeps = hasTraces(given);
  const budget = budgetOf(given);
  const searches = given["max-error"] !== undefined || (given.sweep !== undefined && sweeps);
  const curves = searches || budget === "optimal" || (budget === "global" && sweeps);
  return { sweeps, curves, searches, refines: given.refine !== undefined };
}

/** What the pruned model depends on. */
function begunOf(given: Options, variant: Variant, inputs: string): Begun {
  const { method = "exact-obs", sparsity, sweep, "max-error": maxError, pattern, block, damping } = given;
  const { refine, repair, seed = 0 } = given;
  const options = {
    ...{ method, sparsity, "max-error": maxError, pattern: pattern && `${pattern.n}:${pattern.m}`, block },
    ...(sweep && { sweep: sweep.join(",") }),
    ...{ budget: budgetOf(given), damping, refine, repair, seed, variant },
  };
  return { command: "prune", options, inputs };
}
