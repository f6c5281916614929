import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { third } from "../harness/size.js";
import { cli, removeFolders, start } from "./cli.js";
import { files } from "./models.js";

afterAll(removeFolders);

/** Starts a pruning, and ends it by a signal once so many parts are kept. */
async function interrupt(args: readonly string[], run: string, signal: NodeJS.Signals, parts: number) {
  const { child, ended } = start([...args, "--checkpoint", run]);
  const folder = join(run, "checkpoint");
  const kept = () =>
    existsSync(folder) ? readdirSync(folder).filter((name) => /^[a-z].*rs$/.test(name)).length : 0;
  while (kept() < parts && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill(signal);
  return ended;
}

/** Two thin layers, then a wide one that takes long. */
function problem(...how: string[]) {
  const { path } = files(8, 24, 320, 40);
  const out = path("cut.safetensors");
  const shared = ["--calibration", path("x.npy"), "--workers", "0", ...how];
  const args = ["prune", path("model.safetensors"), ...shared];
  return { path, out, run: path("a run"), args };
}

describe("an interrupted pruning", () => {
  const cuts: [NodeJS.Signals, number, string[]][] = [
    ["SIGINT", 1, ["--sparsity", "0.5", "--refine", "swaps"]],
    ["SIGINT", 2, ["--max-error", "0.05"]],
    ["SIGKILL", 4, ["--sparsity", "0.6", "--budget", "optimal"]],
  ];
  test.each(third(cuts))("by %s after %i parts goes on to the same bytes: %j", async (signal, parts, how) => {
    const { path, out, run, args } = problem(...how);
    const {
      code,
      signal: endedBy,
      stdout,
      stderr,
    } = await interrupt([...args, "--out", out], run, signal, parts);
    expect(stdout).toBe("");
    expect(existsSync(out)).toBe(false);
    if (signal === "SIGINT") {
      expect(code).toBe(130);
      expect(stderr).toContain("of 3 layers are kept in '");
      expect(stderr).toContain(`Go on with the same command and --resume '${run}'.\n`);
      expect(existsSync(join(run, "lock"))).toBe(false);
    } else expect(endedBy).toBe("SIGKILL");
    const resumed = await cli([...args, "--out", out, "--resume", run, "--checkpoint", run]);
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(run)).toEqual([]);
    const whole = path("whole.safetensors");
    expect(await cli([...args, "--out", whole])).toMatchObject({ code: 0 });
    expect(readFileSync(out).equals(readFileSync(whole))).toBe(true);
  });

  test("is refused to other options, other files and another process", async () => {
    const { path, out, run, args } = problem("--sparsity", "0.5");
    await interrupt([...args, "--out", out], run, "SIGKILL", 1);
    const kept = readdirSync(join(run, "checkpoint"));
    const signed = ["--calibration", path("signed.npy")];
    const refusals: [string[], string][] = [
      [
        ["--resume", run, "--budget", "optimal"],
        '"--budget" expected uniform as the run was begun with, got opt',
      ],
      [["--resume", run, ...signed], '"--resume" expected the files that the run was begun with'],
      [["--checkpoint", run], `without an interrupted run, got ${run}: go on with --resume '${run}'`],
    ];
    for (const [more, message] of refusals) {
      const { code, stdout, stderr } = await cli([...args, "--out", out, ...more]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(message);
    }
    const owner = { pid: process.pid, host: hostname(), since: 1 };
    writeFileSync(join(run, "lock"), JSON.stringify(owner));
    const { code, stderr } = await cli([...args, "--out", out, "--resume", run]);
    expect(code).toBe(2);
    expect(stderr).toContain(`nobody works in, got one held by process ${process.pid} on ${hostname()}\n`);
    expect(readdirSync(join(run, "checkpoint"))).toEqual(kept);
    expect(existsSync(out)).toBe(false);
  });

  test("is not what options that do not fit leave behind", async () => {
    const { out, run, args } = problem("--sparsity", "0.5");
    const wrong = await cli([
      ...args,
      "--method",
      "wanda",
      "--budget",
      "optimal",
      "--checkpoint",
      run,
      "--out",
      out,
    ]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('"wanda", got "optimal"');
    expect(readdirSync(run)).toEqual([]);
  });
});
