import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
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
  const { path } = files(8, 24, 640, 60);
  const out = path("cut.safetensors");
  const shared = ["--calibration", path("x.npy"), "--workers", "0", ...how];
  const args = ["prune", path("model.safetensors"), ...shared];
  return { path, out, run: path("a run"), args };
}

describe("an interrupted pruning", () => {
  test.each<[NodeJS.Signals, number, string[]]>([
    ["SIGINT", 1, ["--sparsity", "0.5", "--refine", "swaps"]],
    ["SIGKILL", 2, ["--sparsity", "0.5"]],
    ["SIGINT", 2, ["--max-error", "0.05"]],
    ["SIGKILL", 4, ["--sparsity", "0.6", "--budget", "optimal"]],
  ])("by %s after %i parts goes on to the same bytes: %j", async (signal, parts, how) => {
    const { path, out, run, args } = problem(...how);
    const { code, signal: endedBy, stdout, stderr } = await interrupt([...args, "--out", out], run, signal, parts);
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

  test("is refused to other options, other files and other commands, and keeps what it has", async () => {
    const { path, out, run, args } = problem("--sparsity", "0.5");
    await interrupt([...args, "--out", out], run, "SIGINT", 1);
    const kept = readdirSync(join(run, "checkpoint"));
    const other = files(8, 24, 640, 60).path("signed.npy");
    const refusals: [string[], string][] = [
      [["--resume", run, "--seed", "2"], '"--seed" expected 0 as the run was begun with, got 2'],
      [["--resume", run, "--sparsity", "0.6"], '"--sparsity" expected 0.5 as the run was begun with, got 0.6'],
      [["--resume", run, "--budget", "optimal"], '"--budget" expected uniform as the run was begun with, got opt'],
      [["--resume", run, "--refine", "swaps"], '"--refine" expected nothing as the run was begun with, got swaps'],
      [["--resume", run, "--calibration", other], '"--resume" expected the files that the run was begun with'],
      [["--checkpoint", run], `without an interrupted run, got ${run}: go on with --resume '${run}'`],
      [["--checkpoint", path("b"), "--resume", run], `"--checkpoint" expected the folder of --resume, ${run}, got`],
      [["--resume", path("none")], `expected the folder of an interrupted run, got ${path("none")}, which has no`],
    ];
    for (const [more, message] of refusals) {
      const { code, stdout, stderr } = await cli([...args, "--out", out, ...more]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(message);
    }
    expect((await cli(["find", "--resume", run])).stderr).toContain("a checkpoint of find, got one of prune in");
    expect(existsSync(path("none"))).toBe(false);
    expect(readdirSync(join(run, "checkpoint"))).toEqual(kept);
    const part = join(run, "checkpoint", "prune-0000.safetensors");
    writeFileSync(part, readFileSync(part).subarray(0, 100));
    const cut = await cli([...args, "--out", out, "--resume", run]);
    expect(cut.code).toBe(2);
    expect(cut.stderr).toContain(`golden-ticket prune: ${part}: safetensors`);
  });

  test("is refused while another process is at it, and taken over from a dead one", async () => {
    const { out, run, args } = problem("--sparsity", "0.5");
    const { child, ended } = start([...args, "--out", out, "--checkpoint", run]);
    while (!existsSync(join(run, "checkpoint", "run.json"))) await new Promise((resolve) => setTimeout(resolve, 2));
    const second = await cli([...args, "--out", out, "--resume", run]);
    child.kill("SIGKILL");
    await ended;
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toContain(`nobody works in, got one held by process ${child.pid} on ${hostname()}`);
    expect(existsSync(join(run, "lock"))).toBe(true);
    expect(await cli([...args, "--out", out, "--resume", run])).toMatchObject({ code: 0 });
  });

  test("without a folder keeps nothing", async () => {
    const { path, out, args } = problem("--sparsity", "0.5");
    const before = readdirSync(path("."));
    const { child, ended } = start([...args, "--out", out]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    if (code === 130) expect(stderr).toBe("Interrupted; nothing was written.\n");
    if (code === 130) expect(readdirSync(path("."))).toEqual(before);
  });
});
