/** `golden-ticket worker`: works for a queue until it is told to end. */
import { availableParallelism } from "node:os";
import { type Command, common } from "./command.js";
import { type Given, integer, number, readOptions, refusal } from "./options.js";
import { queue } from "./queue-options.js";
import { printable } from "./shell.js";

const { help, config } = common;

const specs = {
  queue,
  concurrency: integer("N", "tasks at once. Default one for each core", 1, 1024),
  heartbeat: number(
    "S",
    "seconds between two signs of life; after three without, its tasks are given to others. Default 5",
    0.1,
    3600,
  ),
  timeout: number("S", "seconds that a task may take. Default a day", 0.001, 86_399),
  help,
  config,
};

export const worker: Command = {
  summary:
    "Works for a queue: takes tasks of find, prune, subset-sum and reproduce that were begun with --queue, on any " +
    "machine, until it is told to end.",
  specs,
  notes: [
    "The database is all that workers and callers share. Ctrl-C or SIGTERM gives back what is not done. Callers and " +
      "workers of different versions do not work together: their bits would differ.",
    "A line for each task goes to stderr: what it was, how long it took, how large the result is.",
  ],
  examples: [
    ["worker --queue postgres://golden@db.example/golden", "as many tasks at once as there are cores"],
    ["worker --queue postgres://golden@db.example/golden --concurrency 2", "two"],
  ],
  run: (args) => run(readOptions(specs, args)),
};

async function run({ queue: url, concurrency, heartbeat, timeout }: Given<typeof specs>): Promise<number> {
  if (url === undefined) throw refusal("--queue", "postgres://USER@HOST/DATABASE", "nothing");
  // The arguments, which others on this machine can see, may hold a password.
  process.title = "golden-ticket worker";
  const { runWorker } = await import("../queue/index.js");
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  await runWorker(url, {
    concurrency: concurrency ?? availableParallelism(),
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    signal: ending.signal,
    onLine: (line) => void process.stderr.write(`${printable(line)}\n`),
  });
  return 0;
}
