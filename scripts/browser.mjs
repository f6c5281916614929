/** Runs a page in a browser that is started for it: the page posts what it found. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const TIMEOUT_MS = 60_000;

/** How to start Chromium without a window: the one of the npm package on Linux x64, an installed one elsewhere. */
export async function chromium() {
  if (process.platform === "linux" && process.arch === "x64") {
    const { default: packaged } = await import("@sparticuz/chromium");
    return {
      path: await packaged.executablePath(),
      args: (profile) => [...packaged.args, `--user-data-dir=${profile}`],
    };
  }
  const args = (profile) => ["--headless", `--user-data-dir=${profile}`, "--no-first-run"];
  return found(process.env.CHROME_PATH, ["google-chrome", "chromium", "chromium-browser"], args);
}

/** How to start Firefox without a window, where it is installed. */
export async function firefox() {
  return found(process.env.FIREFOX_PATH, ["firefox", "firefox-esr"], (profile) => [
    "--headless",
    "--profile",
    profile,
  ]);
}

function found(named, names, args) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = [named, ...folders.flatMap((folder) => names.map((name) => join(folder, name)))];
  const path = paths.find((candidate) => candidate && existsSync(candidate));
  return path && { path, args };
}

/** What a browser says that it is, e.g. "Mozilla Firefox 146.0". */
export function versionOf({ path }) {
  return execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

/**
 * Opens a page: the index.html of a folder, which is served on the loopback, or that of a server that is running.
 * Resolves to what the page reports (see `REPORT`), rejects with its error.
 *
 * @param at  a folder, or an address that starts with http: or file:
 */
export async function runPage(browser, at) {
  const profile = mkdtempSync(join(tmpdir(), "golden-ticket-profile-"));
  const { promise, resolve, reject } = deferred();
  const server = createServer((request, response) => answer(request, response, at, resolve));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const own = `http://127.0.0.1:${server.address().port}/`;
  const page = `${/^(http|file):/.test(at) ? at : own}?report=${encodeURIComponent(own)}`;
  const child = spawn(browser.path, [...browser.args(profile), page], { stdio: "ignore" });
  const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  child.on("error", reject);
  // Whoever does not wait for the answer leaves no browser behind.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((end) => child.on("close", end));
  try {
    const found = await promise;
    if (found.error) throw new Error(found.error);
    return found;
  } finally {
    clearTimeout(timer);
    kill();
    await ended;
    process.off("exit", kill);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

async function answer(request, response, folder, resolve) {
  if (request.method === "POST") {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end();
    resolve(JSON.parse(body));
    return;
  }
  const { pathname } = new URL(request.url, "http://localhost");
  const file = join(folder, normalize(pathname === "/" ? "/index.html" : pathname));
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  response.end(readFileSync(file));
}

/** Put before a page's script: `report` runs work and reports what it gives, or its error. */
export const REPORT = `
const post = (found) => {
  const address = new URLSearchParams(location.search).get("report");
  return fetch(address, { method: "POST", mode: "no-cors", body: JSON.stringify(found) });
};
const failed = (error) => post({ error: String(error?.stack ?? error) });
addEventListener("error", (event) => failed(event.message));
const report = (work) => work().then(post, failed);
`;
