/** The page's side of the worker. */
import type { FromWorker, TaskName, Tasks, ToWorker } from "./messages.js";

/** A task that runs, and the way to stop it. */
export interface Call<Name extends TaskName> {
  readonly result: Promise<Tasks[Name]["result"]>;
  stop(): void;
}

/** Asks the worker for tasks. */
export type Ask = <Name extends TaskName>(
  task: Name,
  argument: Tasks[Name]["argument"],
  onEvent?: (event: Tasks[Name]["event"]) => void,
) => Call<Name>;

/** A task was stopped by the page. */
export class Stopped extends Error {}

interface Waiting {
  onEvent?: (event: never) => void;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts the worker at the first task.
 *
 * @param script  its module
 */
export function client(script: URL): Ask {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let next = 0;
  const hear = (message: FromWorker) => {
    const entry = waiting.get(message.id);
    if ("event" in message) {
      entry?.onEvent?.(message.event as never);
      return;
    }
    waiting.delete(message.id);
    if ("result" in message) entry?.resolve(message.result);
    else entry?.reject(message.stopped ? new Stopped(message.error) : new Error(message.error));
  };
  const start = () => {
    const started = new Worker(script, { type: "module" });
    started.addEventListener("message", ({ data }) => hear(data));
    started.addEventListener("error", ({ message }) => {
      for (const { reject } of waiting.values()) reject(new Error(message ?? "the worker did not load"));
      waiting.clear();
      started.terminate();
      worker = undefined;
    });
    return started;
  };
  return (task, argument, onEvent) => {
    const id = next++;
    worker ??= start();
    const say = (message: ToWorker) => worker?.postMessage(message);
    const result = new Promise<never>((resolve, reject) => {
      waiting.set(id, { onEvent, resolve: resolve as Waiting["resolve"], reject });
    });
    say({ id, task, argument });
    return { result, stop: () => say({ id, stop: true }) };
  };
}
