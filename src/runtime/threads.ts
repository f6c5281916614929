/**
 * Node's own modules, on hosts that have them. Asked for at run time: an import, even a dynamic one, of
 * "node:…" stops bundlers that build for browsers.
 */
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
 * How many threads the host runs at once, as far as this process may use them.
 *
 * @returns at least 1
 */
export function parallelism(): number {
  const os = builtin("node:os") as Os | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
