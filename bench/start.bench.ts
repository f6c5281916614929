import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { binaries } from "./binaries.js";
import { bench, benchSize } from "./harness.js";
import { openOurs } from "./ours.js";

bench({
  suite: "start",
  name: "open",
  quick: true,
  expected: () => ({ values: [1], bound: () => 0 }),
  implementations: { simd: () => openOurs("simd"), relaxed: () => openOurs("relaxed") },
});

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const gzippedBytes = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length;

size("bytes simd", "simd", () => binaries.simd.bytes.length);
size("bytes simd gzip", "simd", () => gzippedBytes(binaries.simd.bytes));
size("bytes relaxed", "relaxed", () => binaries.relaxed.bytes.length);
size("bytes relaxed gzip", "relaxed", () => gzippedBytes(binaries.relaxed.bytes));
size("bytes solvers simd gzip", "simd", () => gzippedBytes(binaries.simd.solvers));
size("bytes solvers relaxed gzip", "relaxed", () => gzippedBytes(binaries.relaxed.solvers));
size("bytes models simd gzip", "simd", () => gzippedBytes(binaries.simd.models));
size("bytes models relaxed gzip", "relaxed", () => gzippedBytes(binaries.relaxed.models));
const PROGRAMS = ["open", "open, network, dataset, train, evaluate", "open, searchSubsetSums", "open, prune"];
for (const names of PROGRAMS) {
  size(`bundle of ${names}, gzip`, "simd", async () => gzippedBytes(await bundled(`{ ${names} }`)));
}
size("bundle of all, gzip", "simd", async () => gzippedBytes(await bundled("*")));

function size(name: string, implementation: string, lengthBytes: () => number | Promise<number>): void {
  benchSize({ suite: "start", name, implementation, quick: true, lengthBytes });
}

/** What a web page loads that uses these exports, binaries included, minified. */
async function bundled(exports: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${exports} from "./index.js"`, resolveDir: dist },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["node:*"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0].contents;
}
