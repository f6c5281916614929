/** Commands through a real PostgreSQL, with workers in processes of their own. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpy, writeSafetensors } from "../../src/io/index.js";
import { statusOf } from "../../src/queue/index.js";
import { cli, type Ended, newFolder, removeFolders, start } from "../cli/cli.js";
import { type Postgres, postgresHere } from "../harness/postgres.js";
import { Random } from "../harness/random.js";

/** Processes start slowly where many do. */
const LONG = 240_000;
const found = await postgresHere();
const { url, password } = found.postgres ?? ({} as Postgres);
const folder = newFolder();
const at = (name: string) => join(folder, name);
const said: string[] = [];

async function run(...args: string[]): Promise<Ended> {
  const ended = await cli(args, folder);
  said.push(ended.stdout, ended.stderr);
  return ended;
}

const small = ["--train-size", "300", "--hidden", "12", "--rounds", "2", "--controls", "1", "--json"];
const find = (out: string, ...more: string[]) => [
  "find",
  ...small,
  "--iterations",
  "20",
  "--out",
  at(out),
  ...more,
];
const shaOf = ({ stdout }: Ended) => JSON.parse(stdout).ticketSha256;

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe.skipIf(found.why !== undefined)("with a queue", () => {
  let worker: ReturnType<typeof start>;
  beforeAll(() => {
    worker = start(["worker", "--queue", url, "--concurrency", "1", "--heartbeat", "1"]);
  });
  afterAll(async () => {
    worker.child.kill("SIGTERM");
    const { code, stderr } = await worker.ended;
    await found.postgres?.stop();
    removeFolders();
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    const others = lines.filter((line) => !/^\S+ [0-9a-f]{8} of job [0-9a-f]{12}: (\d|stopped)/.test(line));
    expect(others.map((line) => line.split(" ")[0])).toEqual(["ready", "ended"]);
    expect([...said, stderr].join("\n")).not.toContain(password);
  }, LONG);

  test(
    "find gives the same bytes as without",
    async () => {
      const [alone, queued] = [
        await run(...find("alone", "--workers", "0")),
        await run(...find("a", "--queue", url)),
      ];
      expect({ code: queued.code, said: queued.stderr }).toEqual({ code: 0, said: "" });
      expect(shaOf(queued)).toBe(shaOf(alone));
      expect((await statusOf(url)).jobs).toEqual([]);
    },
    LONG,
  );

  test(
    "subset-sum and prune give the same bytes as without",
    async () => {
      const random = new Random(5);
      const tensor = (shape: number[]) => ({
        ...{
          dtype: "F32" as const,
          shape,
          data: random.uniform(shape.reduce((product, size) => product * size)),
        },
      });
      writeFileSync(at("pool.npy"), writeNpy(tensor([12])));
      writeFileSync(at("targets.npy"), writeNpy(tensor([9000])));
      writeFileSync(at("x.npy"), writeNpy(tensor([64, 10])));
      const layers = new Map([
        ["0.weight", tensor([7, 10])],
        ["1.weight", tensor([3, 7])],
      ]);
      writeFileSync(at("model.safetensors"), writeSafetensors(layers));
      const commands = [
        ["subset-sum", "--pool", at("pool.npy"), "--targets", at("targets.npy")],
        ["prune", at("model.safetensors"), "--sparsity", "0.6", "--calibration", at("x.npy")],
      ];
      for (const [i, command] of commands.entries()) {
        const outs = [at(`local-${i}.safetensors`), at(`queued-${i}.safetensors`)];
        const alone = await run(...command, "--workers", "0", "--out", outs[0]);
        const queued = await run(...command, "--queue", url, "--out", outs[1]);
        expect([alone.code, queued.code, queued.stderr]).toEqual([0, 0, ""]);
        expect(readFileSync(outs[1])).toEqual(readFileSync(outs[0]));
      }
    },
    LONG,
  );

  test(
    "reproduce gives the same results as without",
    async () => {
      const program = fileURLToPath(new URL("../../dist/reproduce/main.js", import.meta.url));
      const measured = async (...more: string[]) => {
        const args = ["--only", "swap-lemma", "--quick", "--json", "--out", at("page.html"), ...more];
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args]);
        said.push(stdout, stderr);
        return JSON.parse(stdout).rows.map(
          ({ seconds: _, secondsOf: __, ...row }: Record<string, unknown>) => row,
        );
      };
      const alone = await measured("--workers", "0");
      expect(alone).toMatchObject([{ name: "swap-lemma", holds: true }]);
      expect(await measured("--queue", url)).toEqual(alone);
    },
    LONG,
  );

  test(
    "a caller that was killed comes back to its job, and gets the same bytes",
    async () => {
      const long = ["find", ...small, "--iterations", "3000", "--seed", "3"];
      const caller = start([...long, "--out", at("killed"), "--queue", url], folder);
      await until(async () => (await statusOf(url)).jobs.some(({ done }) => done > 0));
      caller.child.kill("SIGKILL");
      await caller.ended;
      const [{ id }] = (await statusOf(url)).jobs;
      const listed = await run("jobs", "list", "--queue", url);
      expect(listed.stdout).toMatch(new RegExp(`^  ${id}  \\d done, [^]*find [^]*--iterations\\s+3000`));
      await until(async () => (await statusOf(url)).jobs.every(({ unseenSeconds }) => unseenSeconds > 4));
      const again = await run("jobs", "attach", id, "--queue", url, "--json", "--out", at("again"));
      const alone = await run(...long, "--workers", "0", "--out", at("long"));
      expect({ code: again.code, said: again.stderr }).toEqual({ code: 0, said: "" });
      expect(shaOf(again)).toBe(shaOf(alone));
    },
    LONG,
  );

  test(
    "Ctrl-C takes the work back, or leaves it with --detach until somebody cancels it",
    async () => {
      for (const more of [[], ["--detach"]]) {
        const out = at(`interrupted${more}`);
        const caller = start(
          ["find", ...small, "--iterations", "90000", "--out", out, "--queue", url, ...more],
          folder,
        );
        await until(async () => (await statusOf(url)).jobs.some(({ running }) => running > 0));
        caller.child.kill("SIGINT");
        expect((await caller.ended).code).toBe(130);
        const { jobs } = await statusOf(url);
        expect(jobs.length).toBe(more.length);
        for (const { id } of jobs) {
          expect((await run("jobs", "cancel", id, "--queue", url)).stdout).toBe(`Cancelled ${id}.\n`);
          expect((await run("jobs", "cancel", id, "--queue", url)).code).toBe(2);
        }
      }
      expect((await run("jobs", "list", "--queue", url)).stdout).toBe("No jobs.\n");
      const { workers } = JSON.parse((await run("jobs", "status", "--json", "--queue", url)).stdout);
      expect(workers).toMatchObject([{ concurrency: 1 }]);
    },
    LONG,
  );

  test.each([
    [["worker"], 2, /"--queue" expected postgres:/],
    [["jobs", "lsit"], 2, /expected list, status, attach JOB or cancel JOB/],
    [["jobs", "cancel", "x"], 2, /"JOB" expected 12 digits/],
    [["find", "--detach"], 2, /"--queue" expected an address beside --detach/],
    [
      ["find", "--queue", "postgre//u:secret@h/d"],
      2,
      /expected postgres:.*, got an address that cannot be read/,
    ],
    [["worker", "--queue", "mysql://u:secret@h/d"], 2, /expected postgres:.*mysql:\/\/u:\*\*\*@h\/d/],
    [
      ["find", "--queue", "postgres://u:secret@127.0.0.1:1/d?sslpassword=secret", "--out", "o"],
      1,
      /ECONNREFUSED/,
    ],
  ])(
    "%j is refused, without its password",
    async (args, code, message) => {
      const ended = await cli(args as string[], folder);
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(message as RegExp);
      expect(ended.stderr).not.toContain("secret");
    },
    LONG,
  );

  test.skipIf(process.platform !== "linux")("processes do not show the password", () => {
    const shown = readFileSync(`/proc/${worker.child.pid}/cmdline`, "utf8");
    expect(shown).toContain("golden-ticket worker");
    expect(shown).not.toContain(password);
  });
});
