/** What may go wrong between a caller and its workers; the workers of these tests are played by the tests. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, QueueError, WorkerError } from "../../src/errors.js";
import { Database } from "../../src/queue/database.js";
import { IDENTITY } from "../../src/queue/identity.js";
import { getInput, putInput } from "../../src/queue/inputs.js";
import { bytesFrom, dataOf } from "../../src/queue/plain.js";
import { openQueue, type Queue, type QueueOptions } from "../../src/queue/queue.js";
import { SCHEMA } from "../../src/queue/schema.js";
import * as tasks from "../../src/queue/tasks.js";
import { packError } from "../../src/runtime/message.js";
import { type Postgres, postgresHere } from "../harness/postgres.js";

const found = await postgresHere();
const { url } = found.postgres ?? ({} as Postgres);
const database = found.postgres ? await Database.open(url) : (undefined as unknown as Database);
const open: { close(): Promise<void> }[] = [];

afterAll(async () => {
  for (const one of open) await one.close();
  await database?.close();
  await found.postgres?.stop();
});

async function opened(options: QueueOptions = {}): Promise<Queue> {
  const queue = await openQueue(url, options);
  open.push(queue);
  return queue;
}

const runnerOf = (queue: Queue, setup: unknown = {}) =>
  queue.runner<unknown, unknown, unknown, unknown>("kind", setup);

/** Takes tasks for a worker that is played. */
async function taken(worker: string, most = 1, seconds = 60): Promise<tasks.HeldTask[]> {
  const held: tasks.HeldTask[] = [];
  for (let tries = 0; tries < 400 && held.length < most; tries++) {
    held.push(...(await tasks.take(database, IDENTITY, worker, most - held.length, seconds)));
    if (held.length < most) await sleep(50);
  }
  expect(held.length).toBe(most);
  return held;
}

const done = (held: readonly tasks.HeldTask[], worker: string, result: (task: unknown) => unknown) =>
  tasks.complete(
    database,
    IDENTITY,
    held.map((task) => ({ task, result: bytesFrom(result(dataOf(task.input))) })),
    worker,
  );
const nothingLeft = async () => expect(await tasks.take(database, IDENTITY, "x", 1, 60)).toEqual([]);

describe.skipIf(found.why !== undefined)("a task", () => {
  test("is done once, whoever asks how often, and its result is told", async () => {
    const queue = await opened();
    const runner = runnerOf(queue);
    const asked = [runner.run({ a: 1 }), runner.run({ a: 1 }), runner.run({ a: 2 })];
    await done(await taken("w", 2), "w", (task) => ({ of: task, array: Float32Array.of(1) }));
    const [one, same, other] = (await Promise.all(asked)) as { of: unknown; array: Float32Array }[];
    expect([one.of, same.of, other.of]).toEqual([{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect(one.array).not.toBe(same.array);
    await nothingLeft();
    await queue.finish();
  });

  test("that throws is tried again, and its error told as it was", async () => {
    const queue = await opened();
    const result = runnerOf(queue).run("x");
    const error = new ArgumentRangeError("no");
    result.catch(() => {});
    for (const worker of ["a", "b", "c"]) {
      const [task] = await taken(worker);
      await tasks.fail(database, IDENTITY, task, worker, packError(error), tasks.MOST_THROWS);
    }
    await expect(result).rejects.toThrow("no");
    await expect(result).rejects.toBeInstanceOf(ArgumentRangeError);
    await nothingLeft();
    await queue.cancel();
  });

  test("of a worker that is lost goes to another, and is told when it loses one after the other", async () => {
    const queue = await opened();
    const result = runnerOf(queue).run("x");
    result.catch(() => {});
    for (let i = 0; i < tasks.MOST_ATTEMPTS; i++) {
      await taken(`w${i}`, 1, 0.05);
      await sleep(100);
      await tasks.sweep(database, IDENTITY);
    }
    await expect(result).rejects.toBeInstanceOf(WorkerError);
    await queue.cancel();
  });

  test("that two workers did has equal bytes, or an error names both", async () => {
    const queue = await opened();
    const runner = runnerOf(queue);
    const both = [runner.run(1), runner.run(2)];
    const held = await taken("slow", 2, 0.05);
    await sleep(100);
    await tasks.sweep(database, IDENTITY);
    await done(await taken("fast", 2), "fast", (task) => ({ task }));
    expect(await Promise.all(both)).toEqual([{ task: 1 }, { task: 2 }]);
    await done(held.slice(0, 1), "slow", (task) => ({ task }));
    await done(held.slice(1), "slow", () => "other");
    await expect(queue.finish()).rejects.toThrow(/equal bytes.* by slow .* by fast /);
    await queue.cancel();
  });

  test.each([
    ["does not parse", "result = 'rubbish'::bytea, sha256 = encode(sha256('rubbish'::bytea), 'hex')"],
    ["is not what its hash says", "result = 'rubbish'::bytea, sha256 = repeat('0', 64)"],
  ])("the result of which %s is refused and done again", async (_, change) => {
    const queue = await opened();
    const result = runnerOf(queue).run("x");
    const [{ id }] = await taken("evil");
    await database.boss.deleteJob(`tasks-${IDENTITY}`, [id]);
    await database.query(`UPDATE ${SCHEMA}.task SET ${change}, done_by = 'evil' WHERE id = $1`, [id]);
    queue.heard(id);
    await done(await taken("good"), "good", (task) => ({ task }));
    expect(await result).toEqual({ task: "x" });
    await queue.finish();
  });

  test("that its caller takes back is not there any more, and its worker is told", async () => {
    const queue = await opened();
    const ending = new AbortController();
    const result = runnerOf(queue).run("x", { signal: ending.signal });
    const [task] = await taken("w");
    expect(await tasks.hold(database, [task.id], [null], 60)).toEqual(new Set([task.id]));
    ending.abort(new Error("enough"));
    await expect(result).rejects.toThrow("enough");
    await queue.close();
    expect(await tasks.hold(database, [task.id], [null], 60)).toEqual(new Set());
  });

  test("tells how far it is", async () => {
    const queue = await opened();
    const reports: unknown[] = [];
    const result = runnerOf(queue).run("x", { onProgress: (report) => reports.push(report) });
    const [task] = await taken("w");
    await tasks.hold(database, [task.id], [bytesFrom({ step: 3 })], 60);
    while (reports.length === 0) await sleep(50);
    expect(reports[0]).toEqual({ step: 3 });
    await done([task], "w", () => 1);
    expect(await result).toBe(1);
    await queue.finish();
  });
});

describe.skipIf(found.why !== undefined)("jobs", () => {
  test("take turns by their priorities, whoever came first", async () => {
    const [early, late] = [await opened({ priority: 10 }), await opened({ priority: 20 })];
    const ask = (queue: Queue, count: number) => {
      const runner = runnerOf(queue);
      return Promise.allSettled(Array.from({ length: count }, (_, i) => runner.run(i)));
    };
    void ask(early, 60);
    await taken("w", 3);
    void ask(late, 40);
    while ((await database.query(`SELECT 1 FROM ${SCHEMA}.task`)).rowCount < 100) await sleep(50);
    await sleep(200);
    const share = (await taken("w", 30)).filter(({ job }) => job === late.job).length;
    expect(share).toBeGreaterThanOrEqual(18);
    expect(share).toBeLessThanOrEqual(22);
    for (const queue of [early, late]) await queue.cancel();
  });

  test("that are cancelled tell their callers", async () => {
    const queue = await opened();
    const result = runnerOf(queue).run("x");
    result.catch(() => {});
    await taken("w");
    await database.query(`DELETE FROM ${SCHEMA}.job WHERE id = $1`, [queue.job]);
    await expect(result).rejects.toThrow(/cancelled/);
  });

  test("wait while the database is away", async () => {
    const away: string[] = [];
    const queue = await opened({ onAway: (why) => away.push(why) });
    const runner = runnerOf(queue);
    const before = runner.run("before");
    const held = await taken("w");
    await found.postgres?.pause();
    const meanwhile = runner.run("meanwhile");
    await sleep(1000);
    await found.postgres?.resume();
    await done(held, "w", (task) => task);
    await done(await taken("w"), "w", (task) => task);
    expect(await Promise.all([before, meanwhile])).toEqual(["before", "meanwhile"]);
    expect(away.length).toBeGreaterThan(0);
    await queue.finish();
  });

  test("of a caller have workers of its version, or are refused", async () => {
    await database.query(
      `INSERT INTO ${SCHEMA}.worker (id, identity, host, pid, concurrency) VALUES ('o', '0.0.1-abc', 'h', 1, 1)`,
    );
    await expect(openQueue(url)).rejects.toThrow(
      `expected version ${IDENTITY}, as the caller's, got 0.0.1-abc`,
    );
    await database.query(`DELETE FROM ${SCHEMA}.worker`);
  });
});

describe.skipIf(found.why !== undefined)("arguments", () => {
  test.each([
    [1, {}, ArgumentTypeError],
    ["nonsense", {}, ArgumentRangeError],
    ["postgres://h/d", { priority: 0 }, ArgumentRangeError],
    ["postgres://h/d", { prioritty: 1 }, ArgumentTypeError],
  ])("openQueue(%j, %j) is refused", async (address, options, error) => {
    await expect(openQueue(address as string, options as QueueOptions)).rejects.toBeInstanceOf(error);
  });

  test("that are no plain data, a variant with bits of its own, a job that is not there are refused", async () => {
    await expect(openQueue(url, { job: "000000000000" })).rejects.toBeInstanceOf(QueueError);
    const queue = await opened();
    expect(() => runnerOf(queue, { variant: "relaxed" })).toThrow(ArgumentRangeError);
    expect(() => runnerOf(queue, { f: () => 1 })).toThrow(ArgumentTypeError);
    await expect(runnerOf(queue).run(new Map())).rejects.toThrow(ArgumentTypeError);
    await queue.cancel();
  });

  test("of any size that tasks share come back, each stored once", async () => {
    const bytes = Uint8Array.from({ length: 9 * 2 ** 20 }, (_, i) => i % 251);
    const [hash, same] = [await putInput(database, bytes), await putInput(database, bytes)];
    expect(same).toBe(hash);
    expect(Buffer.compare(await getInput(database, hash), bytes)).toBe(0);
    const { rows } = await database.query(`SELECT part FROM ${SCHEMA}.input WHERE sha256 = $1`, [hash]);
    expect(rows.length).toBe(2);
    await database.query(`UPDATE ${SCHEMA}.input SET bytes = 'x' WHERE sha256 = $1 AND part = 1`, [hash]);
    await expect(getInput(database, hash)).rejects.toThrow(/"setup" of a queue expected/);
  });
});
