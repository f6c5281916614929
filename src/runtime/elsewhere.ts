/** Tasks that run neither in this thread nor in its workers: on other machines. */
import { checkObject } from "../check.js";
import { ArgumentTypeError } from "../errors.js";
import type { Runner } from "./pool.js";

/** Takes tasks to other machines; `openQueue` of golden-ticket/queue gives one. Results are the same. */
export interface TaskQueue {
  /**
   * Who runs the tasks of a kind.
   *
   * @param script  name of the script that a worker would run here
   * @param setup  given to its program once; plain data
   */
  runner<Setup, Task, Result, Report>(script: string, setup: Setup): Runner<Task, Result, Report>;
}

/**
 * Checks an option that is a queue, or nothing.
 *
 * @param name  of the option
 * @param queue  whatever was given
 * @throws {ArgumentTypeError} when it is something else
 */
export function checkQueue(name: string, queue: unknown): void {
  if (queue === undefined) return;
  const { runner } = checkObject(name, queue) as Partial<TaskQueue>;
  if (typeof runner !== "function") {
    throw new ArgumentTypeError(
      `"${name}" expected what openQueue of golden-ticket/queue gives, got an object`,
    );
  }
}
