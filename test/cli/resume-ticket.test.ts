import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { third } from "../harness/size.js";
import { cli, removeFolders, start } from "./cli.js";
import { files, lenet } from "./models.js";

afterAll(removeFolders);

describe("an interrupted construction", () => {
  test.each(third(["SIGINT", "SIGKILL"] as const))("by %s goes on to the same bytes", async (signal) => {
    const { folder, path } = files(2, 16, 20);
    const out = path("cut.safetensors");
    const checkpoint = `${out}.checkpoint`;
    const how = ["--construction", "malach", "--epsilon", "0.03"];
    const args = ["strong-ticket", path("model.safetensors"), ...how];
    const { child, ended } = start([...args, "--checkpoint", "--out", out]);
    while (!existsSync(checkpoint) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect(stdout).toBe("");
    expect(existsSync(out)).toBe(false);
    if (signal === "SIGINT") {
      const how = "Go on with the same command and --resume.";
      expect({ code, stderr }).toEqual({
        code: 130,
        stderr: `Interrupted; 1 of 2 layers are kept in ${checkpoint}. ${how}\n`,
      });
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      await refusesOthers(args, out, checkpoint);
    }
    expect(await cli([...args, "--resume", "--out", out])).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(checkpoint)).toBe(false);
    const whole = path("whole.safetensors");
    expect(await cli([...args, "--out", whole])).toMatchObject({ code: 0 });
    expect(readFileSync(out).equals(readFileSync(whole))).toBe(true);
  });

  async function refusesOthers(args: readonly string[], out: string, checkpoint: string) {
    const bytes = readFileSync(checkpoint);
    const resume = ["--out", out, "--resume"];
    const refusals = [
      [["--out", out], '"--out" expected a file without an interrupted run, got '],
      [[...resume, "--seed", "2"], '"--seed" expected 0 as the run was begun with, got 2'],
      [[...resume, "--epsilon", "0.02"], '"--epsilon" expected 0.03 as the run was begun with, got 0.02'],
    ] as const;
    for (const [more, message] of refusals) {
      const { code, stderr } = await cli([...args, ...more]);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    }
    const other = await cli(["strong-ticket", lenet, ...args.slice(2), ...resume]);
    expect(other.stderr).toContain(
      '"--resume" expected the files that the run was begun with, got others than ',
    );
    expect(readFileSync(checkpoint).equals(bytes)).toBe(true);
    writeFileSync(checkpoint, bytes.subarray(0, 1000));
    const cut = await cli([...args, ...resume]);
    expect(cut.code).toBe(2);
    expect(cut.stderr).toContain(`${checkpoint}: safetensors`);
    writeFileSync(checkpoint, bytes);
  }
});
