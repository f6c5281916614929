/** Starts a worker of the search for subset sums, in a browser or in Node. */
import type { WorkerScript } from "../runtime/pool.js";
import { checkPlace, nodeWorker } from "../runtime/threads.js";

const name = "golden-ticket-subset-sum-worker";

/** The script beside this file. */
export const script: WorkerScript = {
  name,
  spawn() {
    const here = checkPlace(name, import.meta.url);
    if (typeof Worker === "function") {
      // Bundlers look for this very form, and bundle the worker's script where they find it.
      return new Worker(new URL("./golden-ticket-subset-sum-worker.js", import.meta.url), {
        type: "module",
        name: "golden-ticket-subset-sum-worker",
      });
    }
    return nodeWorker(name, here);
  },
};
