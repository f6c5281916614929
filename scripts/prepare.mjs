/**
 * Runs before `npm start`, `npm test` and the like: installs what the lockfile names when it is not
 * there, then builds what is out of date. Needs nothing but Node.
 */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`golden-ticket expected Node 20.19 or newer, found ${process.versions.node}`);
  process.exit(2);
}

const installed = "node_modules/.package-lock.json";
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync("package-lock.json").mtimeMs) {
  console.error("Installing dependencies (npm ci) …");
  const shell = process.platform === "win32";
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { stdio: ["ignore", 2, 2], shell });
}
await import("./build.mjs");
