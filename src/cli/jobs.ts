/** `golden-ticket jobs`: what there is in a queue, who works for it, and jobs whose callers have gone. */
import type { JobRow, QueueStatus, WorkerRow } from "../queue/index.js";
import { type Command, columns, common } from "./command.js";
import { type Given, readOptions, refusal, UsageError } from "./options.js";
import { isPath, type KeptCommand, queue } from "./queue-options.js";
import { printable, shellWord } from "./shell.js";

const { help, json } = common;
const specs = { queue, json, help };

/** Commands that a queue takes work of. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  find: async () => (await import("./find.js")).find,
  prune: async () => (await import("./prune.js")).prune,
  "subset-sum": async () => (await import("./subset-sum.js")).subsetSum,
};

const ACTIONS = "list, status, attach JOB or cancel JOB";

export const jobs: Command = {
  summary:
    "Shows the jobs of a queue and who works for them, goes on with one whose caller has gone, cancels one.",
  specs,
  operands: ["list|status|attach|cancel", "[JOB]"],
  notes: [
    "list shows jobs: how many of their tasks are queued, running, done, and what they were asked for. status shows " +
      "workers and rates as well.",
    "attach begins the command of a job again, with the options that it was given: what was done is not done again, " +
      "and the result has the same bytes. The queue keeps no files: they, and where results go, are given again.",
    "cancel removes a job: workers stop what they do for it, its caller is told.",
  ],
  examples: [
    ["jobs list --queue postgres://golden@db.example/golden", "what there is"],
    ["jobs status --queue postgres://golden@db.example/golden", "who works, and how fast"],
    ["jobs attach 0a1b2c3d4e5f --queue postgres://golden@db.example/golden --out runs/again", "goes on"],
    ["jobs cancel 0a1b2c3d4e5f --queue postgres://golden@db.example/golden", "ends it"],
  ],
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  if (action === "list" || action === "status") {
    const given = readOptions(specs, rest);
    const status = await (await queueModule(given)).statusOf(urlOf(given));
    show(status, action === "status", given.json === true);
    return 0;
  }
  if (action !== "attach" && action !== "cancel") {
    throw new UsageError(`"jobs" expected ${ACTIONS}, got ${JSON.stringify(action ?? "nothing")}`);
  }
  const [job, ...more] = rest;
  if (job === undefined || !/^[0-9a-f]{12}$/.test(job)) {
    throw refusal("JOB", "12 digits, as jobs list shows them", JSON.stringify(job ?? "nothing"));
  }
  return action === "attach" ? attach(job, more) : cancel(job, readOptions(specs, more));
}

/** Loads what only queues need; the arguments, which others on this machine can see, may hold a password. */
function queueModule(_given: { readonly queue?: string }) {
  process.title = "golden-ticket jobs";
  return import("../queue/index.js");
}

function urlOf({ queue: url }: { readonly queue?: string }): string {
  if (url === undefined) throw refusal("--queue", queue.expected, "nothing");
  return url;
}

async function cancel(job: string, given: Given<typeof specs>): Promise<number> {
  const isThere = await (await queueModule(given)).cancelJob(urlOf(given), job);
  if (!isThere) throw refusal("JOB", "a job of the queue", job);
  process.stdout.write(given.json ? `${JSON.stringify({ job, cancelled: true })}\n` : `Cancelled ${job}.\n`);
  return 0;
}

/** The command of a job, with what is given now: nothing that the queue says is taken for a path. */
async function attach(job: string, args: readonly string[]): Promise<number> {
  const at = args.findIndex((arg) => arg === "--queue" || arg.startsWith("--queue="));
  const url = args[at]?.startsWith("--queue=") ? args[at].slice("--queue=".length) : args[at + 1];
  const given = at < 0 || url === undefined ? {} : { queue: url };
  const { jobs: known } = await (await queueModule(given)).statusOf(urlOf(given));
  const found = known.find(({ id }) => id === job);
  if (!found) throw refusal("JOB", "a job of the queue", job);
  const { command, options, files } = keptIn(found);
  const { specs: own, run: begin } = await COMMANDS[command]();
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (!Object.hasOwn(own, name) || isPath(own[name]))
      throw unreadable(job, `an option ${JSON.stringify(name)}`);
    if (own[name].value === undefined) return [`--${name}`];
    return [`--${name}=${value}`];
  });
  const isGiven = (name: string) => args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const missing = files.filter((name) => Object.hasOwn(own, name) && !isGiven(name));
  if (missing.length > 0) {
    throw refusal(`--${missing[0]}`, "the file that the job was begun with, which no queue keeps", "nothing");
  }
  return begin([...words, ...args, "--attach", job]);
}

function keptIn({ id, command }: JobRow): KeptCommand {
  const kept = (command ?? {}) as Partial<KeptCommand>;
  const { options, files } = kept;
  const isText = (value: unknown) => typeof value === "string";
  const isKept =
    typeof options === "object" && options !== null && Array.isArray(files) && files.every(isText);
  if (isKept && Object.values(options).every(isText) && Object.hasOwn(COMMANDS, String(kept.command))) {
    return kept as KeptCommand;
  }
  throw unreadable(id, "one that a program began");
}

const unreadable = (job: string, found: string) =>
  refusal("JOB", `a job that ${Object.keys(COMMANDS).join(", ")} began`, `${job}, ${found}`);

function show({ jobs: all, workers, doneLastMinute }: QueueStatus, isWhole: boolean, isJson: boolean): void {
  if (isJson) {
    const whole = isWhole ? { jobs: all, workers, doneLastMinute } : { jobs: all };
    process.stdout.write(`${JSON.stringify(whole)}\n`);
    return;
  }
  const lines = all.length > 0 ? columns(all.map((job) => [job.id, lineOf(job)] as const)) : "No jobs.\n";
  process.stdout.write(lines);
  if (!isWhole) return;
  const hands = workers.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const rate = `${doneLastMinute} tasks of these jobs done in the last minute`;
  process.stdout.write(`${workers.length} workers, ${hands} tasks at once; ${rate}.\n`);
  if (workers.length > 0)
    process.stdout.write(columns(workers.map((one) => [nameOf(one), workOf(one)] as const)));
}

function lineOf({
  tasks,
  done,
  running,
  failed,
  command,
  unseenSeconds,
  identity,
  priority,
}: JobRow): string {
  const waiting = tasks - done - running - failed;
  const states = [
    `${done} done`,
    `${running} running`,
    `${waiting} waiting`,
    failed > 0 ? `${failed} failed` : "",
  ];
  const caller = unseenSeconds > 10 ? `caller away for ${Math.round(unseenSeconds)} s` : "caller there";
  return printable(
    [...states.filter(Boolean), caller, `priority ${priority}`, identity, asked(command)].join(", "),
  );
}

/** As it might have been typed. */
function asked(command: unknown): string {
  const { command: name, options } = (command ?? {}) as Partial<KeptCommand>;
  if (typeof name !== "string") return "a program";
  const words = Object.entries(options ?? {}).map(
    ([key, value]) => `--${key}${value ? ` ${shellWord(value)}` : ""}`,
  );
  return [name, ...words].join(" ");
}

const nameOf = ({ host, pid }: WorkerRow) => printable(`${host} ${pid}`);

function workOf({ concurrency, running, done, seconds, identity }: WorkerRow): string {
  const rate = ((60 * done) / Math.max(1, seconds)).toFixed(1);
  return printable(`${running} of ${concurrency} tasks, ${done} done, ${rate} a minute, version ${identity}`);
}
