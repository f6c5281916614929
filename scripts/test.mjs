/**
 * `npm test`: types, lint, then every test in Node and in a browser. Stops at the first stage that fails.
 * With `--all` what repeats itself runs in full (test/harness/size.ts), and every kernel's cases in the browser too.
 * Further arguments go to vitest: `npm test -- test/mask`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** An installed Chrome, for hosts on which the Chromium of the npm package does not run. */
function findChrome() {
  const { CHROME_PATH, PATH = "", PROGRAMFILES, LOCALAPPDATA } = process.env;
  const windows = [PROGRAMFILES, process.env["PROGRAMFILES(X86)"], LOCALAPPDATA].filter(Boolean);
  const names = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
  return [
    CHROME_PATH,
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ...windows.map((folder) => join(folder, "Google/Chrome/Application/chrome.exe")),
    ...PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
  ].find((path) => path && existsSync(path));
}

function seconds() {
  return `${(performance.now() / 1000).toFixed(1)} s`;
}

/** Runs the binary of a dev dependency; ends the whole when it fails. */
function stage(name, script, args, env = process.env) {
  const { status, error } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit", env });
  if (status === 0) return;
  console.error(`npm test: ${name} failed after ${seconds()}${error ? `: ${error.message}` : ""}`);
  process.exit(1);
}

const packaged = process.platform === "linux" && process.arch === "x64";
const chrome = packaged ? undefined : findChrome();
const names = packaged || chrome ? ["node", "browser"] : ["node"];
const projects = names.flatMap((name) => ["--project", name]);
const given = process.argv.slice(2);
const env = {
  ...process.env,
  ...(chrome && { CHROME_PATH: chrome }),
  WHOLE_SUITE: String(given.includes("--all")),
};
const rest = given.filter((argument) => argument !== "--all");
const skipped = names.length < 2 ? "; skipped project browser: no Chrome found, set CHROME_PATH" : "";

stage("the type-check", "node_modules/typescript/bin/tsc", ["-p", "tsconfig.json"]);
stage("the lint", "node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]);
stage("vitest", "node_modules/vitest/vitest.mjs", ["run", ...projects, ...rest], env);
console.error(`npm test: passed in ${seconds()}${skipped}`);
