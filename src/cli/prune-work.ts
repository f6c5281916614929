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
import { budgetOf, type Options } from "./prune-options.js";
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
 * @param write  gets the network when it is pruned
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
  const net = networkOf(core, model);
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  const records: LayerRecord[] = [];
  try {
    if (folder) records.push(...recordsIn(folder));
    const shareOf = pruneShare({ ...workOf(given), layers: model.layers });
    const pruned = await pruneNetwork(net, {
      ...options,
      signal,
      onProgress: (progress) => line.update({ ...progress, share: shareOf(progress) }),
      finished: [...records],
      async onLayer(record) {
        if (!folder) return;
        await saveRecord(folder, record);
        records.push(record);
      },
    });
    line.end();
    await write(pruned, net);
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

/** What the time of a pruning depends on. */
function workOf(given: Options) {
  const sweeps = (given.method ?? "exact-obs") === "exact-obs";
  const budget = budgetOf(given);
  const searches = given["max-error"] !== undefined;
  const curves = searches || budget === "optimal" || (budget === "global" && sweeps);
  return { sweeps, curves, searches, refines: given.refine !== undefined };
}

/** What the pruned model depends on. */
function begunOf(given: Options, variant: Variant, inputs: string): Begun {
  const { method = "exact-obs", sparsity, "max-error": maxError, pattern, block, damping } = given;
  const { refine, repair, seed = 0 } = given;
  const options = {
    ...{ method, sparsity, "max-error": maxError, pattern: pattern && `${pattern.n}:${pattern.m}`, block },
    ...{ budget: budgetOf(given), damping, refine, repair, seed, variant },
  };
  return { command: "prune", options, inputs };
}
