/** A search through a real PostgreSQL, with workers in processes of their own. */
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cli, newFolder, removeFolders, start } from "../cli/cli.js";
import { type Postgres, postgresHere } from "../harness/postgres.js";

const small = [
  "--train-size",
  "300",
  "--hidden",
  "12",
  "--iterations",
  "20",
  "--rounds",
  "2",
  "--controls",
  "1",
];
const found = await postgresHere();
const { url, password } = found.postgres ?? ({} as Postgres);
const folder = newFolder();

afterAll(async () => {
  removeFolders();
  await found.postgres?.stop();
});

const search = (name: string, ...more: string[]) =>
  cli(["find", ...small, "--json", "--out", join(folder, name), ...more]);

describe.skipIf(found.why !== undefined)("a search through a queue", () => {
  test("gives the same bytes as without, and nobody tells the password", async () => {
    const alone = await search("alone", "--workers", "0");
    const worker = start(["worker", "--queue", url, "--concurrency", "1"]);
    const queued = await search("queued", "--queue", url);
    worker.child.kill("SIGTERM");
    const { code, stderr } = await worker.ended;
    expect({ code: queued.code, said: queued.stderr }).toEqual({ code: 0, said: "" });
    expect(JSON.parse(queued.stdout).ticketSha256).toBe(JSON.parse(alone.stdout).ticketSha256);
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ready for 1 task at once, version /);
    expect(
      lines.slice(1, -1).filter((line) => !/^search [0-9a-f]{8} of job [0-9a-f]{12}: /.test(line)),
    ).toEqual([]);
    expect(lines.at(-1)).toBe("ended after 5 tasks");
    expect(stderr + queued.stdout).not.toContain(password);
  }, 240_000);
});
