/** Many tasks, as many at a time as there are hands: in workers, in the caller's thread, or elsewhere. */
import type { TaskQueue } from "./elsewhere.js";
import { InThread } from "./in-thread.js";
import { Pool, type Runner, type WorkerScript } from "./pool.js";
import type { Program } from "./serve.js";
import { parallelism } from "./threads.js";

/** Who does the tasks. */
export interface Hands<Setup, Task, Result, Report> {
  /** At most; 0 = the caller's thread; undefined = as many as the host runs, or that thread where none starts. */
  readonly workers: number | undefined;
  /** What workers run. */
  readonly script: WorkerScript;
  /** What a worker serves; run here when there is none. */
  readonly program: Program<Setup, Task, Result, Report>;
  /** Given to the program of each worker, once. */
  readonly setup: Setup;
  /** Takes the tasks to other machines; before `workers`. */
  readonly queue?: TaskQueue | undefined;
}

/**
 * Who does the tasks, ready for them.
 *
 * @param hands  who works
 * @param most  tasks that there will be at the same time
 */
export function runnerOf<Setup, Task, Result, Report = never>(
  { workers, script, program, setup, queue }: Hands<Setup, Task, Result, Report>,
  most = Number.POSITIVE_INFINITY,
): Runner<Task, Result, Report> {
  if (queue) return queue.runner(script.name, setup);
  const inThread = () => new InThread(program, setup);
  if (workers === 0) return inThread();
  const size = Math.min(workers ?? parallelism(), most);
  return new Pool({ size, script, setup, instead: workers === undefined ? inThread : undefined });
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
  hands: Hands<Setup, Task, Result, Report>,
  body: (item: Item, run: Runner<Task, Result, Report>["run"]) => Promise<void>,
): Promise<void> {
  const runner = runnerOf(hands, items.length);
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await body(item, (task, options) => runner.run(task, options));
  };
  try {
    await Promise.all(Array.from({ length: Math.min(runner.size, items.length) }, work));
  } finally {
    runner.close();
  }
}
