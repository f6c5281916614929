/** What a worker can do: the scripts of this package's own workers, by their names. Nothing else is ever run. */
import { script as prune } from "../prune/worker-script.js";
import type { WorkerScript } from "../runtime/pool.js";
import { script as search } from "../search/worker-script.js";
import { script as subsetSum } from "../subset-sum/worker-script.js";

/** By name. */
export const KINDS: ReadonlyMap<string, WorkerScript> = new Map(
  [search, prune, subsetSum].map((script) => [script.name, script]),
);
