/** What a worker can do: the scripts of this package's own workers, by their names. Nothing else is ever run. */
import { script as prune } from "../prune/worker-script.js";
import type { WorkerScript } from "../runtime/pool.js";
import { nodeWorker } from "../runtime/threads.js";
import { script as search } from "../search/worker-script.js";
import { script as subsetSum } from "../subset-sum/worker-script.js";

const reproduceName = "golden-ticket-reproduce-worker";

/** Of a layer above this one: known by its place alone. */
const reproduce: WorkerScript = {
  name: reproduceName,
  spawn: () => nodeWorker(reproduceName, new URL("../reproduce/", import.meta.url).href),
};

/** By name. */
export const KINDS: ReadonlyMap<string, WorkerScript> = new Map(
  [search, prune, subsetSum, reproduce].map((script) => [script.name, script]),
);
