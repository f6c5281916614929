/** Many tasks, as many at a time as there are hands: in workers, or in the caller's thread. */
import { InThread } from "./in-thread.js";
import { Pool, type Runner, type WorkerLike } from "./pool.js";
import type { Program } from "./serve.js";

/** Who does the tasks. */
export interface Hands<Setup, Task, Result, Report> {
  /** At most; 0 = the caller's thread. */
  readonly workers: number;
  /** Starts a worker. */
  spawn(): WorkerLike;
  /** What a worker serves; run here when there is none. */
  readonly program: Program<Setup, Task, Result, Report>;
  /** Given to the program of each worker, once. */
  readonly setup: Setup;
}

/**
 * Goes through items in their order, a few at a time, and stops the hands at the end. Rejects with the first error.
 *
 * @param items  at least one
 * @param hands  who works
 * @param body  makes a task of an item, runs it, and puts its result in its place
 */
export async function shareOut<Item, Setup, Task, Result, Report = never>(
  items: readonly Item[],
  { workers, spawn, program, setup }: Hands<Setup, Task, Result, Report>,
  body: (item: Item, run: Runner<Task, Result, Report>["run"]) => Promise<void>,
): Promise<void> {
  const runner: Runner<Task, Result, Report> =
    workers > 0
      ? new Pool({ size: Math.min(workers, items.length), spawn, setup })
      : new InThread(program, setup);
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await body(item, (task, options) => runner.run(task, options));
  };
  try {
    await Promise.all(Array.from({ length: runner.size }, work));
  } finally {
    runner.close();
  }
}
