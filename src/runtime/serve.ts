/** The worker's side of a pool, and the same work done without a worker. */
import { greetingOf } from "./handshake.js";
import { type FromWorker, packError, type ToWorker } from "./message.js";
import { threads } from "./threads.js";

/** What accompanies a task: whom to tell, who may stop it. */
export interface Hooks<Report> {
  /** Aborted only when the task runs in the caller's thread; a worker is stopped from outside. */
  readonly signal?: AbortSignal;
  /** Told as the work goes on. */
  onProgress?(progress: Report): void;
}

/** Does tasks, one after the other. */
export type Work<Task, Result, Report> = (task: Task, hooks: Hooks<Report>) => Result | Promise<Result>;

/** Gets ready for tasks: what a worker does once, with the setup its pool gave it. */
export type Program<Setup, Task, Result, Report> = (
  setup: Setup,
) => Work<Task, Result, Report> | Promise<Work<Task, Result, Report>>;

interface Port {
  postMessage(message: unknown): void;
  on?(type: "message", listener: (message: unknown) => void): unknown;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): unknown;
}

/**
 * Makes the thread it is called in the worker of a pool.
 *
 * @param script  its name, by which the pool knows it
 * @param program  runs the tasks; when it fails to get ready, every task fails with its error
 */
export function serve<Setup, Task, Result, Report>(
  script: string,
  program: Program<Setup, Task, Result, Report>,
): void {
  const port = (threads()?.parentPort ?? globalThis) as unknown as Port;
  const post = (message: FromWorker<Result, Report>) => port.postMessage(message);
  let work!: Promise<Work<Task, Result, Report>>;

  async function answer(message: ToWorker<Setup, Task>): Promise<void> {
    if (message.kind === "setup") {
      work = Promise.resolve(message.setup).then(program);
      // Handled where a task awaits it; a failure before the first task must not end the thread.
      return void work.catch(() => {});
    }
    try {
      const run = await work;
      const onProgress = (progress: Report) => post({ kind: "progress", progress });
      post({ kind: "result", result: await run(message.task, { onProgress }) });
    } catch (error) {
      post({ kind: "failure", failure: packError(error) });
    }
  }

  if (port.on) port.on("message", (message) => void answer(message as ToWorker<Setup, Task>));
  else port.addEventListener("message", ({ data }) => void answer(data as ToWorker<Setup, Task>));
  port.postMessage(greetingOf(script));
}
