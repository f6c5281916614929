import { readdirSync } from "node:fs";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.js";
import { Random } from "../harness/random.js";
import { newFolder, removeFolders } from "./cli.js";
import { filesFor, wrongLine } from "./wrong-lines.js";

afterAll(removeFolders);
afterEach(() => vi.restoreAllMocks());

/** Names that only the library's callers know, traces, and texts of those below it. */
const INTERNAL = /options\.|\bundefined\b|\bat .*:\d+:\d+|node:|Error:|\[object |syscall|std::|ErrorCode/;

/** Runs the program in this process. */
async function run(args: readonly string[]) {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += text;
      return true;
    });
  }
  const code = await main(args);
  vi.restoreAllMocks();
  return { code, ...printed };
}

test("500 wrong command lines: each is one line, exit code 2, and leaves nothing behind", async () => {
  const random = new Random(15);
  const folder = newFolder();
  const files = filesFor(folder, random);
  const wrong: object[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const { fault, line } = wrongLine(files, random);
    seen.add(fault);
    const before = readdirSync(folder).length;
    const { code, stdout, stderr } = await run(line);
    const isOneLine = /^golden-ticket[^\n]*: [^\n]+\n$/.test(stderr) && stdout === "";
    // What was given may be anything; it stands behind "got".
    const said = stderr.replace(/got .*/, "");
    const left = readdirSync(folder).length - before;
    if (code !== 2 || !isOneLine || INTERNAL.test(said) || left !== 0) {
      wrong.push({
        fault,
        line: line.map((word) => word.replace(folder, "")),
        code,
        stdout: stdout.slice(0, 99),
        stderr,
        left,
      });
    }
  }
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(10);
}, 120_000);
