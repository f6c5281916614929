/** The worker of the page: one long task after the other; questions are answered between two of its turns. */
import { find, read } from "./find/work.js";
import { digits } from "./laboratory.js";
import type { FromWorker, Handler, TaskName, ToWorker } from "./messages.js";
import { measureStep, pruneAll } from "./prune/work.js";
import { race } from "./race/work.js";
import { buildStrong, weightSum } from "./strong/work.js";

const handlers: { [Name in TaskName]: Handler<Name> } = {
  digit: async (index) => {
    const { features, test } = await digits();
    const at = index % test.labels.length;
    return {
      pixels: test.inputs.slice(at * features, (at + 1) * features),
      label: test.labels[at],
    };
  },
  find,
  read,
  prune: pruneAll,
  measure: measureStep,
  strong: buildStrong,
  weight: weightSum,
  race,
};
const LONG: readonly TaskName[] = ["find", "prune", "strong", "race"];

const port = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: { data: ToWorker }) => void): void;
};
const stops = new Map<number, AbortController>();
const started = new Set<number>();
let last: Promise<unknown> = Promise.resolve();

async function work(id: number, task: TaskName, argument: unknown, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  started.add(id);
  try {
    const emit = (event: unknown) => port.postMessage({ id, event });
    const handle = handlers[task] as (argument: unknown, hooks: object) => Promise<unknown>;
    const result = await handle(argument, { signal, emit });
    port.postMessage({ id, result });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    port.postMessage({ id, error: text, stopped: signal.aborted });
  } finally {
    stops.delete(id);
    started.delete(id);
  }
}

/** What waits for its turn ends at once, what has begun when it looks at its signal. */
function stop(id: number): void {
  stops.get(id)?.abort();
  if (started.has(id) || !stops.delete(id)) return;
  port.postMessage({ id, error: "stopped before its turn", stopped: true });
}

port.addEventListener("message", ({ data }) => {
  if ("stop" in data) {
    stop(data.id);
    return;
  }
  const { id, task, argument } = data;
  const controller = new AbortController();
  stops.set(id, controller);
  const run = () => work(id, task, argument, controller.signal);
  if (LONG.includes(task)) last = last.then(run);
  else void run();
});
