/** The caller's side: sends tasks, waits for their results, and keeps waiting when the database is away. */
import { randomBytes } from "node:crypto";
import { checkInteger, checkOptions } from "../check.js";
import { describe } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, DisposedError, QueueError } from "../errors.js";
import type { TaskQueue } from "../runtime/elsewhere.js";
import { type Failure, packError, unpackError } from "../runtime/message.js";
import type { Runner, RunOptions } from "../runtime/pool.js";
import { Database } from "./database.js";
import { IDENTITY, sha256 } from "./identity.js";
import { putInput } from "./inputs.js";
import { dropJob, dropTasks, jobsOf, workersOf } from "./jobs.js";
import { bytesFrom, dataOf } from "./plain.js";
import { doneChannel, QUEUE_OPTIONS, queueOf, SCHEMA } from "./schema.js";
import { type NewTask, refuse, send, sweep, taskId } from "./tasks.js";

/** How a queue is opened. */
export interface QueueOptions {
  /** Goes on with a job whose caller has gone, by its id: what was done is not done again. Default a new job. */
  readonly job?: string;
  /** What made the job, to be shown and begun again; plain JSON. */
  readonly command?: unknown;
  /** From 1 to 100: a job of 20 gets twice as many turns as one of 10, the default. */
  readonly priority?: number;
  /** Whether tasks go on when the queue is closed before they are done. Default false: they are taken back. */
  readonly detach?: boolean;
  /** Told when the database goes away. */
  onAway?(why: string): void;
}

/** Tasks of a caller that run at once at most: enough for thousands of workers, and little to hold. */
const MOST_TASKS = 4096;
/** Between two looks at what may have been missed, and signs of life. */
const BEAT_MS = 2000;
/** A job whose caller gave a sign of life within so many of these has a caller. */
const ATTENDED_BEATS = 2;
/** Results of a statement. */
const MOST_RESULTS = 50;
/** Bytes of a task, and of a result: two digits each in a text of Node, which holds 2²⁹ − 24 characters. */
export const MOST_BYTES = 128 * 2 ** 20;

interface Call {
  readonly onProgress?: (report: unknown) => void;
  settle(outcome: { result: unknown } | { error: unknown }): void;
}

interface Row {
  readonly id: string;
  readonly result: Uint8Array | null;
  readonly sha256: string | null;
  readonly done_by: string | null;
  readonly failure: Failure | null;
}

/** A job in a queue: what `openQueue` gives, and functions of this package take as `queue`. */
export class Queue implements TaskQueue {
  /** By which `golden-ticket jobs` knows it. */
  readonly job: string;
  readonly #database: Database;
  readonly #detach: boolean;
  /** Who waits for a task, by its id. */
  readonly #waiting = new Map<string, Set<Call>>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #unsent: NewTask[] = [];
  #unwanted: string[] = [];
  #sending: Promise<void> = Promise.resolve();
  #dropping: Promise<unknown> = Promise.resolve();
  #looking: Promise<void> | undefined;
  #changed = new Set<string>();
  #workers = 0;
  #dispute: string | undefined;

  constructor(database: Database, job: string, detach: boolean) {
    this.#database = database;
    this.job = job;
    this.#detach = detach;
    this.#timer = setInterval(() => void this.#beat().catch(() => {}), BEAT_MS);
  }

  /** Workers that are there and of this version. */
  get workers(): number {
    return this.#workers;
  }

  /**
   * Who runs the tasks of a kind: workers, wherever they are.
   *
   * @param script  name of the script that a worker would run here
   * @param setup  plain data; sent once, whoever asks
   * @throws {ArgumentTypeError} when it is no plain data
   * @throws {ArgumentRangeError} when its variant is not the one that gives the same bits everywhere
   */
  runner<Setup, Task, Result, Report>(script: string, setup: Setup): Runner<Task, Result, Report> {
    if (typeof script !== "string")
      throw new ArgumentTypeError('"script" expected a name, got something else');
    const { variant } = (setup ?? {}) as { variant?: unknown };
    if (variant !== undefined && variant !== "simd") {
      const expected =
        '"variant" expected simd beside a queue, the bits of which are the same on every machine';
      throw new ArgumentRangeError(`${expected}, got ${String(variant)}`);
    }
    const stored = putInput(this.#database, bytesFrom(setup));
    // Handled where a task awaits it.
    stored.catch(() => {});
    const own = new AbortController();
    return {
      size: MOST_TASKS,
      run: (task, options = {}) => this.#run(script, stored, task, options, own.signal) as Promise<Result>,
      close: () => own.abort(closedError()),
    };
  }

  /** The work is done: the job and its results are removed. Rejects when two workers had other bytes for a task. */
  async finish(): Promise<void> {
    await this.#beat();
    if (this.#dispute) throw new QueueError(this.#dispute);
    await this.cancel();
  }

  /** Removes the job, its tasks and its results. */
  async cancel(): Promise<void> {
    await this.#sending.catch(() => {});
    await dropJob(this.#database, this.job);
  }

  /** Ends the connection. What is not done is taken back, unless the queue was opened with `detach`. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(closedError());
    if (!this.#detach) this.#drop();
    await Promise.allSettled([this.#sending, this.#dropping, this.#looking]);
    await this.#database.close();
  }

  async #run(
    kind: string,
    stored: Promise<string>,
    task: unknown,
    { signal, onProgress }: RunOptions<never>,
    closed: AbortSignal,
  ): Promise<unknown> {
    const stop = AbortSignal.any([this.#closing.signal, closed, ...(signal ? [signal] : [])]);
    stop.throwIfAborted();
    const input = bytesFrom(task);
    if (input.length > MOST_BYTES) {
      throw new ArgumentRangeError(
        `"task" expected at most ${MOST_BYTES} bytes for a queue, got ${input.length}`,
      );
    }
    const setup = await stored;
    stop.throwIfAborted();
    const id = taskId(this.job, { kind, setup, input });
    return new Promise((resolve, reject) => {
      const abort = () => this.#withdraw(id, call, stop.reason);
      const call: Call = {
        onProgress: onProgress as Call["onProgress"],
        settle(outcome) {
          stop.removeEventListener("abort", abort);
          if ("result" in outcome) resolve(outcome.result);
          else reject(outcome.error);
        },
      };
      stop.addEventListener("abort", abort);
      const known = this.#waiting.get(id);
      if (known) return void known.add(call);
      this.#waiting.set(id, new Set([call]));
      this.#unsent.push({ id, kind, setup, input });
      // All that are asked for in one turn go in one statement.
      if (this.#unsent.length === 1) setImmediate(() => this.#send());
    });
  }

  #send(): void {
    const tasks = this.#unsent.splice(0).filter(({ id }) => this.#waiting.has(id));
    if (tasks.length === 0) return;
    this.#sending = this.#sending
      .then(() => send(this.#database, this.job, IDENTITY, tasks))
      .then(() => this.#look(tasks.map(({ id }) => id)))
      .catch((error) => {
        const isGone = (error as { cause?: { code?: string } }).cause?.code === "23503";
        for (const { id } of tasks) this.#settle(id, { error: isGone ? cancelledError(this.job) : error });
      });
  }

  /** Takes a call back. When it was the last one of a task that nobody has begun to need otherwise, the task goes. */
  #withdraw(id: string, call: Call, reason: unknown): void {
    const calls = this.#waiting.get(id);
    calls?.delete(call);
    if (calls?.size === 0) {
      this.#waiting.delete(id);
      this.#unwanted.push(id);
      if (this.#unwanted.length === 1 && !this.#detach) setImmediate(() => this.#drop());
    }
    call.settle({ error: reason });
  }

  #drop(): void {
    this.#dropping = Promise.allSettled([this.#dropping, this.#sending])
      .then(() => this.#unwanted.splice(0).filter((id) => !this.#waiting.has(id)))
      .then((ids) => (ids.length > 0 ? dropTasks(this.#database, IDENTITY, ids) : undefined))
      .catch(() => {});
  }

  #settle(id: string, outcome: { result: unknown } | { error: unknown }): void {
    const calls = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const call of calls) call.settle(outcome);
  }

  /** Hears of tasks that ended, commas between their ids; without them, of any. */
  heard(ids?: string): void {
    void this.#look(ids ? ids.split(",") : [...this.#waiting.keys()]);
  }

  #look(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.#waiting.has(id)) this.#changed.add(id);
    this.#looking ??= this.#collect().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #collect(): Promise<void> {
    while (this.#changed.size > 0) {
      const some = [...this.#changed].slice(0, MOST_RESULTS);
      for (const id of some) this.#changed.delete(id);
      let rows: Row[];
      try {
        ({ rows } = await this.#database.query<Row>(
          `SELECT id, result, sha256, done_by, failure FROM ${SCHEMA}.task
           WHERE id = ANY($1::uuid[]) AND (sha256 IS NOT NULL OR failure IS NOT NULL)`,
          [some],
        ));
      } catch (error) {
        for (const id of some) this.#settle(id, { error });
        continue;
      }
      for (const row of rows) await this.#receive(row);
    }
  }

  async #receive({ id, result, sha256: hash, done_by, failure }: Row): Promise<void> {
    if (result === null || hash === null) {
      return this.#settle(id, { error: unpackError(failure ?? { message: "failed", fields: {} }) });
    }
    const found = sha256(result);
    try {
      if (found !== hash) {
        throw new QueueError(
          `"result" expected ${hash.slice(0, 12)}…, got ${found.slice(0, 12)}…, from ${done_by}`,
        );
      }
      // Each call has arrays of its own.
      for (const call of this.#waiting.get(id) ?? []) call.settle({ result: dataOf(result) });
      this.#waiting.delete(id);
    } catch (error) {
      await refuse(this.#database, IDENTITY, { id, job: this.job }, done_by ?? "somebody", packError(error));
    }
  }

  async #beat(): Promise<void> {
    const { rows } = await this.#database.query<{ dispute: string | null }>(
      `UPDATE ${SCHEMA}.job SET seen_on = now() WHERE id = $1 RETURNING dispute`,
      [this.job],
    );
    this.#workers = (await workersOf(this.#database)).filter(({ identity }) => identity === IDENTITY).length;
    const stop = (error: QueueError) => {
      for (const id of [...this.#waiting.keys()]) this.#settle(id, { error });
    };
    if (rows.length === 0) return stop(cancelledError(this.job));
    if (rows[0].dispute) {
      this.#dispute = `"workers" expected equal bytes for equal tasks: ${rows[0].dispute}`;
      return stop(new QueueError(this.#dispute));
    }
    await sweep(this.#database, IDENTITY);
    await this.#report();
    await this.#look([...this.#waiting.keys()]);
  }

  /** Passes on how far tasks are. */
  async #report(): Promise<void> {
    const ids = [...this.#waiting].filter(([, calls]) => [...calls].some(({ onProgress }) => onProgress));
    if (ids.length === 0) return;
    const { rows } = await this.#database.query<{ id: string; report: Uint8Array }>(
      `SELECT id, report FROM ${SCHEMA}.task
       WHERE id = ANY($1::uuid[]) AND report IS NOT NULL AND worker IS NOT NULL AND sha256 IS NULL`,
      [ids.map(([id]) => id)],
    );
    for (const { id, report } of rows) {
      for (const call of this.#waiting.get(id) ?? []) {
        try {
          call.onProgress?.(dataOf(report));
        } catch (error) {
          this.#withdraw(id, call, error);
        }
      }
    }
  }
}

/**
 * Opens a queue on a PostgreSQL, to be given to functions of this package as `queue`. Workers are
 * `golden-ticket worker --queue URL`, on any machines; results are the bytes that local workers give.
 *
 * @param url  postgres://user:password@host/database
 * @param options  name and priority of the job, what becomes of it
 * @throws {QueueError} when the database does not answer, or all workers are of another version
 * @throws {MissingPackageError} when pg or pg-boss is not installed
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 */
export async function openQueue(url: string, options: QueueOptions = {}): Promise<Queue> {
  const given = checkOptions("options", options, ["job", "command", "priority", "detach", "onAway"]);
  if (typeof url !== "string") throw new ArgumentTypeError('"url" expected a text, got something else');
  const { priority = 10, detach = false, onAway } = given;
  checkInteger("options.priority", priority, 1, 100);
  const database = await Database.open(url, onAway ? { onAway } : {});
  try {
    const workers = await workersOf(database);
    if (workers.length > 0 && workers.every(({ identity }) => identity !== IDENTITY)) {
      const others = [...new Set(workers.map(({ identity }) => identity))].join(", ");
      throw new QueueError(
        `"workers" expected version ${IDENTITY}, as the caller's, got ${others}: bits would differ`,
      );
    }
    await database.boss.createQueue(queueOf(IDENTITY), { ...QUEUE_OPTIONS });
    const job = given.job === undefined ? await newJob(database, given) : await sameJob(database, given.job);
    const queue = new Queue(database, job, detach);
    await database.listen([doneChannel(job)], (id) => queue.heard(id));
    return queue;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function newJob(database: Database, { command, priority = 10 }: QueueOptions): Promise<string> {
  const job = randomBytes(6).toString("hex");
  await database.query(`INSERT INTO ${SCHEMA}.job (id, identity, command, weight) VALUES ($1, $2, $3, $4)`, [
    ...[job, IDENTITY, JSON.stringify(command ?? null), priority],
  ]);
  return job;
}

/** A job of one caller has one: two would take it from each other when they end. */
async function sameJob(database: Database, job: string): Promise<string> {
  const found = (await jobsOf(database)).find(({ id }) => id === job);
  if (!found) throw new QueueError(`"job" expected a job of the queue, got ${describe(job)}`);
  if (found.identity !== IDENTITY) {
    throw new QueueError(`"job" expected version ${IDENTITY}, got ${found.identity}: bits would differ`);
  }
  if (1000 * found.unseenSeconds < ATTENDED_BEATS * BEAT_MS) {
    throw new QueueError(`"job" expected a job whose caller has gone, got ${job}, whose caller is there`);
  }
  return job;
}

const closedError = () => new DisposedError('"queue" expected a queue in use, got one that was closed');
const cancelledError = (job: string) =>
  new QueueError(`"queue" expected job ${job}, got none: it was cancelled`);
