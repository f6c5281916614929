/** The package bundled into one file, as users run it: under any name, beside scripts of their own. Runs on dist/. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Format } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { root } from "./harness/sources.js";

const folder = mkdtempSync(join(tmpdir(), "golden-ticket-single-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A search, and rows of exact OBS; both take workers by default. Writes a line when it starts. */
const program = (workers: string) => `
  import { appendFileSync } from "node:fs";
  import { network, openSync, prune, searchTickets } from "golden-ticket";
  appendFileSync(process.env.STARTS, "start\\n");
  const part = (count) => ({
    inputs: Uint8Array.from({ length: count * 8 }, (_, i) => (i * 37) % 256),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
  });
  const samples = { features: 8, classes: 2, train: part(40), validation: part(20), test: part(20) };
  const protocol = { sizes: [8, 6, 2], iterations: 6, batch: 10 };
  const run = async () => {
    const { tickets } = await searchTickets(samples, { rounds: 1, seed: 1, protocol${workers} });
    const net = network(openSync(), [32, 16, 2], { seed: 3 });
    const calibration = Float32Array.from({ length: 64 * 32 }, (_, i) => Math.fround(((i * 53) % 101) / 101));
    await prune(net, { method: "exact-obs", sparsity: 0.5, calibration${workers} });
    console.log(tickets.length, net.layers[0].weights.toArray().join());
  };
  run().catch((error) => {
    console.log(error.name, error.message);
    process.exitCode = 3;
  });
`;

let cases = 0;
/** A folder with the bundle under a name, and other files. */
async function bundled(name: string, format: Format, workers = "", others: Record<string, string> = {}) {
  const place = join(folder, String(cases++));
  mkdirSync(place);
  writeFileSync(
    join(place, "package.json"),
    JSON.stringify({ type: format === "esm" ? "module" : "commonjs" }),
  );
  for (const [file, text] of Object.entries(others)) writeFileSync(join(place, file), text);
  await build({
    stdin: { contents: program(workers).replace("golden-ticket", `${root}dist/index.js`), resolveDir: root },
    ...{ bundle: true, platform: "node", format, outfile: join(place, name), logLevel: "silent" },
  });
  return place;
}

/** Runs the bundle; what it printed, how often it was started, how long it took. */
function run(place: string, name: string, flags: string[] = []) {
  const starts = join(place, "starts");
  const start = performance.now();
  const env = { ...process.env, STARTS: starts, NODE_OPTIONS: "" };
  type Ran = { code: unknown; stdout: string; stderr: string; starts: number; seconds: number };
  return new Promise<Ran>((resolve) => {
    execFile(
      process.execPath,
      [...flags, join(place, name)],
      { env, timeout: 20_000 },
      (error, stdout, stderr) => {
        const seconds = (performance.now() - start) / 1000;
        const count = readFileSync(starts, "utf8").split("\n").length - 1;
        resolve({ code: error?.code ?? 0, stdout, stderr, starts: count, seconds });
      },
    );
  });
}

const expected = bundled("main.js", "esm", ", workers: 0").then((place) => run(place, "main.js"));
const MINE = `require("node:fs").appendFileSync(process.env.STARTS, "mine\\n");
  require("node:worker_threads").parentPort.on("message", () => {});`;

test.each<[string, Format, Record<string, string>?]>([
  ["main.js", "esm"],
  ["main.js", "cjs"],
  ["main.js", "iife"],
  ["worker.js", "esm"],
  ["worker.js", "cjs"],
  ["golden-ticket-search-worker.js", "esm"],
  ["golden-ticket-prune-worker.js", "esm"],
  ["main.js", "cjs", { "worker.js": MINE, "search-worker.js": MINE }],
])("%s (%s) comes to the same bytes in its own thread, and says so once", async (name, format, others) => {
  const { stdout } = await expected;
  expect(stdout).toMatch(/^2 [-\d.e,]+\n$/);
  const ran = await run(await bundled(name, format, "", others), name);
  expect(ran).toMatchObject({ code: 0, starts: 1 });
  expect(ran.stdout).toBe(stdout);
  expect(ran.stderr.match(/golden-ticket works in this thread/g)).toHaveLength(1);
  expect(ran.seconds).toBeLessThan(5);
});

test.each<[string, Format]>([
  ["main.js", "esm"],
  ["worker.js", "cjs"],
])("%s (%s) that asks for workers ends with what to do", async (name, format) => {
  const ran = await run(await bundled(name, format, ", workers: 2"), name);
  expect(ran).toMatchObject({ code: 3, starts: 1 });
  expect(ran.stdout).toMatch(
    /^WorkerError .*`workers: 0`.*golden-ticket\/search-worker.*serverExternalPackages/,
  );
  expect(ran.seconds).toBeLessThan(5);
});

test("with the exported scripts bundled beside it, workers do the work, to the same bytes", async () => {
  const place = await bundled("main.js", "esm", ", workers: 2");
  const names = ["search", "prune"].map((name) => [`golden-ticket-${name}-worker`, `${name}-worker`]);
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entryPoints = names.map(([out, name]) => ({ out, in: join(root, exports[`./${name}`].default) }));
  await build({ entryPoints, outdir: place, bundle: true, format: "esm", logLevel: "silent" });
  expect(await run(place, "main.js")).toMatchObject({
    ...{ code: 0, starts: 1, stderr: "", stdout: (await expected).stdout },
  });
});

test("a search whose worker is the user's program under the name of ours starts it once", async () => {
  const place = await bundled("main.js", "esm");
  const name = "golden-ticket-search-worker.js";
  writeFileSync(join(place, name), readFileSync(join(place, "main.js")));
  const ran = await run(place, "main.js");
  expect(ran.starts).toBeLessThanOrEqual(2);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.seconds).toBeLessThan(10);
});

test("a program that Node is given as text has workers", () => {
  const text = program(", workers: 2").replace("golden-ticket", `${root}dist/index.js`);
  const env = { ...process.env, STARTS: join(folder, "text"), NODE_OPTIONS: "" };
  const args = ["--input-type=module", "--eval", text];
  const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^2 [-\d.e,]+\n$/) });
});

const [major, minor] = process.versions.node.split(".").map(Number);
const flag = major > 23 || (major === 23 && minor >= 5) ? "--permission" : "--experimental-permission";
test.each([
  ["", 0, /^2 [-\d.e,]+\n$/],
  [", workers: 2", 3, /^WorkerError .*`workers: 0`.*--allow-worker/],
])("under Node's permissions, with '%s'", async (workers, code, says) => {
  const place = await bundled("main.js", "esm", workers);
  const ran = await run(place, "main.js", [flag, `--allow-fs-read=*`, `--allow-fs-write=${place}/*`]);
  expect(ran).toMatchObject({ code, stdout: expect.stringMatching(says) });
});
