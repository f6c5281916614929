import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { ArgumentRangeError, DisposedError, OutOfMemoryError, WorkerError } from "../../src/errors.js";
import { Pool, type WorkerLike } from "../../src/runtime/pool.js";

type Task = { do: string; [key: string]: unknown };

const NAME = "golden-ticket-test-worker";
const pools: { close(): void }[] = [];
let spawned = 0;

function pool(size: number, setup: object = { scale: 2 }): Pool<object, Task, number, unknown> {
  spawned = 0;
  const spawn = (): WorkerLike => {
    spawned++;
    return new Worker(new URL("./pool-worker.mjs", import.meta.url));
  };
  const made = new Pool<object, Task, number, unknown>({ size, script: { name: NAME, spawn }, setup });
  pools.push(made);
  return made;
}

afterEach(() => {
  for (const one of pools.splice(0)) one.close();
});

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("tasks", () => {
  test.each([0, 1, 2, 5])("give the same results with size %i", async (size) => {
    const workers = pool(size);
    const values = Array.from({ length: 20 }, (_, i) => i);
    const results = await Promise.all(values.map((value) => workers.run({ do: "square", value })));
    expect(results).toEqual(values.map((value) => 2 * value * value));
    expect(spawned).toBe(Math.max(1, size));
  });

  test("are taken in the order in which they came", async () => {
    const workers = pool(1);
    const log = new SharedArrayBuffer(4);
    const values = Array.from({ length: 10 }, (_, i) => i);
    const results = await Promise.all(values.map((value) => workers.run({ do: "order", value, log })));
    expect(results).toEqual(values.map((value) => value * 101));
  });

  test("start no more workers than there is work", async () => {
    const workers = pool(4);
    await workers.run({ do: "square", value: 1 });
    await workers.run({ do: "square", value: 2 });
    expect(spawned).toBe(1);
  });

  test("report progress, in order", async () => {
    const seen: unknown[] = [];
    const result = await pool(1).run({ do: "count", to: 4 }, { onProgress: (value) => seen.push(value) });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(result).toBe(4);
  });

  test("hand over what is transferred", async () => {
    const values = Float64Array.of(1, 2, 3.5);
    const sum = await pool(1).run({ do: "sum", values }, { transfer: [values.buffer] });
    expect(sum).toBe(6.5);
    expect(values.length).toBe(0);
  });
});

describe("errors", () => {
  test("of a task keep class, code, fields and message, and the worker goes on", async () => {
    const workers = pool(1);
    const error = (await rejection(workers.run({ do: "refuse" }))) as ArgumentRangeError;
    expect(error).toBeInstanceOf(ArgumentRangeError);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: "ERR_RANGE", name: "ArgumentRangeError", index: 7 });
    expect(error.message).toBe('"value" expected 1, got 2');
    expect(await workers.run({ do: "square", value: 3 })).toBe(18);
    expect(spawned).toBe(1);
  });

  test("that are no errors arrive as text", async () => {
    await expect(pool(1).run({ do: "throwText" })).rejects.toThrow("text");
  });

  test("of the setup reject every task", async () => {
    const workers = pool(1, { broken: true });
    for (let i = 0; i < 2; i++) {
      await expect(workers.run({ do: "square", value: 1 })).rejects.toThrow(ArgumentRangeError);
    }
  });

  test.each([
    ["crash", "the roof fell in"],
    ["exit", "exit code 3"],
  ])("a worker that ends by %s rejects its task alone and is replaced", async (how, said) => {
    const workers = pool(1);
    const lost = rejection(workers.run({ do: how }));
    const next = workers.run({ do: "square", value: 4 });
    expect(await lost).toBeInstanceOf(WorkerError);
    expect(await lost).toMatchObject({
      code: "ERR_WORKER",
      message: `"worker" expected an answer, got ${said}`,
    });
    expect(await next).toBe(32);
    expect(spawned).toBe(2);
  });

  test("a worker whose heap is full rejects its task alone and is replaced", async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 16 };
    const spawn = () => new Worker(new URL("./pool-worker.mjs", import.meta.url), { resourceLimits });
    const workers = new Pool<object, Task, number, unknown>({
      ...{ size: 1, script: { name: NAME, spawn }, setup: { scale: 2 } },
    });
    pools.push(workers);
    const [lost, next] = [rejection(workers.run({ do: "fill" })), workers.run({ do: "square", value: 4 })];
    expect(await lost).toBeInstanceOf(WorkerError);
    expect(await lost).toMatchObject({ cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } });
    expect(await next).toBe(32);
  });

  test("a core that may not grow so far rejects its task, and the worker goes on", async () => {
    const workers = pool(1);
    const error = await rejection(workers.run({ do: "grow" }));
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error).toMatchObject({ requestedBytes: 2 ** 22, limitBytes: 2 ** 20 });
    expect(await workers.run({ do: "square", value: 3 })).toBe(18);
    expect(spawned).toBe(1);
  });

  test("a worker that somebody else ends rejects its task alone and is replaced", async () => {
    const hired: Worker[] = [];
    const spawn = () => {
      hired.push(new Worker(new URL("./pool-worker.mjs", import.meta.url)));
      return hired.at(-1) as Worker;
    };
    const workers = new Pool<object, Task, number, unknown>({
      ...{ size: 2, script: { name: NAME, spawn }, setup: { scale: 2 } },
    });
    pools.push(workers);
    const onProgress = () => void hired[0].terminate();
    const alive = new SharedArrayBuffer(4);
    const lost = rejection(workers.run({ do: "forever", alive }, { onProgress }));
    const others = [1, 2, 3].map((value) => workers.run({ do: "square", value }));
    expect(await lost).toMatchObject({ code: "ERR_WORKER", message: expect.stringMatching(/exit code 1/) });
    expect(await Promise.all(others)).toEqual([2, 8, 18]);
    // Between tasks, too.
    await Promise.all(hired.map((worker) => worker.terminate()));
    expect(await Promise.all([4, 5].map((value) => workers.run({ do: "square", value })))).toEqual([32, 50]);
  });

  test("what cannot be cloned is an error of its task, there and back", async () => {
    const workers = pool(1);
    await expect(workers.run({ do: "square", value: () => {} })).rejects.toThrow(/clone/);
    await expect(workers.run({ do: "unreadable" })).rejects.toThrow(/clone/);
    expect(await workers.run({ do: "square", value: 1 })).toBe(2);
  });

  test("thrown by onProgress reject the task", async () => {
    const workers = pool(1);
    const onProgress = () => {
      throw new Error("no bar");
    };
    await expect(workers.run({ do: "count", to: 2 }, { onProgress })).rejects.toThrow("no bar");
    expect(await workers.run({ do: "square", value: 1 })).toBe(2);
  });
});

describe("stopping", () => {
  test("an abort rejects with the reason and ends an endless task; the rest goes on", async () => {
    const workers = pool(1);
    const alive = new SharedArrayBuffer(4);
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    const endless = workers.run({ do: "forever", alive }, { signal: controller.signal, onProgress });
    const waiting = workers.run({ do: "square", value: 5 }, { signal: controller.signal });
    const other = workers.run({ do: "square", value: 6 });
    const results = await Promise.allSettled([endless, waiting, other]);
    expect(results).toMatchObject([{ reason }, { reason }, { value: 72 }]);
    expect(spawned).toBe(2);
    const before = Atomics.load(new Int32Array(alive), 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(Atomics.load(new Int32Array(alive), 0)).toBe(before);
  });

  test("one signal that ends everything starts no worker anew", async () => {
    const workers = pool(2);
    const controller = new AbortController();
    const alive = new SharedArrayBuffer(4);
    const { signal } = controller;
    const onProgress = () => controller.abort("enough");
    const forever = [0, 1].map(() => workers.run({ do: "forever", alive }, { signal, onProgress }));
    const waiting = [1, 2, 3].map((value) => workers.run({ do: "square", value }, { signal }));
    const results = await Promise.allSettled([...forever, ...waiting]);
    expect(results.map((result) => result.status === "rejected" && result.reason)).toEqual(
      Array(5).fill("enough"),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(spawned).toBe(2);
  });

  test("an aborted signal starts nothing", async () => {
    await expect(pool(1).run({ do: "square" }, { signal: AbortSignal.abort("before") })).rejects.toBe(
      "before",
    );
    expect(spawned).toBe(0);
  });

  test("closing rejects what runs, what waits and what comes", async () => {
    const workers = pool(1);
    const alive = new SharedArrayBuffer(4);
    const tasks = [workers.run({ do: "forever", alive }), workers.run({ do: "square", value: 1 })];
    workers.close();
    for (const error of await Promise.all(tasks.map(rejection))) expect(error).toBeInstanceOf(DisposedError);
    await expect(workers.run({ do: "square", value: 1 })).rejects.toThrow(DisposedError);
  });
});
