/** Rows that run in a page: bundlers, pages without one, and hosts whose rules leave no workers. */
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import * as vite from "vite";
import { REPORT } from "../browser.mjs";
import {
  folderOf,
  fresh,
  IMPORTS,
  inPage,
  npmInstall,
  OPEN_MANY,
  packageOf,
  page,
  pageScript,
  tool,
} from "./place.mjs";

const viteOptions = (folder) => ({
  ...{ root: folder, configFile: false, logLevel: "silent", cacheDir: join(folder, ".vite") },
  server: { host: "127.0.0.1", port: 0, fs: { allow: [fresh] } },
});

async function viteBuild() {
  const folder = folderOf("vite-build", { "index.html": page("./main.js"), "main.js": pageScript() });
  await vite.build({ ...viteOptions(folder), build: { outDir: "dist", target: "es2022" } });
  return inPage(join(folder, "dist"));
}

async function viteDev() {
  const folder = folderOf("vite-dev", { "index.html": page("./main.js"), "main.js": pageScript() });
  const server = await vite.createServer(viteOptions(folder));
  try {
    await server.listen();
    return await inPage(`http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await server.close();
  }
}

/** Packs main.js of a folder with webpack or what is called like it. @returns undefined when it is not installed */
export async function packed(name, folder, options) {
  const tools = await tool(name);
  if (!tools) return undefined;
  const pack = tools.rspack ?? tools.default;
  const filename = options.target === "node" ? "main.cjs" : "main.js";
  const output = { path: join(folder, "dist"), filename };
  const compiler = pack({ mode: "production", context: folder, entry: "./main.js", output, ...options });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  const ours = warnings.filter(({ message }) => !/size limit|entrypoint size|performance/i.test(message));
  if (errors.length + ours.length > 0)
    throw new Error([...errors, ...ours].map(({ message }) => message).join("\n"));
  return output.path;
}

async function webpackLike(name) {
  const folder = folderOf(name.replace(/\W/g, ""), { "main.js": pageScript() });
  const path = await packed(name, folder, { target: "web" });
  if (!path) return undefined;
  writeFileSync(join(path, "index.html"), page("./main.js"));
  return inPage(path);
}

async function rollup() {
  const { rollup: bundle } = (await tool("rollup")) ?? {};
  if (!bundle) return undefined;
  const { nodeResolve } = await tool("@rollup/plugin-node-resolve");
  const folder = folderOf("rollup", { "main.js": pageScript(), "dist/index.html": page("./main.js") });
  const plugins = [nodeResolve({ browser: true })];
  const made = await bundle({ input: join(folder, "main.js"), plugins, onwarn() {} });
  await made.write({ dir: join(folder, "dist"), format: "es" });
  return inPage(join(folder, "dist"));
}

async function parcel(archive) {
  const { Parcel } = (await tool("@parcel/core")) ?? {};
  if (!Parcel) return undefined;
  const folder = folderOf("parcel", {
    ...{ "index.html": page("./main.js"), "main.js": pageScript() },
    // Parcel reads the exports of packages only where it is told to.
    "package.json": JSON.stringify({ private: true, "@parcel/resolver-default": { packageExports: true } }),
  });
  npmInstall(folder, archive);
  const bundler = new Parcel({
    ...{
      entries: join(folder, "index.html"),
      defaultConfig: packageOf("@parcel/config-default"),
      mode: "production",
    },
    ...{ defaultTargetOptions: { distDir: join(folder, "dist"), publicUrl: "./" }, shouldDisableCache: true },
  });
  await bundler.run();
  return inPage(join(folder, "dist"));
}

/** A page of bundles by esbuild, which does not follow `new Worker(new URL(…))`. */
async function bundled(name, files, { format = "esm", head = "", type, entries = Object.keys(files) } = {}) {
  const folder = folderOf(name, files);
  const outdir = join(folder, "dist");
  const named = (entry) => ({ in: join(folder, entry), out: entry.replace(/\.js$/, "") });
  const worker = (entry) => ({ in: entry, out: `golden-ticket-${entry.split("/")[1]}` });
  const entryPoints = entries.map((entry) => (entry.endsWith(".js") ? named(entry) : worker(entry)));
  await esbuild({
    ...{ entryPoints, outdir, absWorkingDir: folder, bundle: true, minify: true, format, target: "es2022" },
    logLevel: "silent",
  });
  writeFileSync(join(outdir, "index.html"), page("./main.js", head, type));
  return outdir;
}

const alone = { "main.js": pageScript() };
const policy = (text) => `<meta http-equiv="Content-Security-Policy" content="${text}">`;

const esbuildPage = async () => inPage(await bundled("esbuild", alone));

async function esbuildWorkers() {
  const workers = ["search", "prune", "subset-sum"].map((name) => `golden-ticket/${name}-worker`);
  const files = { "main.js": pageScript(2) };
  return inPage(await bundled("esbuild-workers", files, { entries: ["main.js", ...workers] }));
}

const liveCores = async () =>
  inPage(await bundled("live-cores", { "main.js": `${OPEN_MANY}${REPORT}report(openMany);` }));

const withPolicy = (name, text) => async () => inPage(await bundled(name, alone, { head: policy(text) }));

/** A page as a file on disk, with a script that is no module. */
async function fromDisk() {
  const folder = await bundled("file", alone, { format: "iife", type: "defer" });
  return inPage(pathToFileURL(join(folder, "index.html")).href);
}

/** In a frame of an origin of its own. */
async function sandboxed() {
  const folder = await bundled("sandbox", alone, { format: "iife", type: "defer" });
  writeFileSync(join(folder, "inner.html"), page("./main.js", "", "defer"));
  const frame = `document.body.innerHTML = '<iframe sandbox="allow-scripts" src="inner.html' + location.search + '">'`;
  writeFileSync(join(folder, "index.html"), `<!doctype html><body><script>${frame}</script>`);
  return inPage(folder);
}

/** Scripts that come from another origin than the page, which may not start workers from there. */
async function otherOrigin() {
  const folder = await bundled("origin", alone);
  const script = readFileSync(join(folder, "main.js"));
  const server = createServer((_, response) => {
    response
      .writeHead(200, { "content-type": "text/javascript", "access-control-allow-origin": "*" })
      .end(script);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const at = `http://127.0.0.1:${server.address().port}/main.js`;
    writeFileSync(join(folder, "index.html"), page(at));
    return await inPage(folder);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The program in a worker of the user's, of a kind. */
function inWorker(name, start, answer) {
  const main = `${REPORT}\nreport(() => new Promise((resolve, reject) => { ${start} }));`;
  const worker = `${IMPORTS}${answer}`;
  return async () => inPage(await bundled(name, { "main.js": main, "worker.js": worker }));
}

const ANSWER = "observed(api).then(tell, (error) => tell({ error: String(error) }));";
const moduleWorker = inWorker(
  "worker",
  `const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
   worker.onmessage = ({ data }) => resolve(data);
   worker.onerror = ({ message }) => reject(new Error(message));`,
  `const tell = postMessage.bind(globalThis); ${ANSWER}`,
);
const sharedWorker = inWorker(
  "shared-worker",
  `const { port } = new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module" });
   port.onmessage = ({ data }) => resolve(data);`,
  `onconnect = ({ ports: [port] }) => { const tell = (found) => port.postMessage(found); ${ANSWER} };`,
);
const serviceWorker = inWorker(
  "service-worker",
  `navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
   navigator.serviceWorker.register("./worker.js", { type: "module" })
     .then(() => navigator.serviceWorker.ready).then(({ active }) => active.postMessage("go"), reject);`,
  `onmessage = ({ source, waitUntil }) => { const tell = (found) => source.postMessage(found); ${ANSWER} };`,
);

/** The files of node_modules as they are. An import map does not reach into workers, so none of ours starts. */
function withoutBundler() {
  const at = (path) => `./node_modules/${path}`;
  const imports = {
    "golden-ticket": at("golden-ticket/dist/index.js"),
    "@assemblyscript/loader": at("@assemblyscript/loader/index.js"),
    fflate: at("fflate/esm/browser.js"),
  };
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const script = pageScript().replace("../program.mjs", "./program.mjs");
  const folder = folderOf("plain", { "index.html": page("./main.js", map), "main.js": script });
  cpSync(join(fresh, "node_modules"), join(folder, "node_modules"), { recursive: true });
  copyFileSync(join(fresh, "program.mjs"), join(folder, "program.mjs"));
  return inPage(folder);
}

export const PAGE_HOSTS = [
  ["Vite, build", viteBuild, "workers"],
  ["Vite, dev", viteDev, "workers"],
  ["webpack", () => webpackLike("webpack"), "workers"],
  ["Rspack", () => webpackLike("@rspack/core"), "workers"],
  ["Rollup", rollup, "thread"],
  ["Parcel", parcel, "thread"],
  ["esbuild", esbuildPage, "thread"],
  ["esbuild, workers beside", esbuildWorkers, "workers"],
  ["Chromium, live cores", liveCores, 100],
  ["module worker", moduleWorker, "thread"],
  ["shared worker", sharedWorker, "thread"],
  ["service worker", serviceWorker, "thread"],
  ["page without bundler", withoutBundler, "thread"],
  ["page from disk", fromDisk, "thread"],
  ["sandboxed frame", sandboxed, "thread"],
  ["other origin", otherOrigin, "thread"],
  ["worker-src 'none'", withPolicy("no-workers", "worker-src 'none'"), "thread"],
  ["Trusted Types", withPolicy("trusted", "require-trusted-types-for 'script'"), "thread"],
];
