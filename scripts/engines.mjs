/**
 * `npm run engines`: in Node 20, 24 and 26, Bun, Deno, Chromium and, where it is installed, Firefox, compares the
 * hashes of program.mjs on the variant `simd`, runs the core's tests, and prints a table. Ends with 1 when an engine
 * comes to other bytes or fails a test. `-- --hashes` leaves the tests out.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, firefox, REPORT, runPage, versionOf } from "./browser.mjs";
import { install } from "./install.mjs";
import { EXPECTED, EXPECTED_MODEL, verdict } from "./program.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
install("scripts/engines");

const expected = { ...EXPECTED, model: EXPECTED_MODEL };
const modules = "scripts/engines/node_modules";
const script = "scripts/run-program.mjs";
/** An engine that has not ended by then has failed. */
const TIMEOUT_MS = 180_000;
const COMMANDS = [
  { name: "this Node", path: process.execPath },
  ...[20, 24, 26].map((major) => ({ name: `Node ${major}`, path: join(modules, `node-${major}/bin/node`) })),
  { name: "Bun", path: join(modules, "@oven/bun-linux-x64/bin/bun") },
  {
    name: "Deno",
    path: join(modules, "@deno/linux-x64-glibc/deno"),
    args: ["run", "--allow-all", "--no-lock"],
  },
];

function runCommand({ path, args = [] }) {
  const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" };
  const output = (more) =>
    execFileSync(path, more, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...limits });
  const version = /\d+\.\d+\.\d+/.exec(output(["--version"]))[0];
  return { version, found: JSON.parse(output([...args, script])), tests: runTests(path, args, "core") };
}

/** Runs a project of vitest.config.ts. @returns what the table says of it */
function runTests(path, args, project) {
  if (process.argv.includes("--hashes")) return "";
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", project, "--reporter", "json"];
  const { stdout } = spawnSync(path, [...args, ...vitest], { encoding: "utf8", maxBuffer: 2 ** 30 });
  // The reporter writes one line; tests may print others.
  const { success, numPassedTests, numFailedTests } = JSON.parse(/^\{"numTotal.*\}$/m.exec(stdout)[0]);
  return success ? `${numPassedTests} tests` : `failed: ${numFailedTests} tests`;
}

/** The page is a bundle: a browser does not find packages by their names. */
async function writePage(folder) {
  const contents = `
    import * as api from "./dist/index.js";
    import * as models from "./dist/graph/index.js";
    import { hashes, modelHash } from "./scripts/program.mjs";
    ${REPORT}
    report(async () => ({ ...(await hashes(api, 0)), model: await modelHash(api, models) }));`;
  const stdin = { contents, resolveDir: process.cwd(), loader: "js" };
  await build({ stdin, bundle: true, format: "esm", target: "es2022", outfile: join(folder, "page.js") });
  writeFileSync(join(folder, "index.html"), '<!doctype html><script type="module" src="page.js"></script>');
}

async function runBrowser(find, folder) {
  const browser = await find();
  if (!browser) return undefined;
  const version = versionOf(browser).replace(/^\D*/, "");
  return { version, found: await runPage(browser, folder) };
}

function resultOf({ version, found, tests = "" }) {
  const hashes = verdict(found, expected);
  const ok = hashes === "same" && !tests.startsWith("failed");
  return { version, ok, result: `${hashes === "same" ? "same bytes" : hashes}${tests && `, ${tests}`}` };
}

const rows = [];
async function row(name, absent, run) {
  try {
    const result = await run();
    if (!result) rows.push({ engine: name, version: "", result: `skipped: ${absent}` });
    else rows.push({ engine: name, ...resultOf(result), ran: true });
  } catch (error) {
    const said = String(error.stderr || error.message).trim();
    rows.push({ engine: name, version: "", result: `failed: ${said}`, ran: true });
  }
  const { engine, version, result } = rows.at(-1);
  console.log(`${engine.padEnd(10)} ${version.padEnd(18)} ${result}`);
}

for (const command of COMMANDS) {
  const absent = `${command.path} is not there; its package is for Linux x64`;
  await row(command.name, absent, () => (existsSync(command.path) ? runCommand(command) : undefined));
}
const folder = mkdtempSync(join(tmpdir(), "golden-ticket-page-"));
try {
  await writePage(folder);
  await row("Chromium", "none is installed; set CHROME_PATH", async () => {
    const result = await runBrowser(chromium, folder);
    return result && { ...result, tests: runTests(process.execPath, [], "browser") };
  });
  await row("Firefox", "none is installed; set FIREFOX_PATH", () => runBrowser(firefox, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `\n${Object.entries(expected)
    .map(([name, hash]) => `${name} ${hash}`)
    .join("\n")}`,
);
const wrong = rows.filter(({ ran, ok }) => ran && !ok);
if (wrong.length > 0) {
  console.error(
    `npm run engines: other bytes or failed tests in ${wrong.map(({ engine }) => engine).join(", ")}`,
  );
  process.exitCode = 1;
}
