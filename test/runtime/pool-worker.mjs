/** What the workers of the pool's tests do; from dist/, because a worker of Node 20 runs no TypeScript. */

import { ArgumentRangeError } from "../../dist/errors.js";
import { openSync } from "../../dist/open.js";
import { serve } from "../../dist/runtime/serve.js";

serve("golden-ticket-test-worker", (setup) => {
  if (setup.broken) throw new ArgumentRangeError('"setup" expected a whole one, got a broken one');
  const tasks = {
    square: ({ value }) => setup.scale * value * value,
    order: ({ value, log }) => Atomics.add(new Int32Array(log), 0, 1) * 100 + value,
    refuse: () => {
      throw Object.assign(new ArgumentRangeError('"value" expected 1, got 2'), { index: 7 });
    },
    throwText: () => {
      throw "text";
    },
    crash: () =>
      new Promise(() => {
        setTimeout(() => {
          throw new Error("the roof fell in");
        });
      }),
    exit: () => process.exit(3),
    /** Fills the heap of JavaScript. */
    fill: () => {
      for (const lists = []; ; ) lists.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));
    },
    /** Asks a small core for more than it may have. */
    grow: () => {
      openSync({ memoryLimitMiB: 1 }).matrix(1024, 1024);
    },
    unreadable: () => () => {},
    forever: ({ alive }, { onProgress }) => {
      onProgress("started");
      for (;;) Atomics.add(new Int32Array(alive), 0, 1);
    },
    count: async ({ to }, { onProgress }) => {
      for (let i = 1; i <= to; i++) onProgress(i);
      return to;
    },
    sum: ({ values }) => values.reduce((sum, value) => sum + value, 0),
  };
  return (task, hooks) => tasks[task.do](task, hooks);
});
