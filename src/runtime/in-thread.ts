/** The stand-in for a pool where there are no workers: the same tasks in the caller's thread. */
import { DisposedError } from "../errors.js";
import type { Runner, RunOptions } from "./pool.js";
import type { Program, Work } from "./serve.js";

/** Runs tasks one after the other; between two turns of the event loop only if the tasks let it turn. */
export class InThread<Setup, Task, Result, Report = never> implements Runner<Task, Result, Report> {
  readonly size = 1;
  readonly #work: Promise<Work<Task, Result, Report>>;
  readonly #closing = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param program  what a worker would serve
   * @param setup  what it is given once
   */
  constructor(program: Program<Setup, Task, Result, Report>, setup: Setup) {
    this.#work = Promise.resolve(setup).then(program);
    this.#work.catch(() => {});
  }

  /**
   * Runs a task after those given before it. Rejects with the error of the task or the signal's reason.
   *
   * @param task  not copied, as a worker's would be: it must not be written to meanwhile
   * @param options  progress and cancelling; the task sees the signal
   */
  run(task: Task, options: RunOptions<Report> = {}): Promise<Result> {
    const { onProgress } = options;
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    const result = this.#last.then(async () => {
      signal.throwIfAborted();
      const work = await this.#work;
      return work(task, { signal, onProgress });
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Aborts what runs and what waits with a {DisposedError}. */
  close(): void {
    this.#closing.abort(new DisposedError('"pool" expected a pool in use, got one that was closed'));
  }
}
