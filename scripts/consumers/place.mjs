/** The fresh folder in which the packed package is used, and what its users have in common. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium, REPORT, runPage } from "../browser.mjs";
import { install } from "../install.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const own = join(root, "scripts/consumers");
const shell = process.platform === "win32";
/** A row that has not ended by then has failed. */
export const TIMEOUT_MS = 300_000;
export const fresh = realpathSync(mkdtempSync(join(tmpdir(), "golden-ticket-consumers-")));
process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
const browser = await chromium();

/** Runs a command to its end; what it printed. */
export function run(command, args, cwd, env = {}) {
  const stdio = ["ignore", "pipe", "pipe"];
  const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 2 ** 26 };
  return execFileSync(command, args, {
    ...{ cwd, shell, encoding: "utf8", stdio, env: { ...process.env, ...env } },
    ...limits,
  });
}

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

/** Installs packages in a folder, as users do. */
export const npmInstall = (folder, ...packages) => run("npm", ["install", ...QUIET, ...packages], folder);

/** The package as users get it, in node_modules of the fresh folder. @returns the archive */
export function installPacked() {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", fresh], root));
  writeFileSync(join(fresh, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npmInstall(fresh, `./${filename}`);
  copyFileSync(join(root, "scripts/program.mjs"), join(fresh, "program.mjs"));
  return join(fresh, filename);
}

/** A folder with the given files. */
export function folderOf(name, files = {}) {
  const folder = join(fresh, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

let isInstalled;
/** The folder of what scripts/consumers/package.json names; undefined where it could not be installed. */
export function packageOf(name) {
  isInstalled ??= install(own);
  const folder = join(own, "node_modules", name);
  return isInstalled || existsSync(folder) ? folder : undefined;
}

/** The same, imported. */
export async function tool(name) {
  if (packageOf(name) === undefined) return undefined;
  return import(pathToFileURL(createRequire(join(own, "package.json")).resolve(name)).href);
}

/** A program of an engine that scripts/engines installs; undefined where the platform has none. */
export function engine(path) {
  install(join(root, "scripts/engines"));
  const file = join(root, "scripts/engines/node_modules", path);
  return existsSync(file) ? file : undefined;
}

/** Which version scripts/consumers/package.json names. */
export const pinned = (name) =>
  `${name}@${createRequire(join(own, "package.json"))("./package.json").dependencies[name]}`;

export const IMPORTS = 'import * as api from "golden-ticket";\nimport { observed } from "../program.mjs";\n';
/** What a user writes for Node: default options, unless `workers` says otherwise. Prints what it came to. */
export const nodeScript = (workers) =>
  `${IMPORTS}observed(api, ${workers}).then((found) => console.log(JSON.stringify(found)));\n`;
/** The same for a page, which reports it. */
export const pageScript = (workers) => `${IMPORTS}${REPORT}report(() => observed(api, ${workers}));\n`;
export const page = (script, head = "", type = 'type="module"') =>
  `<!doctype html>${head}<script ${type} src="${script}"></script>`;

/** Opens cores until there is no room for one more, or a thousand. */
export const OPEN_MANY = `import { open } from "golden-ticket";
  const openMany = async () => {
    const cores = [];
    try {
      while (cores.length < 1000) cores.push(await open());
      return { cores: cores.length, then: "no more were asked for" };
    } catch ({ name }) {
      return { cores: cores.length, then: name };
    } finally {
      for (const core of cores) core.dispose();
    }
  };
`;

/** What a page in Chromium reports. @param at  a folder with its index.html, or an address */
export const inPage = (at) => runPage(browser, at);
/** What a program of Node prints. */
export const inNode = (folder, args, env) => JSON.parse(run(process.execPath, args, folder, env));
