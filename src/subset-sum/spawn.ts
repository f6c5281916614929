/** Starts a worker of the search for subset sums, in a browser or in Node. */
import type { WorkerLike } from "../runtime/pool.js";
import { nodeWorker } from "../runtime/threads.js";

/**
 * Starts a worker.
 *
 * @throws {WorkerError} when the host has none
 */
export function spawn(): WorkerLike {
  if (typeof Worker === "function") {
    // Bundlers look for this very form, and bundle the worker's script where they find it.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  }
  const script = "./worker.js";
  return nodeWorker(new URL(script, import.meta.url));
}
