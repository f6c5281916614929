/** A pool of workers, the only parallelism of the package. Who gets a task does not show in its result. */
import { DisposedError, WorkerError } from "../errors.js";
import { patience, SILENCE, startError, strangerIn } from "./handshake.js";
import { type FromWorker, type ToWorker, unpackError } from "./message.js";
import type { Hooks } from "./serve.js";
import { tellOnce } from "./tell-once.js";
import { parallelism } from "./threads.js";

interface AnyWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
}

/** A worker as Node has it. */
interface ThreadLike extends AnyWorker {
  on(type: "message", listener: (message: unknown) => void): unknown;
  on(type: "messageerror" | "error", listener: (error: Error) => void): unknown;
  on(type: "exit", listener: (code: number) => void): unknown;
}

interface ErrorLike {
  readonly message?: string;
  readonly error?: unknown;
  preventDefault(): void;
}

/** A worker as browsers have it. */
interface WebWorkerLike extends AnyWorker {
  addEventListener(type: "message" | "messageerror", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: ErrorLike) => void): void;
}

/** A worker of the browser or of Node, whose script calls `serve`. */
export type WorkerLike = ThreadLike | WebWorkerLike;

/** What a pool's workers run. */
export interface WorkerScript {
  /** Of the file, without ".js"; what `serve` is called with. */
  readonly name: string;
  /** Starts a worker. */
  spawn(): WorkerLike;
}

/** What makes a pool. */
export interface PoolOptions<Setup, Task, Result, Report> {
  /** Workers at most, default the host's parallelism; 0 counts as 1. They start when there is work. */
  readonly size?: number;
  /** One object for all pools: what is found out about it holds for the thread. */
  readonly script: WorkerScript;
  /** Given to the program of each worker, once. */
  readonly setup: Setup;
  /** Who works when no worker starts. Without it, tasks are rejected with the reason. */
  instead?(): Runner<Task, Result, Report>;
}

/** What accompanies a task to the pool. */
export interface RunOptions<Report> extends Hooks<Report> {
  /** What the task hands over instead of copying. */
  readonly transfer?: ArrayBuffer[];
}

/** Where tasks are run: in workers, or in the caller's thread. */
export interface Runner<Task, Result, Report> {
  /** Tasks that run at the same time. */
  readonly size: number;
  /**
   * Runs a task after those given before it. Rejects with the error of the task or the signal's reason.
   *
   * @param task  plain data
   * @param options  progress, cancelling, what to transfer
   * @throws {WorkerError} when the worker ends before it answers
   */
  run(task: Task, options?: RunOptions<Report>): Promise<Result>;
  /** Stops everything. */
  close(): void;
}

interface Entry<Task, Result, Report> {
  readonly task: Task;
  readonly options: RunOptions<Report>;
  settle(outcome: { result: Result } | { error: unknown }): void;
}

/** A place for a worker: empty before its first task and after its worker was stopped. */
interface Seat<Task, Result, Report> {
  worker?: WorkerLike;
  entry?: Entry<Task, Result, Report>;
  /** Ends the wait for the greeting; there until the worker has greeted. */
  calm?: () => void;
}

/** What this thread knows: scripts of which a worker has greeted, those that are not ours, why they did not start. */
const proven = new WeakSet<WorkerScript>();
const strangers = new WeakSet<WorkerScript>();
const refusals = new WeakMap<WorkerScript, WorkerError>();

/** What is said of a script that a page could not load. */
const NO_SCRIPT = "no script";

/** Workers with one queue: first come, first served. */
export class Pool<Setup, Task, Result, Report = never> implements Runner<Task, Result, Report> {
  readonly size: number;
  readonly #options: PoolOptions<Setup, Task, Result, Report>;
  readonly #seats: Seat<Task, Result, Report>[];
  readonly #queue: Entry<Task, Result, Report>[] = [];
  #closed = false;
  /** Why no more workers are started: there is somebody instead. */
  #refusal?: WorkerError;
  #standIn?: Runner<Task, Result, Report>;

  /** @param options  how many workers, how to start one, what to tell it first */
  constructor(options: PoolOptions<Setup, Task, Result, Report>) {
    this.#options = options;
    this.size = Math.max(1, options.size ?? parallelism());
    this.#seats = Array.from({ length: this.size }, () => ({}));
  }

  /**
   * Runs a task in the next worker that is free. Rejects with the error of the task or the signal's reason.
   *
   * @param task  plain data
   * @param options  an abort stops the worker at once; another takes its place
   * @throws {WorkerError} when the worker ends before it answers
   */
  run(task: Task, options: RunOptions<Report> = {}): Promise<Result> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closedError();
      signal?.throwIfAborted();
      const abort = () => this.#drop(entry, signal?.reason);
      const entry: Entry<Task, Result, Report> = {
        task,
        options,
        settle(outcome) {
          signal?.removeEventListener("abort", abort);
          if ("result" in outcome) resolve(outcome.result);
          else reject(outcome.error);
        },
      };
      signal?.addEventListener("abort", abort);
      this.#queue.push(entry);
      this.#dispatch();
    });
  }

  /** Stops all workers; what they were doing and what was waiting is rejected with a {DisposedError}. */
  close(): void {
    this.#closed = true;
    const error = closedError();
    for (const entry of this.#queue.splice(0)) entry.settle({ error });
    for (const seat of this.#seats) {
      seat.entry?.settle({ error });
      empty(seat);
    }
    this.#standIn?.close();
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      while (this.#queue.length > 0 && this.#isFree(seat)) this.#start(seat, this.#queue.shift() as never);
    }
    const isAlone = this.#seats.every(({ worker }) => !worker);
    if (this.#refusal && isAlone && this.#queue.length > 0) this.#handOver(this.#refusal);
  }

  /** The first worker starts alone: whether it is one of ours decides about the others. */
  #isFree({ worker, entry }: Seat<Task, Result, Report>): boolean {
    if (entry || worker) return !entry;
    if (this.#refusal) return false;
    return proven.has(this.#options.script) || this.#seats.every((seat) => !seat.calm);
  }

  /** To whoever works when no worker starts. */
  #handOver({ message }: WorkerError): void {
    tellOnce(`golden-ticket works in this thread, to the same result. ${message}`);
    this.#standIn ??= this.#options.instead?.();
    for (const { task, options, settle } of this.#queue.splice(0)) {
      this.#standIn?.run(task, options).then(
        (result) => settle({ result }),
        (error) => settle({ error }),
      );
    }
  }

  #start(seat: Seat<Task, Result, Report>, entry: Entry<Task, Result, Report>): void {
    seat.entry = entry;
    if (!seat.worker) this.#hire(seat);
    else if (!seat.calm) this.#post(seat);
  }

  /** Gives a worker its task. */
  #post(seat: Seat<Task, Result, Report>): void {
    const { worker, entry } = seat;
    if (!entry) return;
    const message: ToWorker<Setup, Task> = { kind: "task", task: entry.task };
    try {
      worker?.postMessage(message, entry.options.transfer ?? []);
    } catch (error) {
      empty(seat);
      entry.settle({ error });
    }
  }

  #hire(seat: Seat<Task, Result, Report>): void {
    const { script, instead } = this.#options;
    const refusal = refusals.get(script);
    if (refusal && (instead || strangers.has(script))) return void this.#refuse(seat, refusal);
    try {
      const worker = script.spawn();
      seat.worker = worker;
      seat.calm = patience(() => this.#refuse(seat, startError(script.name, SILENCE), true));
      this.#listen(seat, worker);
    } catch (cause) {
      this.#refuse(
        seat,
        cause instanceof WorkerError ? cause : startError(script.name, textOf(cause), cause),
      );
    }
  }

  #listen(seat: Seat<Task, Result, Report>, worker: WorkerLike): void {
    const heard = (message: unknown) => {
      if (seat.worker !== worker) return;
      if (seat.calm) this.#greet(seat, worker, message);
      else this.#hear(seat, message as FromWorker<Result, Report>);
    };
    const lost = (what: string, cause?: unknown) => {
      if (seat.worker === worker) this.#lose(seat, what, cause);
    };
    if ("on" in worker) {
      worker.on("message", heard);
      worker.on("messageerror", (cause) => lost("an answer that cannot be read", cause));
      worker.on("error", (cause) => lost(textOf(cause), cause));
      worker.on("exit", (code) => lost(`exit code ${code}`));
    } else {
      worker.addEventListener("message", ({ data }) => heard(data));
      worker.addEventListener("messageerror", () => lost("an answer that cannot be read"));
      worker.addEventListener("error", (event) => {
        // What nobody prevents ends the process in Deno.
        event.preventDefault();
        // A script that cannot be loaded gives an event without a message.
        lost(event.message || NO_SCRIPT, event.error);
      });
    }
  }

  /** Hears the first word of a worker: a stranger is stopped before it is told anything. */
  #greet(seat: Seat<Task, Result, Report>, worker: WorkerLike, message: unknown): void {
    const { script, setup } = this.#options;
    const stranger = strangerIn(message, script.name);
    if (stranger) return void this.#refuse(seat, startError(script.name, stranger), true);
    proven.add(script);
    seat.calm?.();
    seat.calm = undefined;
    const first: ToWorker<Setup, Task> = { kind: "setup", setup };
    try {
      worker.postMessage(first, []);
      this.#post(seat);
    } catch (error) {
      const { entry } = seat;
      empty(seat);
      entry?.settle({ error });
    }
    this.#dispatch();
  }

  /** When a worker does not start. A stranger's is never started again. */
  #refuse(seat: Seat<Task, Result, Report>, error: WorkerError, isStranger = false): void {
    const { script, instead } = this.#options;
    const { entry } = seat;
    empty(seat);
    if (isStranger) strangers.add(script);
    if (!proven.has(script)) refusals.set(script, error);
    if (instead) {
      this.#refusal = error;
      if (entry) this.#queue.unshift(entry);
    } else {
      entry?.settle({ error });
    }
    queueMicrotask(() => this.#dispatch());
  }

  #hear(seat: Seat<Task, Result, Report>, message: FromWorker<Result, Report>): void {
    const { entry } = seat;
    if (!entry) return;
    if (message.kind === "progress") {
      try {
        entry.options.onProgress?.(message.progress);
      } catch (error) {
        this.#drop(entry, error);
      }
      return;
    }
    seat.entry = undefined;
    if (message.kind === "result") entry.settle({ result: message.result });
    else entry.settle({ error: unpackError(message.failure) });
    this.#dispatch();
  }

  #lose(seat: Seat<Task, Result, Report>, what: string, cause: unknown): void {
    if (seat.calm) {
      const { name } = this.#options.script;
      return void this.#refuse(seat, startError(name, what, cause), hasRun(what, cause));
    }
    const { entry } = seat;
    empty(seat);
    entry?.settle({ error: workerError(what, cause) });
    this.#dispatch();
  }

  /** Takes a task back, wherever it is. */
  #drop(entry: Entry<Task, Result, Report>, error: unknown): void {
    const waiting = this.#queue.indexOf(entry);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    const seat = this.#seats.find((one) => one.entry === entry);
    if (seat) empty(seat);
    entry.settle({ error });
    // Later, because the same signal may be about to take back those who would move up.
    queueMicrotask(() => this.#dispatch());
  }
}

/** Stops the worker of a seat: the one way to stop any task at once. */
function empty<Task, Result, Report>(seat: Seat<Task, Result, Report>): void {
  const { worker, calm } = seat;
  seat.worker = undefined;
  seat.entry = undefined;
  seat.calm = undefined;
  calm?.();
  worker?.terminate();
}

/** Whether a script ended that had begun: what the host itself refuses has a code in Node, and no message in a page. */
const hasRun = (what: string, cause: unknown) =>
  what !== NO_SCRIPT && !(cause as { code?: string } | undefined)?.code?.startsWith("ERR_");

const closedError = () => new DisposedError('"pool" expected a pool in use, got one that was closed');

const workerError = (what: string, cause: unknown) =>
  new WorkerError(`"worker" expected an answer, got ${what}`, cause === undefined ? undefined : { cause });

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
