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

const gzippedBytes = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length;

size("bytes simd", "simd", () => binaries.simd.bytes.length);
size("bytes simd gzip", "simd", () => gzippedBytes(binaries.simd.bytes));
size("bytes relaxed", "relaxed", () => binaries.relaxed.bytes.length);
size("bytes relaxed gzip", "relaxed", () => gzippedBytes(binaries.relaxed.bytes));
size("bytes solvers simd gzip", "simd", () => gzippedBytes(binaries.simd.solvers));
size("bytes solvers relaxed gzip", "relaxed", () => gzippedBytes(binaries.relaxed.solvers));
size("bytes entry gzip", "simd", async () => gzippedBytes(await bundledEntry()));

function size(name: string, implementation: string, lengthBytes: () => number | Promise<number>): void {
  benchSize({ suite: "start", name, implementation, quick: true, lengthBytes });
}

/** What a web page loads: the default entry with everything it imports, binaries included, minified. */
async function bundledEntry(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../dist/index.js", import.meta.url))],
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
