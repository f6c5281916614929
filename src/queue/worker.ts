/** A worker: takes tasks from a queue, does them in threads, and says what it does. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import { ArgumentTypeError, FormatError, QueueError } from "../errors.js";
import { packError } from "../runtime/message.js";
import { Pool } from "../runtime/pool.js";
import { parallelism } from "../runtime/threads.js";
import { Database } from "./database.js";
import { IDENTITY } from "./identity.js";
import { getInput } from "./inputs.js";
import { dropOld, jobsOf } from "./jobs.js";
import { KINDS } from "./kinds.js";
import { bytesFrom, dataOf } from "./plain.js";
import { MOST_BYTES } from "./queue.js";
import { QUEUE_OPTIONS, queueOf, SCHEMA, WORK_CHANNEL } from "./schema.js";
import {
  complete,
  type DoneTask,
  fail,
  giveBack,
  type HeldTask,
  hold,
  MOST_ATTEMPTS,
  MOST_DONE,
  MOST_THROWS,
  sweep,
  take,
} from "./tasks.js";

/** How a worker works. */
export interface WorkerOptions {
  /** Tasks at once; default the host's parallelism. */
  readonly concurrency?: number;
  /** Between two signs of life; after three without, its tasks are given to others. Default 5. */
  readonly heartbeatSeconds?: number;
  /** A task that takes longer is stopped. Default a day. */
  readonly timeoutSeconds?: number;
  /** Ends it: what it was doing goes back. */
  readonly signal?: AbortSignal;
  /** Told what it does, a line each time. */
  onLine?(line: string): void;
}

/** Heartbeats without which a worker counts as lost. */
const LOST_AFTER = 3;
/** Work that a thread has before it, of tasks so short that asking for each would take longer. */
const AHEAD_SECONDS = 0.1;
const MOST_AHEAD = 32;
/** Weight of the last task in the mean. */
const RECENT = 0.1;
/** Bytes of results of a statement, but for the first. */
const MOST_BATCH = 16 * 2 ** 20;
/** Where nobody tells of new tasks. */
const LOOK_MS = 1000;
/** Shared inputs that are kept, with threads that hold them. */
const MOST_POOLS = 3;
/** How long a worker that starts waits for its database. */
const PATIENCE_MS = 60_000;

interface Held {
  readonly task: HeldTask;
  readonly stop: AbortController;
  report: Uint8Array | null;
}

type AnyPool = Pool<unknown, unknown, unknown, unknown>;

class Worker {
  readonly #id = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  readonly #database: Database;
  readonly #concurrency: number;
  readonly #beatMs: number;
  readonly #timeoutMs: number;
  readonly #line: (line: string) => void;
  readonly #held = new Map<string, Held>();
  /** By kind and shared input, the one used last at the end. */
  readonly #pools = new Map<string, Promise<AnyPool>>();
  #batch: { readonly done: DoneTask[]; bytes: number; isOpen: boolean } | undefined;
  #storing: Promise<void> = Promise.resolve();
  /** Seconds of a thread for a task, of late. */
  #secondsEach = Number.POSITIVE_INFINITY;
  #done = 0;
  #wake = () => {};

  constructor(database: Database, options: WorkerOptions) {
    this.#database = database;
    this.#concurrency = options.concurrency ?? parallelism();
    this.#beatMs = 1000 * (options.heartbeatSeconds ?? 5);
    this.#timeoutMs = 1000 * (options.timeoutSeconds ?? QUEUE_OPTIONS.expireInSeconds);
    this.#line = options.onLine ?? (() => {});
  }

  async work(signal: AbortSignal | undefined): Promise<void> {
    await this.#checkVersion();
    await this.#database.boss.createQueue(queueOf(IDENTITY), { ...QUEUE_OPTIONS });
    await this.#database.listen([WORK_CHANNEL], () => this.#wake());
    await this.#beat();
    const stop = () => this.#wake();
    signal?.addEventListener("abort", stop);
    const timer = setInterval(() => void this.#beat().catch(() => {}), this.#beatMs);
    const tasks = `${this.#concurrency} task${this.#concurrency > 1 ? "s" : ""} at once`;
    this.#line(`ready for ${tasks}, version ${IDENTITY}, ${this.#database.address}`);
    try {
      while (!signal?.aborted) await this.#turn();
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", stop);
      await this.#leave();
    }
  }

  /** Takes as many tasks as there are hands free, or waits. */
  async #turn(): Promise<void> {
    // Set first: what is told while we ask is not missed.
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const ahead = this.#ahead;
    const isFull = ahead > this.#concurrency && this.#held.size > ahead / 2;
    const free = isFull ? 0 : ahead - this.#held.size;
    const taken = free > 0 ? await take(this.#database, IDENTITY, this.#id, free, this.#lostSeconds) : [];
    for (const task of taken) void this.#do(task);
    if (isFull || (taken.length > 0 && taken.length === free)) return void (await woken);
    const late = new AbortController();
    await Promise.race([woken, sleep(LOOK_MS, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  /** Tasks to hold: those that run, and of short ones some more, so that threads do not wait for the database. */
  get #ahead(): number {
    const most = Math.min(MOST_AHEAD, Math.ceil(AHEAD_SECONDS / this.#secondsEach));
    return this.#concurrency * Math.max(1, most);
  }

  get #lostSeconds(): number {
    return (LOST_AFTER * this.#beatMs) / 1000;
  }

  async #do(task: HeldTask): Promise<void> {
    const held: Held = { task, stop: new AbortController(), report: null };
    this.#held.set(task.id, held);
    const started = performance.now();
    const share = Math.min(1, this.#concurrency / this.#held.size);
    const what = `${task.kind.replace(/^golden-ticket-|-worker$/g, "")} ${task.id.slice(0, 8)} of job ${task.job}`;
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(2)} s`;
    try {
      const result = await this.#resultOf(held);
      if (held.stop.signal.aborted) return;
      const each = (share * (performance.now() - started)) / 1000;
      this.#secondsEach = this.#done === 0 ? each : (1 - RECENT) * this.#secondsEach + RECENT * each;
      await this.#keep({ task, result });
      this.#done++;
      this.#line(`${what}: ${seconds()}, ${result.length} bytes`);
    } catch (error) {
      if (held.stop.signal.aborted) return void this.#line(`${what}: stopped after ${seconds()}`);
      this.#line(`${what}: failed after ${seconds()}: ${(error as Error).message}`);
      const most = attemptsAfter(error);
      await fail(this.#database, IDENTITY, task, this.#id, packError(error), most).catch(() => {});
    } finally {
      this.#held.delete(task.id);
      this.#wake();
    }
  }

  /** Stores results one statement after the other; what comes meanwhile goes in the next. */
  #keep(done: DoneTask): Promise<void> {
    const last = this.#batch;
    const bytes = done.result.length;
    if (last?.isOpen && last.done.length < MOST_DONE && last.bytes + bytes <= MOST_BATCH) {
      last.done.push(done);
      last.bytes += bytes;
      return this.#storing;
    }
    const batch = { done: [done], bytes, isOpen: true };
    this.#batch = batch;
    this.#storing = this.#storing
      .catch(() => {})
      .then(() => {
        batch.isOpen = false;
        return complete(this.#database, IDENTITY, batch.done, this.#id);
      });
    return this.#storing;
  }

  async #resultOf(held: Held): Promise<Uint8Array> {
    const pool = await this.#poolFor(held.task);
    const late = AbortSignal.timeout(this.#timeoutMs);
    const task = dataOf(held.task.input);
    let result: unknown;
    try {
      result = await pool.run(task, {
        signal: AbortSignal.any([held.stop.signal, late]),
        onProgress: (report) => {
          held.report = bytesFrom(report);
        },
      });
    } catch (error) {
      if (!late.aborted) throw error;
      throw new QueueError(`"task" expected a result within ${this.#timeoutMs / 1000} s, got none`);
    }
    const bytes = bytesFrom(result);
    if (bytes.length <= MOST_BYTES) return bytes;
    throw new QueueError(`"result" expected at most ${MOST_BYTES} bytes, got ${bytes.length}`);
  }

  /** Threads that hold a shared input: it is fetched once, and kept while it is among the last that were used. */
  async #poolFor({ kind, setup }: HeldTask): Promise<AnyPool> {
    const script = KINDS.get(kind);
    if (!script)
      throw new FormatError(`"kind" expected ${[...KINDS.keys()].join(", ")}, got ${JSON.stringify(kind)}`);
    const key = `${kind} ${setup}`;
    const pool =
      this.#pools.get(key) ??
      getInput(this.#database, setup).then(
        (bytes) =>
          new Pool<unknown, unknown, unknown, unknown>({
            size: this.#concurrency,
            script,
            setup: dataOf(bytes),
          }),
      );
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    pool.catch(() => this.#pools.delete(key));
    const isBusy = (other: string) =>
      [...this.#held.values()].some(({ task }) => `${task.kind} ${task.setup}` === other);
    const idle = [...this.#pools.keys()].filter((other) => other !== key && !isBusy(other));
    for (const other of idle.slice(0, Math.max(0, this.#pools.size - MOST_POOLS))) {
      this.#pools.get(other)?.then(
        (old) => old.close(),
        () => {},
      );
      this.#pools.delete(other);
    }
    return pool;
  }

  /** Says that it is there, what it holds, and how far that is; stops what is not wanted any more. */
  async #beat(): Promise<void> {
    await this.#database.query(
      `INSERT INTO ${SCHEMA}.worker (id, identity, host, pid, concurrency) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET seen_on = now(), running = $6, done = $7`,
      [this.#id, IDENTITY, hostname(), process.pid, this.#concurrency, this.#held.size, this.#done],
    );
    const held = [...this.#held.values()];
    const ids = held.map(({ task }) => task.id);
    const wanted = await hold(
      this.#database,
      ids,
      held.map(({ report }) => report),
      this.#lostSeconds,
    );
    for (const { task, stop } of held) if (!wanted.has(task.id)) stop.abort(new QueueError("cancelled"));
    // When the database was away, so was everybody's word.
    if (this.#database.calmMs > LOST_AFTER * this.#beatMs) await sweep(this.#database, IDENTITY);
  }

  /** Jobs of another version are not taken; when there are no others, nobody needs this worker. */
  async #checkVersion(): Promise<void> {
    await dropOld(this.#database);
    const jobs = await jobsOf(this.#database);
    const others = [...new Set(jobs.map(({ identity }) => identity))].filter(
      (identity) => identity !== IDENTITY,
    );
    if (others.length === 0) return;
    const message = `"version" expected ${others.join(", ")}, as the jobs', got ${IDENTITY}: bits would differ`;
    if (jobs.every(({ identity }) => identity !== IDENTITY)) throw new QueueError(message);
    this.#line(`jobs of other versions are left alone: ${others.join(", ")}`);
  }

  /** Gives back what it holds. */
  async #leave(): Promise<void> {
    const ids = [...this.#held.keys()];
    for (const { stop } of this.#held.values()) stop.abort(new QueueError("the worker ends"));
    for (const pool of this.#pools.values())
      pool.then(
        (one) => one.close(),
        () => {},
      );
    await giveBack(this.#database, IDENTITY, ids);
    await this.#database.query(`DELETE FROM ${SCHEMA}.worker WHERE id = $1`, [this.#id]);
    this.#line(`ended after ${this.#done} tasks${ids.length > 0 ? `; ${ids.length} given back` : ""}`);
  }
}

/** An argument that does not fit never will; threads and memory may do better elsewhere. */
function attemptsAfter(error: unknown): number {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (/^ERR_(TYPE|RANGE|SHAPE|NON_FINITE|VARIANT|QUEUE)$/.test(String(code))) return 1;
  return name === "WorkerError" || code === "ERR_OUT_OF_MEMORY" ? MOST_ATTEMPTS : MOST_THROWS;
}

/**
 * Works for a queue until it is told to end. Runs this package's own tasks, nothing else.
 *
 * @param url  postgres://user:password@host/database
 * @param options  tasks at once, heartbeat, time for a task
 * @throws {QueueError} when the database does not answer, or has jobs of other versions alone
 * @throws {MissingPackageError} when pg or pg-boss is not installed
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 */
export async function runWorker(url: string, options: WorkerOptions = {}): Promise<void> {
  const keys = ["concurrency", "heartbeatSeconds", "timeoutSeconds", "signal", "onLine"] as const;
  const { concurrency, heartbeatSeconds, timeoutSeconds, signal } = checkOptions("options", options, keys);
  if (typeof url !== "string") throw new ArgumentTypeError('"url" expected a text, got something else');
  if (concurrency !== undefined) checkInteger("options.concurrency", concurrency, 1, 1024);
  if (heartbeatSeconds !== undefined) checkNumber("options.heartbeatSeconds", heartbeatSeconds, 0.1, 3600);
  const longest = QUEUE_OPTIONS.expireInSeconds;
  if (timeoutSeconds !== undefined) checkNumber("options.timeoutSeconds", timeoutSeconds, 0.001, longest);
  signal?.throwIfAborted();
  const onAway = (why: string) => options.onLine?.(`waiting for the database: ${why}`);
  const database = await Database.open(url, { patience: PATIENCE_MS, onAway });
  try {
    await new Worker(database, options).work(signal);
  } finally {
    await database.close();
  }
}
