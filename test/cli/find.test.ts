import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Round } from "../../src/index.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { third } from "../harness/size.js";
import { cli, newFolder, removeFolders, start } from "./cli.js";

afterAll(removeFolders);

const small = ["--train-size", "600", "--hidden", "20", "--iterations", "20", "--rounds", "2"];
const fileNames = ["network.safetensors", "report.html", "result.json", "ticket.safetensors"];
const ticketOf = (folder: string) => readFileSync(join(folder, "ticket.safetensors"));
/** What may differ between two runs of one search: how long they took. */
const resultOf = (folder: string) => {
  const { seconds, ...rest } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
  expect(seconds).toBeGreaterThan(0);
  return rest;
};

describe("find", () => {
  test("prints one object, writes four files, and names their hashes", async () => {
    const out = join(newFolder(), "run");
    const { code, stdout, stderr } = await cli(["find", ...small, "--controls", "1", "--out", out, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({ method: "imp", seed: 1, variant: "simd", out });
    expect(printed.seconds).toBeGreaterThan(0);
    expect(readdirSync(out).sort()).toEqual(fileNames);
    for (const name of ["ticket", "network"]) {
      const bytes = readFileSync(join(out, `${name}.safetensors`));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(printed[`${name}Sha256`]);
    }

    const result = resultOf(out);
    expect(result).toMatchObject({ preset: "quick", sizes: [784, 20, 10], iterations: 20, trials: 1 });
    expect(result.ticketSha256).toBe(printed.ticketSha256);
    expect(printed.rounds.length).toBe(3);
    for (const [i, round] of (result.rounds as Round[]).entries()) {
      const { density, accuracy, earlyStopIteration } = round;
      expect(printed.rounds[i]).toMatchObject({ round: i, density, accuracy, earlyStopIteration });
      for (const name of ["reinitialised", "shuffled"] as const) {
        expect(printed.rounds[i].control[name]?.accuracy).toBe(round.control[name]?.accuracy);
        expect(round.control[name] !== null).toBe(i === 1);
      }
    }
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain(printed.ticketSha256);
  });

  test("finds tickets of convolutions, and says how to find them again", async () => {
    const out = join(newFolder(), "run");
    const few = ["--train-size", "200", "--iterations", "5", "--rounds", "1", "--controls", "none"];
    const { code } = await cli(["find", "--network", "lenet-5", ...few, "--workers", "0", "--out", out]);
    expect(code).toBe(0);
    expect(resultOf(out)).toMatchObject({ network: "lenet-5", sizes: [784, 4704, 1600, 120, 84, 10] });
    expect(readSafetensors(ticketOf(out)).tensors.get("conv2.weight")?.shape).toEqual([16, 6, 5, 5]);
    const report = readFileSync(join(out, "report.html"), "utf8");
    expect(report).toContain("--network lenet-5 --rounds 1");
    expect(report).not.toContain("--hidden");
  });

  test("prunes each layer by exactly round(rate · kept), and leaves 0 where it pruned", async () => {
    const out = join(newFolder(), "run");
    expect(await cli(["find", ...small, "--controls", "none", "--out", out])).toMatchObject({ code: 0 });
    const { rounds } = resultOf(out);
    const kept = { fc1: 784 * 20, output: 200 };
    for (const round of rounds as Round[]) {
      expect(round.layers.map(({ kept }) => kept)).toEqual([kept.fc1, kept.output]);
      expect(round.density).toBe((kept.fc1 + kept.output) / (785 * 20 + 180));
      kept.fc1 -= Math.round(0.2 * kept.fc1);
      kept.output -= Math.round(0.1 * kept.output);
    }
    const { tensors, metadata } = readSafetensors(ticketOf(out));
    const round = (rounds as Round[])[Number(metadata.round)];
    for (const { name, kept: count } of round.layers) {
      const weights = tensors.get(`${name}.weight`)?.data as Float32Array;
      const mask = tensors.get(`${name}.mask`)?.data as Uint8Array;
      expect(mask.reduce((sum, bit) => sum + bit, 0)).toBe(count);
      expect(weights.every((weight, i) => (mask[i] === 1) === (weight !== 0))).toBe(true);
    }
  });

  test("gives the same bytes with any number of workers, and says it in words", async () => {
    const folder = newFolder();
    const runs = ["0", "1", "2"].map(async (workers) => {
      const out = join(folder, workers);
      const { code, stdout } = await cli(["find", ...small, "--workers", workers, "--out", out]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^round +kept +test accuracy/);
      expect(stdout).toMatch(/\n(The ticket of|No ticket reaches) .*\.\nWritten to /);
      return { ticket: ticketOf(out), result: resultOf(out) };
    });
    const [none, ...others] = await Promise.all(runs);
    for (const one of others) expect(one).toEqual(none);
  });

  test("another seed gives another ticket; one-shot and rewinding run as well", async () => {
    const folder = newFolder();
    const hashes = new Set<string>();
    const ways = third([
      [],
      ["--seed", "2"],
      ["--method", "one-shot"],
      ["--rewind", "5"],
      ["--optimizer", "sgd"],
    ]);
    for (const args of ways) {
      const out = join(folder, `run${hashes.size}`);
      const { code, stdout } = await cli([
        "find",
        ...small,
        ...args,
        "--controls",
        "none",
        "--out",
        out,
        "--json",
      ]);
      expect(code).toBe(0);
      hashes.add(JSON.parse(stdout).ticketSha256);
    }
    expect(hashes.size).toBe(ways.length);
  });

  test("writes into runs/METHOD-seedN-DATE-TIME when no folder is named", async () => {
    const cwd = newFolder();
    const args = ["find", ...small, "--rounds", "0", "--seed", "9", "--method", "one-shot", "--json"];
    const { code, stdout } = await cli(args, cwd);
    expect(code).toBe(0);
    const { out } = JSON.parse(stdout);
    expect(out).toMatch(/^runs.one-shot-seed9-\d{8}-\d{6}$/);
    expect(readdirSync(join(cwd, out)).sort()).toEqual(fileNames);
  });
});

describe("an interrupted search", () => {
  const long = [...small, "--iterations", "150", "--rounds", "4"];

  /** Starts a search, and ends it by a signal once it has finished a training. */
  async function interrupt(out: string, signal: NodeJS.Signals) {
    const { child, ended } = start(["find", ...long, "--workers", "1", "--out", out]);
    const checkpoint = join(out, "checkpoint");
    const hasResult = () =>
      existsSync(checkpoint) && readdirSync(checkpoint).some((name) => /^trial.*rs$/.test(name));
    while (!hasResult() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill(signal);
    // As npm does when it passes on what the terminal has sent to both.
    setTimeout(() => child.kill(signal), 10);
    return ended;
  }

  test.each(third(["SIGINT", "SIGKILL"] as const))("by %s goes on to the same bytes", async (signal) => {
    const folder = newFolder();
    const [out, whole] = [join(folder, "cut"), join(folder, "whole")];
    const { code, signal: endedBy, stdout, stderr } = await interrupt(out, signal);
    expect(stdout).toBe("");
    if (signal === "SIGINT") {
      expect(code).toBe(130);
      expect(stderr).toMatch(
        /^Interrupted; [1-9]\d* finished trainings are kept\. Go on with: golden-ticket find --resume /,
      );
      expect(existsSync(join(out, "lock"))).toBe(false);
    } else expect(endedBy).toBe("SIGKILL");
    expect(existsSync(join(out, "result.json"))).toBe(false);

    const kept = readdirSync(join(out, "checkpoint"));
    expect(await cli(["find", "--resume", out, "--seed", "2"])).toMatchObject({
      code: 2,
      stderr: 'golden-ticket find: "--seed" expected 1 as the search was begun with, got 2\n',
    });
    expect(await cli(["find", ...long, "--out", out])).toMatchObject({ code: 2 });
    expect(readdirSync(join(out, "checkpoint"))).toEqual(kept);

    const resumed = await cli(["find", "--resume", out, "--json", "--workers", "2"]);
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(await cli(["find", ...long, "--out", whole])).toMatchObject({ code: 0 });
    expect(ticketOf(out)).toEqual(ticketOf(whole));
    expect(resultOf(out)).toEqual(resultOf(whole));
    expect(readdirSync(out).sort()).toEqual(fileNames);
    expect(await cli(["find", "--resume", out])).toMatchObject({ code: 2 });
  });

  test("with a damaged file is refused by name", async () => {
    const out = join(newFolder(), "cut");
    await interrupt(out, "SIGINT");
    const file = join(out, "checkpoint", "trial-0-round-00-ticket.safetensors");
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const { code, stderr } = await cli(["find", "--resume", out]);
    expect(code).toBe(2);
    expect(stderr).toContain(`golden-ticket find: ${file}: safetensors`);
  });

  test("is refused while another process is at it", async () => {
    const out = join(newFolder(), "run");
    const { child, ended } = start(["find", ...long, "--out", out]);
    while (!existsSync(join(out, "checkpoint", "run.json")))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await cli(["find", "--resume", out]);
    child.kill("SIGINT");
    await ended;
    expect(second).toMatchObject({ code: 2 });
    expect(second.stderr).toContain(
      `expected a folder nobody works in, got one held by process ${child.pid}`,
    );
  });
});
