import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpointFolder, placeOf } from "../../src/cli/checkpoint-folder.js";
import { leaving, recordsIn, saveRecord } from "../../src/cli/prune-checkpoint.js";
import type { LayerRecord } from "../../src/index.js";
import { newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const begun = { command: "prune", options: { sparsity: 0.5, seed: 0, pattern: undefined }, inputs: "abc" };
const place = (path: string, resumes = false) => ({ path, option: "--checkpoint", resumes });
const record: LayerRecord = {
  stage: "prune",
  layer: 2,
  arrays: { weights: Float32Array.of(1, 0, -2), mask: Uint8Array.of(1, 0, 1) },
};
const curves: LayerRecord = {
  stage: "curves",
  layer: 11,
  arrays: { order: Uint32Array.of(2, 1, 0), loss: Float32Array.of(1, 2, 3) },
};

/** A folder with an interrupted run, given back. */
async function interrupted(): Promise<string> {
  const path = join(newFolder(), "a run");
  const folder = await openCheckpointFolder(place(path), begun);
  for (const one of [curves, record]) await saveRecord(folder, one);
  folder.release();
  return path;
}

describe("a checkpoint folder", () => {
  test("gives back the records it was given, and nothing is left when the work is done", async () => {
    const path = await interrupted();
    const folder = await openCheckpointFolder(place(path, true), begun);
    expect(recordsIn(folder)).toEqual([curves, record]);
    await folder.remove();
    folder.release();
    expect(readdirSync(path)).toEqual([]);
    const next = await openCheckpointFolder(place(path), begun);
    expect(next.parts.size).toBe(0);
    next.release();
  });

  test("leaves alone what is not its own", async () => {
    const path = newFolder();
    writeFileSync(join(path, "model.safetensors"), "mine");
    const folder = await openCheckpointFolder(place(path), begun);
    await saveRecord(folder, record);
    await folder.remove();
    folder.release();
    expect(readFileSync(join(path, "model.safetensors"), "utf8")).toBe("mine");
  });

  test.each<[string, object, string]>([
    [
      "another command",
      { command: "find" },
      '"--resume" expected a checkpoint of find, got one of prune in ',
    ],
    [
      "other options",
      { options: { sparsity: 0.6 } },
      '"--sparsity" expected 0.5 as the run was begun with, got 0.6',
    ],
    [
      "more options",
      { options: { ...begun.options, pattern: "2:4" } },
      '"--pattern" expected nothing as the run was begun with, got 2:4',
    ],
    [
      "fewer options",
      { options: { sparsity: 0.5 } },
      '"--seed" expected 0 as the run was begun with, got nothing',
    ],
    [
      "other files",
      { inputs: "abd" },
      '"--resume" expected the files that the run was begun with, got others',
    ],
  ])("is refused to %s", async (_, other, message) => {
    const path = await interrupted();
    const before = readdirSync(join(path, "checkpoint"));
    await expect(openCheckpointFolder(place(path, true), { ...begun, ...other })).rejects.toThrow(message);
    expect(readdirSync(join(path, "checkpoint"))).toEqual(before);
    expect(existsSync(join(path, "lock"))).toBe(false);
  });

  test("is refused to a new run, to another version, and where there is none", async () => {
    const path = await interrupted();
    const hint = `expected a folder without an interrupted run, got ${path}: go on with --resume '${path}'`;
    await expect(openCheckpointFolder(place(path), begun)).rejects.toThrow(hint);
    const file = join(path, "checkpoint", "run.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/"version": ".*"/, '"version": "0.0.1"'));
    await expect(openCheckpointFolder(place(path, true), begun)).rejects.toThrow("got one of 0.0.1 in");
    for (const damaged of ["", "[]", "null", '{"options":null}', text.slice(0, 20)]) {
      writeFileSync(file, damaged);
      await expect(openCheckpointFolder(place(path, true), begun)).rejects.toThrow(
        "expected the options of a run",
      );
    }
    const none = join(newFolder(), "none");
    await expect(openCheckpointFolder(place(none, true), begun)).rejects.toThrow(
      "which has no checkpoint/run.json",
    );
    expect(existsSync(none)).toBe(false);
  });

  test("is refused while another process works in it, by name; that of a dead one is taken over", async () => {
    const path = await interrupted();
    const lock = (pid: number) =>
      writeFileSync(join(path, "lock"), JSON.stringify({ pid, host: hostname(), since: 1 }));
    lock(process.ppid);
    await expect(openCheckpointFolder(place(path, true), begun)).rejects.toThrow(
      `got one held by process ${process.ppid} on ${hostname()}`,
    );
    lock(2 ** 22 + 1);
    const folder = await openCheckpointFolder(place(path, true), begun);
    await expect(openCheckpointFolder(place(path, true), begun)).rejects.toThrow(`process ${process.pid} on`);
    folder.release();
  });

  test("with a damaged or strange file is refused by its name", async () => {
    const path = await interrupted();
    const file = join(path, "checkpoint", "prune-0002.safetensors");
    const read = async () => {
      const folder = await openCheckpointFolder(place(path, true), begun);
      try {
        return recordsIn(folder);
      } finally {
        folder.release();
      }
    };
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, 50));
    await expect(read()).rejects.toThrow(`${file}: safetensors`);
    writeFileSync(file, bytes);
    mkdirSync(join(path, "checkpoint", "folder"));
    writeFileSync(join(path, "checkpoint", "strange.safetensors"), bytes);
    await expect(read()).rejects.toThrow("strange.safetensors: expected the record of a layer");
  });
});

test("the folder of --checkpoint or --resume, and no two", () => {
  expect(placeOf({})).toBe(undefined);
  expect(placeOf({ checkpoint: "a" })).toEqual({ path: "a", option: "--checkpoint", resumes: false });
  expect(placeOf({ checkpoint: "a", resume: "a" })).toEqual({
    path: "a",
    option: "--checkpoint",
    resumes: true,
  });
  expect(() => placeOf({ checkpoint: "a", resume: "b" })).toThrow(
    '"--checkpoint" expected the folder of --resume, b, got a',
  );
});

test("an interruption says what is kept, and how to go on", async () => {
  expect(leaving(undefined, [record], 3)).toBe("Interrupted; nothing was written.\n");
  const folder = { path: "a run" } as Parameters<typeof leaving>[0];
  expect(leaving(folder, [curves, record], 3)).toBe(
    "Interrupted; the losses of 1 and 1 of 3 layers are kept in 'a run'. " +
      "Go on with the same command and --resume 'a run'.\n",
  );
});
