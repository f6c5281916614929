/**
 * `npm run consumers`: packs the package, installs the archive into a fresh folder, and uses it from there as its users
 * do: Node, TypeScript, three bundlers, a module worker, a page without a bundler. Each runs program.mjs to the hashes
 * of every engine. Prints a table; ends with 1 when one fails.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
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
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import * as vite from "vite";
import { chromium, REPORT, runPage } from "./browser.mjs";
import { install } from "./install.mjs";
import { verdict } from "./program.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const root = process.cwd();
const shell = process.platform === "win32";
/** A row that has not ended by then has failed. */
const TIMEOUT_MS = 180_000;
const fresh = realpathSync(mkdtempSync(join(tmpdir(), "golden-ticket-consumers-")));
const browser = await chromium();

function run(command, args, cwd) {
  const stdio = ["ignore", "pipe", "pipe"];
  const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 2 ** 26 };
  return execFileSync(command, args, { cwd, shell, encoding: "utf8", stdio, ...limits });
}

/** What work comes to in time; commands, which hold this thread, have their own limit. */
async function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The package as users get it, in node_modules of the fresh folder. @returns the archive */
function installPacked() {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", fresh], root));
  writeFileSync(join(fresh, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  run("npm", ["install", ...quiet, `./${filename}`], fresh);
  copyFileSync("scripts/program.mjs", join(fresh, "program.mjs"));
  return join(fresh, filename);
}

/** A folder with the given files. */
function folderOf(name, files) {
  const folder = join(fresh, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const IMPORTS = 'import * as api from "golden-ticket";\nimport { hashes } from "../program.mjs";\n';
const page = (script, head = "") => `<!doctype html>${head}<script type="module" src="${script}"></script>`;
const pageScript = (workers) => `${IMPORTS}${REPORT}report(() => hashes(api, ${workers}));\n`;
const inPage = async (at) => verdict(await runPage(browser, at));

function node() {
  const folder = folderOf("node", {
    "main.mjs": `${IMPORTS}console.log(JSON.stringify(await hashes(api, 2)));\n`,
  });
  return verdict(JSON.parse(run(process.execPath, ["main.mjs"], folder)));
}

/** Are the types wrong? Ends with 1 when they are. The package is ESM only. */
function typesResolve() {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const options = ["--profile", "esm-only", "--exclude-entrypoints", "simd.wasm", "relaxed.wasm"];
  run(process.execPath, [attw, archive, ...options], root);
  return "fits";
}

function typescript(module, moduleResolution) {
  const compilerOptions = {
    ...{
      module,
      moduleResolution,
      strict: true,
      target: "ES2022",
      lib: ["ES2023", "ESNext.Disposable", "DOM"],
    },
    ...{
      noEmit: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: [],
    },
  };
  const folder = folderOf(`types-${moduleResolution}`, {
    "tsconfig.json": JSON.stringify({ compilerOptions }),
  });
  copyFileSync("scripts/consumers/consumer.ts", join(folder, "consumer.ts"));
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."], folder);
  return "fits";
}

const viteOptions = (folder) => ({
  ...{ root: folder, configFile: false, logLevel: "silent", cacheDir: join(folder, ".vite") },
  server: { host: "127.0.0.1", port: 0, fs: { allow: [fresh] } },
});

async function viteBuild() {
  const folder = folderOf("vite-build", { "index.html": page("./main.js"), "main.js": pageScript(2) });
  await vite.build({ ...viteOptions(folder), build: { outDir: "dist", target: "es2022" } });
  return inPage(join(folder, "dist"));
}

async function viteDev() {
  const folder = folderOf("vite-dev", { "index.html": page("./main.js"), "main.js": pageScript(2) });
  const server = await vite.createServer(viteOptions(folder));
  try {
    await server.listen();
    return await inPage(`http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await server.close();
  }
}

async function webpack() {
  if (!install("scripts/consumers") && !existsSync("scripts/consumers/node_modules/webpack"))
    return undefined;
  const pack = createRequire(join(root, "scripts/consumers/package.json"))("webpack");
  const folder = folderOf("webpack", { "main.js": pageScript(2) });
  const output = { path: join(folder, "dist"), filename: "main.js", publicPath: "auto" };
  const compiler = pack({ mode: "production", context: folder, entry: "./main.js", output });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  writeFileSync(join(output.path, "index.html"), page("./main.js"));
  return inPage(output.path);
}

async function bundled(folder, ...names) {
  const entryPoints = names.map((name) => join(folder, name));
  const outdir = join(folder, "dist");
  await esbuild({ entryPoints, outdir, bundle: true, minify: true, format: "esm", target: "es2022" });
  writeFileSync(join(outdir, "index.html"), page("./main.js"));
  return inPage(outdir);
}

/** esbuild does not follow `new Worker(new URL(…))`, so this program starts none. */
const esbuildPage = () => bundled(folderOf("esbuild", { "main.js": pageScript(0) }), "main.js");

function moduleWorker() {
  const main = `${REPORT}
    report(() => new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./own-worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    }));`;
  const worker = `${IMPORTS}hashes(api, 0).then(postMessage, (error) => postMessage({ error: String(error) }));\n`;
  return bundled(
    folderOf("worker", { "main.js": main, "own-worker.js": worker }),
    "main.js",
    "own-worker.js",
  );
}

/** The files of node_modules as they are. An import map does not reach into workers, so none is started. */
function withoutBundler() {
  const at = (path) => `./node_modules/${path}`;
  const imports = {
    "golden-ticket": at("golden-ticket/dist/index.js"),
    "@assemblyscript/loader": at("@assemblyscript/loader/index.js"),
    fflate: at("fflate/esm/browser.js"),
  };
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const script = pageScript(0).replace("../program.mjs", "./program.mjs");
  const folder = folderOf("plain", { "index.html": page("./main.js", map), "main.js": script });
  cpSync(join(fresh, "node_modules"), join(folder, "node_modules"), { recursive: true });
  copyFileSync("scripts/program.mjs", join(folder, "program.mjs"));
  return inPage(folder);
}

const CONSUMERS = [
  ["Node", node],
  ["attw", typesResolve],
  ["TypeScript, NodeNext", () => typescript("NodeNext", "NodeNext")],
  ["TypeScript, Bundler", () => typescript("ESNext", "Bundler")],
  ["Vite, build", viteBuild],
  ["Vite, dev", viteDev],
  ["webpack", webpack],
  ["esbuild", esbuildPage],
  ["module worker", moduleWorker],
  ["page without bundler", withoutBundler],
];
const wanted = process.argv.slice(2);
const failures = [];
let archive;
try {
  archive = installPacked();
  for (const [name, consume] of CONSUMERS) {
    if (wanted.length > 0 && !wanted.some((part) => name.toLowerCase().includes(part.toLowerCase())))
      continue;
    const result = await inTime(async () => consume()).catch(
      (error) => `failed: ${[error.stdout, error.stderr, error.message].filter(Boolean).join("\n")}`,
    );
    if (result !== undefined && !["same", "fits"].includes(result)) failures.push(name);
    console.log(`${name.padEnd(22)} ${result ?? "skipped: not installed"}`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
if (failures.length > 0) {
  console.error(`npm run consumers: ${failures.join(", ")}`);
}
// What a row that came too late still holds keeps no one waiting.
process.exit(failures.length > 0 ? 1 : 0);
