/** Scripts that are not ours, under the name of ours; and what is done when none of ours starts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { WorkerError } from "../../src/errors.js";
import { VERSION } from "../../src/generated/version.js";
import { greetingOf, strangerIn } from "../../src/runtime/handshake.js";
import type { WorkerLike } from "../../src/runtime/pool.js";
import { type Hands, shareOut } from "../../src/runtime/share-out.js";
import { checkPlace } from "../../src/runtime/threads.js";

const NAME = "golden-ticket-test-worker";
const folder = mkdtempSync(join(tmpdir(), "golden-ticket-handshake-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What every script can do: count its starts, and each message that it was sent; [starts, messages, beats]. */
const PRELUDE = `
  import { parentPort, workerData } from "node:worker_threads";
  const counts = new Int32Array(workerData);
  Atomics.add(counts, 0, 1);
  parentPort.on("message", () => Atomics.add(counts, 1, 1));
  setInterval(() => Atomics.add(counts, 2, 1), 1);
`;

const greeting = JSON.stringify(greetingOf(NAME));
/** By what they do: the rest of the script, what the error says of it, whether the host itself refused it. */
const HOSTILE: Record<string, { script?: string; says: RegExp }> = {
  "is not there": { says: /Cannot find module/ },
  "is a page": { script: "<!doctype html><title>not found</title>", says: /Unexpected token/ },
  "throws at once": { script: `${PRELUDE} throw new Error("no DOM here")`, says: /no DOM here/ },
  "ends at once": { script: `${PRELUDE} process.exit(0)`, says: /exit code 0/ },
  "says nothing": { script: PRELUDE, says: /no word within 4 s/ },
  "is busy for ever": { script: `${PRELUDE} for (;;);`, says: /no word within 4 s/ },
  "says something else": {
    script: `${PRELUDE} parentPort.postMessage("ready")`,
    says: /a script that is not this package's/,
  },
  "says nothing but null": {
    script: `${PRELUDE} parentPort.postMessage(null)`,
    says: /a script that is not this package's/,
  },
  "answers as if it had been asked": {
    script: `${PRELUDE} parentPort.postMessage({ kind: "result", result: 1 })`,
    says: /a script that is not this package's/,
  },
  "is of another version": {
    script: `${PRELUDE} parentPort.postMessage({ ...${greeting}, version: "0.0.1" })`,
    says: /the script of version 0\.0\.1/,
  },
  "is another script of ours": {
    script: `${PRELUDE} parentPort.postMessage({ ...${greeting}, goldenTicket: "golden-ticket-other-worker" })`,
    says: /the script golden-ticket-other-worker\.js/,
  },
};

let files = 0;
function hands(workers: number | undefined, script?: string) {
  const file = join(folder, `${files++}.mjs`);
  if (script !== undefined) writeFileSync(file, script);
  const counts = new Int32Array(new SharedArrayBuffer(12));
  const spawn = (): WorkerLike =>
    new Worker(pathToFileURL(file), { workerData: counts.buffer, stderr: true, stdout: true });
  const made: Hands<number, number, number, never> = {
    workers,
    script: { name: NAME, spawn: vi.fn(spawn) },
    setup: 3,
    program: (factor) => (task) => factor * task,
  };
  return { made, counts, spawned: () => vi.mocked(made.script.spawn).mock.calls.length };
}

/** Triples numbers with a pool of its own. */
async function triple(made: Hands<number, number, number, never>, numbers: number[]): Promise<number[]> {
  const results: number[] = [];
  await shareOut(numbers, made, async (number, run) => {
    results[numbers.indexOf(number)] = await run(number);
  });
  return results;
}

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => void warn.mockClear());

/** Nothing beats in it any more. */
async function expectEnded(counts: Int32Array): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = counts[2];
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(counts[2]).toBe(before);
}

describe.concurrent.each(Object.entries(HOSTILE))("a script that %s", (_name, { script, says }) => {
  test("is refused with what to do when workers were asked for", async () => {
    const { made, counts } = hands(3, script);
    const start = performance.now();
    for (let round = 0; round < 2; round++) {
      const error = await triple(made, [1, 2, 3, 4]).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkerError);
      expect((error as Error).message).toMatch(says);
      expect((error as Error).message).toMatch(/`workers: 0`.*golden-ticket\/test-worker/);
    }
    expect(performance.now() - start).toBeLessThan(5000);
    expect(counts[0]).toBeLessThanOrEqual(1);
    expect(counts[1]).toBe(0);
    await expectEnded(counts);
  });
  test("is never started twice, and the work is done in this thread, when nobody asked", async () => {
    const { made, counts, spawned } = hands(undefined, script);
    const start = performance.now();
    expect(await triple(made, [1, 2, 3, 4])).toEqual([3, 6, 9, 12]);
    expect(await triple(made, [5, 6])).toEqual([15, 18]);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(spawned()).toBe(1);
    expect(counts[1]).toBe(0);
    await expectEnded(counts);
  });
});

test("a host that refuses gets a word on how to allow it", async () => {
  const { made } = hands(2);
  const spawn = () => {
    throw Object.assign(new Error("Access to this API has been restricted"), { code: "ERR_ACCESS_DENIED" });
  };
  const asked = { ...made, script: { name: NAME, spawn } };
  await expect(triple(asked, [1, 2])).rejects.toThrow(/`workers: 0` .*--allow-worker/);
  expect(await triple({ ...asked, workers: undefined }, [1, 2])).toEqual([3, 6]);
});

test("that the work is done in this thread is said once", async () => {
  vi.resetModules();
  const { shareOut: fresh } = await import("../../src/runtime/share-out.js");
  for (let i = 0; i < 2; i++) {
    await fresh([1, 2], hands(undefined).made, async (number, run) => void (await run(number)));
  }
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0][0]).toMatch(/golden-ticket works in this thread, to the same result\./);
});

describe("a script of ours", () => {
  const served = (after = 0) => `${PRELUDE}
    setTimeout(() => parentPort.postMessage(${greeting}), ${after});
    let factor;
    parentPort.on("message", ({ kind, setup, task }) => {
      if (kind === "setup") factor = setup;
      else parentPort.postMessage({ kind: "result", result: factor * task });
    });`;

  test.each([undefined, 2])(
    "works, with %s workers asked for, however late this thread hears it",
    async (workers) => {
      const { made, spawned } = hands(workers, served(100));
      const work = triple(made, [1, 2, 3, 4]);
      const end = performance.now() + 4500;
      await new Promise((resolve) => setTimeout(resolve));
      while (performance.now() < end);
      expect(await work).toEqual([3, 6, 9, 12]);
      expect(spawned()).toBeGreaterThan(0);
      expect(warn).not.toHaveBeenCalled();
    },
  );
  test("starts alone until it has greeted, then with the others", async () => {
    const { made, counts, spawned } = hands(2, served(100));
    const work = triple(made, [1, 2, 3, 4, 5, 6]);
    expect(spawned()).toBe(1);
    expect(await work).toEqual([3, 6, 9, 12, 15, 18]);
    expect(spawned()).toBe(2);
    const again = triple(made, [1, 2]);
    expect(spawned()).toBe(4);
    expect(await again).toEqual([3, 6]);
    expect(counts[0]).toBe(4);
  });
  test("stays so when a later worker cannot start: the others do its share", async () => {
    const { made } = hands(undefined, served());
    const { spawn } = made.script;
    let starts = 0;
    const script = {
      name: NAME,
      spawn: () => {
        if (++starts === 1) return spawn();
        throw new Error("no more threads");
      },
    };
    expect(await triple({ ...made, script }, [1, 2, 3, 4])).toEqual([3, 6, 9, 12]);
    expect(starts).toBeLessThanOrEqual(2);
    expect(warn).not.toHaveBeenCalled();
  });
});

test("stopping: an abort and a close reach the tasks that run in this thread instead", async () => {
  const { made } = hands(undefined);
  const controller = new AbortController();
  const reason = new Error("enough");
  const program: typeof made.program =
    () =>
    (task, { signal }) =>
      new Promise((resolve, reject) => {
        if (task === 0) resolve(0);
        signal?.addEventListener("abort", () => reject(signal.reason));
        if (task === 1) setTimeout(() => controller.abort(reason));
      });
  const work = shareOut([0, 1, 2], { ...made, program }, async (task, run) => {
    await run(task, { signal: controller.signal });
  });
  await expect(work).rejects.toBe(reason);
});

describe("where a worker is looked for", () => {
  test.each([
    [undefined, /import\.meta\.url/],
    [`file:///app/${NAME}.js`, /the program itself/],
    [`https://example.org/${NAME}.js?v=1#x`, /the program itself/],
  ])("not beside %s", (here, says) => {
    expect(() => checkPlace(NAME, here)).toThrow(WorkerError);
    expect(() => checkPlace(NAME, here)).toThrow(says);
  });
  test.each(["file:///app/worker.js", "https://example.org/a/main.js?golden-ticket-test-worker.js"])(
    "beside %s",
    (here) => {
      expect(checkPlace(NAME, here)).toBe(here);
    },
  );
});

test("a greeting names script and version", () => {
  expect(strangerIn(greetingOf(NAME), NAME)).toBeUndefined();
  expect(greetingOf(NAME).version).toBe(VERSION);
});
