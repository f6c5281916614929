import { expect, test } from "vitest";
import { DisposedError } from "../../src/errors.js";
import { InThread } from "../../src/runtime/in-thread.js";

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test("tasks run one after the other, with the setup and with progress", async () => {
  let running = 0;
  const seen: number[] = [];
  const runner = new InThread<number, number, number, number>(
    (scale) =>
      async (value, { onProgress }) => {
        expect(++running).toBe(1);
        await turn();
        onProgress?.(value);
        running--;
        return scale * value;
      },
    10,
  );
  const onProgress = (value: number) => seen.push(value);
  expect(await Promise.all([1, 2, 3].map((value) => runner.run(value, { onProgress })))).toEqual([
    10, 20, 30,
  ]);
  expect(seen).toEqual([1, 2, 3]);
});

test("an error rejects its task alone; one of the program, every task", async () => {
  const work = (value: number) => {
    if (value === 1) throw new Error("one");
    return value;
  };
  const runner = new InThread(() => work, 0);
  const results = await Promise.allSettled([runner.run(1), runner.run(2)]);
  expect(results).toMatchObject([{ reason: new Error("one") }, { value: 2 }]);
  const broken = new InThread<number, number, number>(() => {
    throw new Error("no setup");
  }, 0);
  await expect(broken.run(1)).rejects.toThrow("no setup");
});

test("a task sees the signal; one that has not begun is rejected with its reason", async () => {
  const controller = new AbortController();
  const runner = new InThread<number, number, number>(
    () =>
      async (value, { signal }) => {
        if (value === 1) controller.abort("enough");
        await turn();
        signal?.throwIfAborted();
        return value;
      },
    0,
  );
  const { signal } = controller;
  const results = await Promise.allSettled([
    runner.run(1, { signal }),
    runner.run(2, { signal }),
    runner.run(3),
  ]);
  expect(results).toMatchObject([{ reason: "enough" }, { reason: "enough" }, { value: 3 }]);
});

test("closing stops what waits and what comes", async () => {
  const runner = new InThread<number, number, number>(() => (value) => value, 0);
  const waiting = runner.run(1);
  runner.close();
  await expect(waiting).rejects.toThrow(DisposedError);
  await expect(runner.run(2)).rejects.toThrow(DisposedError);
});
