/**
 * Node's own modules, on hosts that have them. Asked for at run time: an import, even a dynamic one, of
 * "node:…" stops bundlers that build for browsers.
 */
import { startError } from "./handshake.js";

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

/** What threads that this package starts are given, and how workers of browsers are called: to be told from others. */
const OURS = "golden-ticket";
const NAME = /^golden-ticket-[a-z-]+-worker$/;

/**
 * Whether this thread was started as a worker of this package: then it starts none, and a bundle that is its own
 * worker's script does not go on for ever.
 */
function isOurs(): boolean {
  const { document, name } = globalThis as { document?: unknown; name?: unknown };
  return threads()?.workerData === OURS || (document === undefined && NAME.test(String(name)));
}

/**
 * Where a worker's script is looked for.
 *
 * @param name  of the script, without ".js"
 * @param here  the address of the module that starts it; bundles that are no modules have none
 * @returns the same
 * @throws {WorkerError} when there is none, or the script would be the very program that runs
 */
export function checkPlace(name: string, here: string | undefined): string {
  if (typeof here !== "string")
    throw startError(name, "a bundle without an address of its own (import.meta.url)");
  if (isOurs()) throw startError(name, "a worker of this package, which starts no others");
  if (here.split(/[?#]/)[0].endsWith(`/${name}.js`))
    throw startError(name, "the program itself under that name");
  return here;
}

/** A program that is given as text is run under a flag that Node refuses for the files of its workers. */
const flags = () =>
  globalThis.process.execArgv.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};

/**
 * Starts a worker thread of Node.
 *
 * @param name  of its script, without ".js"
 * @param here  beside which address it lies
 * @throws {WorkerError} when the host is not Node; it has no workers at all then, for those of browsers come first
 */
export function nodeWorker(name: string, here: string): import("node:worker_threads").Worker {
  const node = threads();
  if (node) return new node.Worker(new URL(`./${name}.js`, here), { workerData: OURS, ...flags() });
  throw startError(name, "a host without workers");
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
