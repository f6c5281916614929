/**
 * Node's own modules, on hosts that have them. Asked for at run time: an import, even a dynamic one, of
 * "node:…" stops bundlers that build for browsers.
 */
import { WorkerError } from "../errors.js";

type Os = typeof import("node:os");
type Threads = typeof import("node:worker_threads");

const builtin = (name: string): unknown => globalThis.process?.getBuiltinModule?.(name);

/**
 * The module node:worker_threads.
 *
 * @returns undefined in a browser
 */
export function threads(): Threads | undefined {
  return builtin("node:worker_threads") as Threads | undefined;
}

/**
 * Starts a worker thread of Node.
 *
 * @param script  its module
 * @throws {WorkerError} when the host is not Node; it has no workers at all then, for those of browsers come first
 */
export function nodeWorker(script: URL): import("node:worker_threads").Worker {
  const node = threads();
  if (node) return new node.Worker(script);
  throw new WorkerError('"workers" expected 0 on a host without workers, got more');
}

/**
 * How many threads the host runs at once, as far as this process may use them.
 *
 * @returns at least 1
 */
export function parallelism(): number {
  const os = builtin("node:os") as Os | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
