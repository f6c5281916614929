/** A pool of workers, the only parallelism of the package. Who gets a task does not show in its result. */
import { DisposedError, WorkerError } from "../errors.js";
import { type FromWorker, type ToWorker, unpackError } from "./message.js";
import type { Hooks } from "./serve.js";
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

/** A worker as browsers have it. */
interface WebWorkerLike extends AnyWorker {
  addEventListener(type: "message" | "messageerror", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: { message: string; error: unknown }) => void): void;
}

/** A worker of the browser or of Node, whose script calls `serve`. */
export type WorkerLike = ThreadLike | WebWorkerLike;

/** What makes a pool. */
export interface PoolOptions<Setup> {
  /** Workers at most, default the host's parallelism; 0 counts as 1. They start when there is work. */
  readonly size?: number;
  /** Starts a worker. */
  spawn(): WorkerLike;
  /** Given to the program of each worker, once. */
  readonly setup: Setup;
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
}

/** Workers with one queue: first come, first served. */
export class Pool<Setup, Task, Result, Report = never> implements Runner<Task, Result, Report> {
  readonly size: number;
  readonly #options: PoolOptions<Setup>;
  readonly #seats: Seat<Task, Result, Report>[];
  readonly #queue: Entry<Task, Result, Report>[] = [];
  #closed = false;

  /** @param options  how many workers, how to start one, what to tell it first */
  constructor(options: PoolOptions<Setup>) {
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
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      while (!seat.entry && this.#queue.length > 0) this.#start(seat, this.#queue.shift() as never);
    }
  }

  #start(seat: Seat<Task, Result, Report>, entry: Entry<Task, Result, Report>): void {
    try {
      const worker = seat.worker ?? this.#hire(seat);
      const message: ToWorker<Setup, Task> = { kind: "task", task: entry.task };
      worker.postMessage(message, entry.options.transfer ?? []);
      seat.entry = entry;
    } catch (error) {
      empty(seat);
      entry.settle({ error });
    }
  }

  #hire(seat: Seat<Task, Result, Report>): WorkerLike {
    const worker = this.#spawn();
    seat.worker = worker;
    const heard = (message: unknown) => {
      if (seat.worker === worker) this.#hear(seat, message as FromWorker<Result, Report>);
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
      worker.addEventListener("error", ({ message, error }) => {
        // A script that cannot be loaded gives an event without a message.
        lost(message ?? "no script: is the worker's file served beside the others?", error);
      });
    }
    const message: ToWorker<Setup, Task> = { kind: "setup", setup: this.#options.setup };
    worker.postMessage(message, []);
    return worker;
  }

  #spawn(): WorkerLike {
    try {
      return this.#options.spawn();
    } catch (cause) {
      if (cause instanceof WorkerError) throw cause;
      throw workerError(textOf(cause), cause);
    }
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
  const { worker } = seat;
  seat.worker = undefined;
  seat.entry = undefined;
  worker?.terminate();
}

const closedError = () => new DisposedError('"pool" expected a pool in use, got one that was closed');

const workerError = (what: string, cause: unknown) =>
  new WorkerError(`"worker" expected an answer, got ${what}`, cause === undefined ? undefined : { cause });

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
