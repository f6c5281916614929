/**
 * How a worker shows that it is ours. It speaks first, so that a stranger's script, found under the name of ours, is
 * never told anything; and it names its version, so that a stale copy does no work of ours.
 */
import { WorkerError } from "../errors.js";
import { VERSION } from "../generated/version.js";

/** The first message of a worker. */
export interface Greeting {
  readonly kind: "greeting";
  /** Name of its script, without ".js". */
  readonly goldenTicket: string;
  readonly version: string;
}

/** What a worker says first. */
export const greetingOf = (script: string): Greeting => ({
  kind: "greeting",
  goldenTicket: script,
  version: VERSION,
});

/**
 * Looks at the first message of a worker.
 *
 * @param message  whatever came
 * @param script  whose greeting is expected
 * @returns what it is instead; undefined when it is the greeting
 */
export function strangerIn(message: unknown, script: string): string | undefined {
  const { kind, goldenTicket, version } = (message ?? {}) as Partial<Greeting>;
  if (kind !== "greeting" || typeof goldenTicket !== "string") return "a script that is not this package's";
  if (goldenTicket !== script) return `the script ${goldenTicket}.js`;
  return version === VERSION ? undefined : `the script of version ${version}`;
}

/**
 * The error of a worker that does not start; says what to do.
 *
 * @param script  its name
 * @param found  what happened instead
 * @param cause  what the host said
 */
export function startError(script: string, found: string, cause?: unknown): WorkerError {
  const denied = (cause as { code?: string } | undefined)?.code === "ERR_ACCESS_DENIED";
  const ways = denied
    ? "start Node with --allow-worker"
    : `serve ${script}.js beside the script that starts it (bundled from ${entryOf(script)}, of the same version), ` +
      "or keep the package out of a bundle for Node (serverExternalPackages, external)";
  const expected = `"workers" expected ${script}.js ${VERSION} to start`;
  const message = `${expected}, got ${found}. \`workers: 0\` does without workers; to have them, ${ways}`;
  return new WorkerError(message, cause === undefined ? undefined : { cause });
}

/** golden-ticket-search-worker → golden-ticket/search-worker, under which the package exports it. */
const entryOf = (script: string) => script.replace("golden-ticket-", "golden-ticket/");

/** Time for a greeting: turns of the event loop, this far apart. */
const TURN_MS = 100;
const MOST_TURNS = 40;

/** What a worker is said to have done that let the time pass. */
export const SILENCE = `no word within ${(TURN_MS * MOST_TURNS) / 1000} s: not this package's script, or out of reach`;

/**
 * Waits for 4 s. In turns, because a thread that was busy for longer has heard nothing: that time does not count.
 *
 * @param late  called at the end of it
 * @returns stops waiting
 */
export function patience(late: () => void): () => void {
  let turns = 0;
  const timer = setInterval(() => {
    turns++;
    if (turns < MOST_TURNS) return;
    clearInterval(timer);
    late();
  }, TURN_MS);
  return () => clearInterval(timer);
}
