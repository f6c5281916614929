/** Starts a worker of a search, in a browser or in Node. */
import { WorkerError } from "../errors.js";
import type { WorkerLike } from "../runtime/pool.js";
import { threads } from "../runtime/threads.js";

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
  const node = threads();
  if (node) {
    const script = "./worker.js";
    return new node.Worker(new URL(script, import.meta.url));
  }
  throw new WorkerError('"workers" expected 0 on a host without workers, got more');
}
