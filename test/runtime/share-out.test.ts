import { expect, test } from "vitest";
import { shareOut } from "../../src/runtime/share-out.js";

/** Doubles numbers in this thread; 3 is too much for it. */
const hands = {
  workers: 0,
  script: {
    name: "golden-ticket-test-worker",
    spawn: () => {
      throw new Error("expected no worker");
    },
  },
  setup: 2,
  program: (factor: number) => (task: number) => {
    if (task === 3) throw new Error("too much");
    return factor * task;
  },
};

test("runs a task for each item, in order, and puts the results where they belong", async () => {
  const results: number[] = [];
  await shareOut([0, 1, 2], hands, async (item, run) => {
    results[item] = await run(item + 10);
  });
  expect(results).toEqual([20, 22, 24]);
});

test("ends with the first error, and does no more", async () => {
  const seen: number[] = [];
  const work = shareOut([1, 3, 5], hands, async (item, run) => {
    seen.push(item);
    await run(item);
  });
  await expect(work).rejects.toThrow("too much");
  expect(seen).toEqual([1, 3]);
});
