/** Rows that run without a page: Node by itself and bundled, Jest, Bun, Deno, workerd, a server of Next. */
import { spawn } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { REPORT } from "../browser.mjs";
import * as pages from "./page-hosts.mjs";
import {
  engine,
  folderOf,
  fresh,
  IMPORTS,
  inNode,
  inPage,
  nodeScript,
  npmInstall,
  OPEN_MANY,
  packageOf,
  pinned,
  run,
  tool,
} from "./place.mjs";

const node = (workers) =>
  inNode(folderOf(`node-${workers}`, { "main.mjs": nodeScript(workers) }), ["main.mjs"]);

function liveCores() {
  const main = `${OPEN_MANY} console.log(JSON.stringify(await openMany()));`;
  return inNode(folderOf("cores", { "main.mjs": main }), ["main.mjs"]);
}

/** Node before 23.5 calls the flag experimental. */
function permission(...more) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const flag = major > 23 || (major === 23 && minor >= 5) ? "--permission" : "--experimental-permission";
  const folder = folderOf(`permission${more.length}`, { "main.mjs": nodeScript() });
  return inNode(folder, [flag, "--allow-fs-read=*", ...more, "main.mjs"]);
}

function jestTest() {
  const jest = packageOf("jest");
  if (!jest) return undefined;
  const test = `${IMPORTS}import { writeFileSync } from "node:fs";
    test("comes to something", async () => {
      writeFileSync("found.json", JSON.stringify(await observed(api)));
    }, 60_000);`;
  const config = { transform: {}, testMatch: ["**/*.test.mjs"], moduleFileExtensions: ["mjs", "js"] };
  const folder = folderOf("jest", { "main.test.mjs": test, "jest.config.json": JSON.stringify(config) });
  run(process.execPath, ["--experimental-vm-modules", join(jest, "bin/jest.js")], folder);
  return JSON.parse(readFileSync(join(folder, "found.json"), "utf8"));
}

/** One file; with `scripts`, the workers' own beside it. */
async function oneFile(name, format, workers, scripts = []) {
  const folder = folderOf(name, {
    "main.js": nodeScript(workers),
    "dist/package.json": `{ "type": "${format === "esm" ? "module" : "commonjs"}" }`,
  });
  const entryPoints = [
    { in: join(folder, "main.js"), out: "main" },
    ...scripts.map((script) => ({
      in: `golden-ticket/${script}-worker`,
      out: `golden-ticket-${script}-worker`,
    })),
  ];
  await esbuild({
    ...{ entryPoints, outdir: join(folder, "dist"), absWorkingDir: folder, bundle: true, platform: "node" },
    ...{ format, logLevel: "silent" },
  });
  return inNode(folder, ["dist/main.js"]);
}

async function rollup() {
  const { rollup: bundle } = (await tool("rollup")) ?? {};
  if (!bundle) return undefined;
  const { nodeResolve } = await tool("@rollup/plugin-node-resolve");
  const folder = folderOf("rollup-node", { "main.js": nodeScript() });
  const made = await bundle({ input: join(folder, "main.js"), plugins: [nodeResolve()], onwarn() {} });
  await made.write({ file: join(folder, "dist/main.mjs"), format: "es", inlineDynamicImports: true });
  return inNode(folder, ["dist/main.mjs"]);
}

async function webpackLike(name) {
  const folder = folderOf(`${name.replace(/\W/g, "")}-node`, { "main.js": nodeScript() });
  const found = await pages.packed(name, folder, { target: "node" });
  return found && inNode(folder, ["dist/main.cjs"]);
}

const BUN = "@oven/bun-linux-x64/bin/bun";
function bun() {
  const path = engine(BUN);
  return path && JSON.parse(run(path, ["main.mjs"], folderOf("bun", { "main.mjs": nodeScript() })));
}

function bunOneFile() {
  const path = engine(BUN);
  if (!path) return undefined;
  const folder = folderOf("bun-file", { "main.mjs": nodeScript() });
  run(path, ["build", "main.mjs", "--target", "bun", "--outfile", "dist/worker.js"], folder);
  return JSON.parse(run(path, ["dist/worker.js"], folder));
}

function deno(name, flags, workers) {
  const path = engine("@deno/linux-x64-glibc/deno");
  const folder = path && folderOf(name, { "main.mjs": nodeScript(workers) });
  return path && JSON.parse(run(path, ["run", "--no-lock", "--no-prompt", ...flags, "main.mjs"], folder));
}

/** A worker that cannot start, in a file alone: who catches its error lives on. */
async function denoOneFile() {
  const path = engine("@deno/linux-x64-glibc/deno");
  if (!path) return undefined;
  const main = `${IMPORTS}
    const { name } = await observed(api, 2).catch((error) => error);
    if (name !== "WorkerError") throw new Error("expected a WorkerError, got " + name);
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log(JSON.stringify(await observed(api)));`;
  const folder = folderOf("deno-file", { "main.js": main });
  const outfile = join(folder, "dist/worker.js");
  await esbuild({
    ...{ entryPoints: [join(folder, "main.js")], outfile, bundle: true, platform: "node", format: "esm" },
    logLevel: "silent",
  });
  return JSON.parse(run(path, ["run", "--no-lock", "--allow-all", outfile], folder));
}

/** Cloudflare's runtime compiles nothing while it runs: both modules come ready-made. */
async function workerd() {
  const { Miniflare } = (await tool("miniflare")) ?? {};
  if (!Miniflare) return undefined;
  const main = `${IMPORTS}
    import binary from "golden-ticket/simd.wasm";
    import solvers from "golden-ticket/solvers-simd.wasm";
    import { open } from "golden-ticket/slim";
    export default {
      async fetch() {
        await open({ binary, solvers });
        return Response.json(await observed(api));
      },
    };`;
  const folder = folderOf("workerd", { "main.js": main });
  const wasm = { ".wasm": "copy" };
  await esbuild({
    ...{ entryPoints: [join(folder, "main.js")], outfile: join(folder, "dist/main.js"), bundle: true },
    ...{ format: "esm", loader: wasm, conditions: ["workerd", "browser"], logLevel: "silent" },
  });
  const dist = join(folder, "dist");
  const modules = readdirSync(dist).map((name) => ({
    ...{ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: name },
    contents: readFileSync(join(dist, name)),
  }));
  modules.sort((one, other) => one.type.localeCompare(other.type));
  const host = new Miniflare({ modules: modules.reverse(), compatibilityDate: "2026-01-01" });
  try {
    return await (await host.dispatchFetch("http://localhost/")).json();
  } finally {
    await host.dispose();
  }
}

const NEXT = {
  "package.json": '{ "private": true, "type": "module" }',
  "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;\n",
  "app/page.js": `"use client";
    import { useEffect } from "react";
    import * as api from "golden-ticket";
    import { observed } from "../program.mjs";
    export default function Page() {
      useEffect(() => { ${REPORT} report(() => observed(api)); }, []);
      return <p>golden-ticket</p>;
    }`,
  "app/server/route.js": `import * as api from "golden-ticket";
    import { observed } from "../../program.mjs";
    export const dynamic = "force-dynamic";
    export const GET = async () => Response.json(await observed(api));`,
};

let nextApp;
/** Built once for both of its rows. */
function nextFolder(archive) {
  if (nextApp) return nextApp;
  const folder = folderOf("next", NEXT);
  copyFileSync(join(fresh, "program.mjs"), join(folder, "program.mjs"));
  npmInstall(folder, archive, ...["next", "react", "react-dom"].map(pinned));
  run(process.execPath, ["node_modules/next/dist/bin/next", "build"], folder, {
    NEXT_TELEMETRY_DISABLED: "1",
  });
  nextApp = folder;
  return folder;
}

/** Starts the server of the app on a free port, asks it, ends it. */
async function next(archive, ask) {
  if (!packageOf("next")) return undefined;
  const server = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", "0"], {
    ...{ cwd: nextFolder(archive), stdio: ["ignore", "pipe", "inherit"] },
  });
  try {
    const address = await new Promise((resolve, reject) => {
      let text = "";
      server.on("exit", (code) => reject(new Error(`next start ended with ${code}`)));
      server.stdout.on("data", (part) => {
        text += part;
        const found = /http:\/\/localhost:(\d+)/.exec(text);
        if (found && /Ready/.test(text)) resolve(`http://127.0.0.1:${found[1]}/`);
      });
    });
    return await ask(address);
  } finally {
    server.kill();
  }
}

export const NODE_HOSTS = [
  ["Node", () => node(), "workers"],
  ["Node, 2 workers", () => node(2), "workers"],
  ["Node, live cores", liveCores, 1000],
  ["Node, --permission", () => permission(), "thread"],
  ["Node, --allow-worker", () => permission("--allow-worker"), "workers"],
  ["Jest", jestTest, "workers"],
  ["esbuild, one file, cjs", () => oneFile("file-cjs", "cjs"), "thread"],
  ["esbuild, one file, esm", () => oneFile("file-esm", "esm"), "thread"],
  [
    "esbuild, and its workers",
    () => oneFile("file-workers", "esm", 2, ["search", "prune", "subset-sum"]),
    "workers",
  ],
  ["Rollup for Node", rollup, "thread"],
  ["webpack for Node", () => webpackLike("webpack"), "workers"],
  ["Rspack for Node", () => webpackLike("@rspack/core"), "workers"],
  ["Bun", bun, "workers"],
  ["Bun, one file", bunOneFile, "thread"],
  ["Deno", () => deno("deno", ["--allow-all"]), "workers"],
  ["Deno, no permissions", () => deno("deno-bare", []), "workers"],
  ["Deno, one file", denoOneFile, "thread"],
  ["workerd", workerd, "thread"],
  ["Next, server", (archive) => next(archive, async (at) => (await fetch(`${at}server`)).json()), "workers"],
  ["Next, client", (archive) => next(archive, inPage), "workers"],
];
