/** `--queue` of commands: who opens it, what becomes of the job, and how it is begun again. */
import type { Queue } from "../queue/index.js";
import { INTERRUPTED } from "./interrupt.js";
import { flag, type Given, integer, refusal, type Spec, type Specs } from "./options.js";

/** The address is looked at by who connects: a message about it must not show its password. */
export const queue: Spec<string> = {
  value: "postgres://USER@HOST/DB",
  help: "work on the machines of this queue (golden-ticket worker); same bytes. PGPASSWORD may have the password",
  read: (given) => given,
  expected: "postgres://USER@HOST/DATABASE",
};

/** Options of commands whose work a queue takes. */
export const queueSpecs = {
  queue,
  priority: integer(
    "N",
    "turns beside other jobs of the queue. Default 10: a job of 20 gets twice as many",
    1,
    100,
  ),
  detach: flag("Ctrl-C leaves the queued work going; jobs attach comes back to it"),
  attach: {
    value: "JOB",
    help: "go on with a job of the queue whose caller has gone; jobs attach JOB does it",
    read: (given: string) => (/^[0-9a-f]{12}$/.test(given) ? given : undefined),
    expected: "12 digits, as jobs list shows them",
  } satisfies Spec<string>,
};

type QueueGiven = Given<typeof queueSpecs>;

/** What of a command line a queue keeps: never a path, never the queue's address. */
export interface KeptCommand {
  readonly command: string;
  /** By name, without the dashes, as text; "" for a flag. */
  readonly options: Readonly<Record<string, string>>;
  /** Names of the arguments and options with files that were given: they have to be given again. */
  readonly files: readonly string[];
}

/** Whether an option names a file or folder. */
export const isPath = ({ value }: Spec<unknown>) => value !== undefined && /FILE|DIR/.test(value);

/** Where the work of a caller goes has nothing to do with what it is. */
const OWN = ["queue", "attach", "priority", "detach", "json", "workers", "config", "help"];
/** Where results go may change. */
const RESULTS = ["out", "resume", "checkpoint", "force"];

/**
 * What a queue keeps of a command.
 *
 * @param command  its name
 * @param specs  its options
 * @param given  those that were given
 * @param operands  names of its arguments that are files
 */
export function keptOf(
  command: string,
  specs: Specs,
  given: Readonly<Record<string, unknown>>,
  operands: readonly string[] = [],
): KeptCommand {
  const names = Object.keys(given).filter((name) => given[name] !== undefined && !OWN.includes(name));
  const textOf = (value: unknown) => (Array.isArray(value) && value.length === 0 ? "none" : String(value));
  const plain = names.filter((name) => !isPath(specs[name]) && !RESULTS.includes(name));
  return {
    command,
    options: Object.fromEntries(plain.map((name) => [name, given[name] === true ? "" : textOf(given[name])])),
    files: [...operands, ...names.filter((name) => isPath(specs[name]) && !RESULTS.includes(name))],
  };
}

/**
 * Runs a command with the queue that it was given, or without one.
 *
 * @param kept  what the queue keeps of it
 * @param given  its options
 * @param body  the command, which returns its exit code
 */
export async function withQueue(
  kept: KeptCommand,
  given: QueueGiven,
  body: (queue: Queue | undefined) => Promise<number>,
): Promise<number> {
  const url = given.queue;
  for (const option of ["priority", "detach", "attach"] as const) {
    if (given[option] !== undefined && url === undefined) {
      throw refusal("--queue", `an address beside --${option}`, "nothing");
    }
  }
  if (url === undefined) return body(undefined);
  // The arguments, which others on this machine can see, may hold a password.
  process.title = `golden-ticket ${kept.command}`;
  const { openQueue } = await import("../queue/index.js");
  const opened = await openQueue(url, {
    ...(given.attach ? { job: given.attach } : {}),
    ...(given.priority ? { priority: given.priority } : {}),
    command: kept,
    detach: given.detach === true,
    onAway: (why) => void process.stderr.write(`Waiting for the queue: ${why}\n`),
  });
  let code = INTERRUPTED;
  try {
    code = await body(opened);
    if (code !== INTERRUPTED) await opened.finish();
    else if (!given.detach) await opened.cancel();
    else
      process.stderr.write(
        `The queued work goes on. Come back with: golden-ticket jobs attach ${opened.job}\n`,
      );
    return code;
  } catch (error) {
    if (!given.detach) await opened.cancel().catch(() => {});
    throw error;
  } finally {
    await opened.close();
  }
}
