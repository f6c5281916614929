import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lockFolder, writeWhole } from "../../src/cli/files.js";
import { newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

describe("writing whole", () => {
  test("replaces a file and leaves nothing else behind", async () => {
    const folder = newFolder();
    const path = join(folder, "file");
    await writeWhole(path, "old and longer");
    await writeWhole(path, Uint8Array.of(110, 101, 119));
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("a failure leaves what was there, and no other file", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "taken"));
    await expect(writeWhole(join(folder, "taken"), "text")).rejects.toThrow(/taken/);
    await expect(writeWhole(join(folder, "missing", "file"), "text")).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});

describe("a folder's lock", () => {
  const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;
  const lockOf = (folder: string, owner: object) =>
    writeFileSync(join(folder, "lock"), JSON.stringify(owner));

  test("refuses a second holder until it is given back", async () => {
    const folder = join(newFolder(), "made", "here");
    const release = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(
      `"${folder}" expected a folder nobody works in, ` +
        `got one held by process ${process.pid} on ${hostname()}`,
    );
    release();
    expect(readdirSync(folder)).toEqual([]);
    (await lockFolder(folder))();
  });

  test("goes to one of those who want it at once", async () => {
    const folder = newFolder();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("of a dead process is taken over, by one of those who want it", async () => {
    const folder = newFolder();
    lockOf(folder, { pid: deadPid(), host: hostname(), since: 1 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === "fulfilled").length).toBe(1);
    expect(readdirSync(folder)).toEqual(["lock"]);
  });

  test("that was cut short is taken over", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), '{"pid":');
    (await lockFolder(folder))();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  test("of another host is left alone, with a hint", async () => {
    const folder = newFolder();
    lockOf(folder, { pid: deadPid(), host: "elsewhere", since: 1 });
    await expect(lockFolder(folder)).rejects.toThrow(
      `on elsewhere; if that has ended, delete ${join(folder, "lock")}`,
    );
  });
});
