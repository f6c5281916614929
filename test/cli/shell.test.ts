import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { printable, shellWord } from "../../src/cli/shell.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

test("a text keeps its letters and loses what a terminal obeys", () => {
  expect(printable("größe × 10 'a'.npy")).toBe("größe × 10 'a'.npy");
  expect(printable("a\x1b[31mb\x07\r\n\x7f\x9b")).toBe("a\\x1b[31mb\\x07\\x0d\\x0a\\x7f\\x9b");
  expect(printable("gpj.\u202ecod")).toBe("gpj.\\u{202e}cod");
});

test("plain names stay as they are, others are quoted", () => {
  expect(shellWord("runs/imp-seed1_2.safetensors")).toBe("runs/imp-seed1_2.safetensors");
  expect(shellWord("a b")).toBe("'a b'");
  expect(shellWord("it's")).toBe("'it'\\''s'");
  expect(shellWord("")).toBe("''");
  expect(shellWord("a\nb")).toBe("$'a\\x0ab'");
});

const names = [
  "a b",
  "it's",
  "$(touch x)",
  "`x`",
  "a\nb",
  "tab\t'q'\\n",
  "\x1b[31m",
  "größe",
  "",
  "*",
  "~",
  "-o",
  "\u202ex1",
];
test.skipIf(spawnSync("bash", ["-c", ":"]).status !== 0).each(names)("bash reads %j back", (name) => {
  const { stdout } = spawnSync("bash", ["-c", `printf %s ${shellWord(name)}`], { encoding: "utf8" });
  expect(stdout).toBe(name);
});

test("messages are one line without control characters, whatever files are called", async () => {
  const { code, stdout, stderr } = await cli(["evaluate", "gone\x1b[2J\n\x07.safetensors"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toBe(
    'golden-ticket evaluate: "MODEL" expected a file that can be read, got gone\\x1b[2J \\x07.safetensors (ENOENT)\n',
  );
});

test("a broken file is the user's mistake: one line, no stack", async () => {
  const folder = newFolder();
  for (const [name, bytes] of [
    ["a.safetensors", "x"],
    ["b.safetensors", ""],
  ] as const) {
    writeFileSync(join(folder, name), bytes);
    const { code, stdout, stderr } = await cli(
      ["prune", name, "--sparsity", "0.5", "--out", "p.safetensors"],
      folder,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^golden-ticket prune: [ab]\.safetensors: .*\n$/);
  }
});
