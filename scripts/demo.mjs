/**
 * Builds the demo page to static files in build/demo: they work from any host and any folder.
 * `--serve [port]` serves them, at the port that follows it, or that of the environment's PORT, or a second one given:
 * `npm run demo -- 9000`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src/demo");
/** The first digits of each part. */
const DIGITS = { train: 5000, validation: 1000, test: 1000 };

/** Builds a file of the demo for this Node, to take what it exports. */
async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    ...{ bundle: true, format: "esm", platform: "node", write: false },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

async function digits() {
  const { packDigits } = await load("src/demo/digits.ts");
  const { mnistSamples } = await import("../dist/cli/mnist-samples.js");
  const samples = mnistSamples();
  const first = ([part, count]) => {
    const { inputs, labels } = samples[part];
    return [part, { inputs: inputs.subarray(0, count * 784), labels: labels.subarray(0, count) }];
  };
  return packDigits({ ...samples, ...Object.fromEntries(Object.entries(DIGITS).map(first)) });
}

/**
 * Builds the page.
 *
 * @param folder  written anew
 */
export async function buildDemo(folder = join(root, "build/demo")) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: ["page.ts", "worker.ts"].map((name) => join(source, name)),
    outdir: folder,
    ...{ bundle: true, format: "esm", platform: "browser", target: "es2022", minify: true },
    // The charts of the report draw into the page's own document.
    alias: { linkedom: join(source, "linkedom.ts") },
    legalComments: "eof",
  });
  const { style } = await load("src/report/style.ts");
  const css = `${style}\n${readFileSync(join(source, "style.css"), "utf8")}`;
  const page = readFileSync(join(source, "index.html"), "utf8").replace("/* style */", () => css);
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "digits.gz"), gzipSync(await digits(), { level: 9 }));
  return folder;
}

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".gz": "application/gzip" };

/**
 * Serves a folder.
 *
 * @param folder  whose files are served, and nothing else
 * @param options.port  0 = any that is free
 * @param options.prefix  sub-folder of the address, as "/some/where"
 * @param options.headers  sent with every file
 * @returns the server, listening
 */
export function serve(folder, { port = 0, prefix = "", headers = {} } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = pathname.slice(prefix.length + 1) || "index.html";
    try {
      if (!pathname.startsWith(`${prefix}/`) || !/^[\w.-]+$/.test(name)) throw new Error("no such file");
      const bytes = readFileSync(join(folder, name));
      response.writeHead(200, {
        "content-type": TYPES[extname(name)] ?? "application/octet-stream",
        ...headers,
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** The server at the port that was asked for; what is wrong with it is said in a line. */
async function serveAtPort([usual = "8080", asked]) {
  const port = asked ?? process.env.PORT ?? usual;
  const number = /^\d+$/.test(port) ? Number(port) : Number.NaN;
  if (!(number < 65536)) throw new Error(`The port expected a number from 0 to 65535, got "${port}"`);
  try {
    return await serve(join(root, "build/demo"), { port: number });
  } catch (error) {
    const reason =
      { EADDRINUSE: "is taken", EACCES: "is not open to you" }[error.code] ?? `failed: ${error.message}`;
    throw new Error(
      `Port ${port} ${reason}. Another one: npm run demo -- ${number + 1}, or PORT=${number + 1}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf("--serve");
  try {
    // Before the page is built: whoever has the port wrong hears of it at once.
    const server = at >= 0 ? await serveAtPort(process.argv.slice(at + 1)) : undefined;
    console.error(`Built ${await buildDemo()}`);
    if (server) console.error(`http://localhost:${server.address().port}/ (Ctrl-C ends it)`);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
