/** Installs what a folder's package-lock.json names when it is missing or older than it. Needs nothing but Node. */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** npm waits for a registry that does not answer for longer. */
const TIMEOUT_MS = 300_000;

/** Says on the error stream what it does; returns whether all of it is there. */
export function install(folder) {
  const [installed, lock] = ["node_modules/.package-lock.json", "package-lock.json"].map((path) =>
    join(folder, path),
  );
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  console.error(`Installing what ${folder} names (npm ci) …`);
  try {
    // None of it needs an install script.
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    const shell = process.platform === "win32";
    const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" };
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2], shell, ...limits });
    return true;
  } catch {
    console.error(`npm ci failed in ${folder}: what is not there will be reported as skipped.`);
    return false;
  }
}
