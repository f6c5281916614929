/** The package as it is published: its entries, its types, and what a bundler takes of it. Runs on dist/. */
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, test } from "vitest";
import { read, root } from "./harness/sources.js";

const manifest = JSON.parse(read("package.json").text);
const packed = execFileSync("npm", ["pack", "--json", "--dry-run", "--ignore-scripts"], {
  ...{ cwd: root, shell: process.platform === "win32", encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
});
const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
const paths = files.map(({ path }) => path);

describe("the archive", () => {
  test("holds dist, the licence and what npm adds, nothing else", () => {
    const others = paths.filter((path) => !/^dist\/.*\.(js|d\.ts|wasm)$/.test(path));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  });
  test("holds every entry", () => {
    const entries = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : Object.values(entry as object),
    );
    expect(entries.filter((entry) => !paths.includes(entry.replace("./", "")))).toEqual([]);
  });
  test("holds declarations without generic typed arrays, which TypeScript before 5.7 does not know", () => {
    const declarations = paths.filter((path) => path.endsWith(".d.ts"));
    const generic = declarations.flatMap(
      (path) => read(path).text.match(/\b(Int|Uint|Float|Big)\w+Array<.*/g) ?? [],
    );
    expect(generic).toEqual([]);
    expect(read("dist/tensor/matrix.d.ts").text).toContain(
      'view(): ReturnType<Float32ArrayConstructor["of"]>',
    );
  });
  test("is as publint wants it", async () => {
    const { messages } = await publint({ pkgDir: root, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });
});

/** A program bundled for a page: its bytes, gzipped, and the modules that stayed in it. */
async function bundle(program: string): Promise<{ gzipped: number; modules: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program.replaceAll('"golden-ticket', `"${root}dist`), resolveDir: root },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", external: ["node:*"] },
    ...{ metafile: true, write: false, logLevel: "silent" },
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const kept = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const modules = kept.map(([path]) => path.replace(/^.*dist\//, "").replace(/^.*node_modules\//, ""));
  return { gzipped: gzipSync(outputFiles[0].contents, { level: 9 }).length, modules };
}

const KB = 1000;
/** What holds the kernels that solve. */
const SOLVERS = /^(generated|runtime)\/solvers/;
/** What holds models that people bring: their graphs, operators, kernels. */
const MODELS = /^(graph|ops)\/|^(generated|runtime)\/models?-/;

describe("a bundle", () => {
  test("of subset sums holds the core, their code and nothing else", async () => {
    const { gzipped, modules } = await bundle('export { openSync, subsetSum } from "golden-ticket/index.js"');
    const parts = "check describe errors open opening generated runtime tensor subset-sum @assemblyscript";
    const foreign = modules.filter((path) => !parts.split(" ").includes(path.split(/[/.]/)[0]));
    expect(foreign).toEqual([]);
    expect(gzipped).toBeLessThanOrEqual(60 * KB);
  });
  test("of the door alone takes little beside the binary, and holds nothing that solves", async () => {
    const { gzipped, modules } = await bundle('export { open, openSync } from "golden-ticket/index.js"');
    expect(modules.filter((path) => SOLVERS.test(path) || path.startsWith("subset-sum/"))).toEqual([]);
    expect(gzipped).toBeLessThanOrEqual(36 * KB);
  });
  test.each([
    ["network, dataset, train, evaluate", 45],
    ["findTicket", 64],
  ])("of the door and %s holds nothing that solves", async (names, most) => {
    const { gzipped, modules } = await bundle(`export { open, ${names} } from "golden-ticket/index.js"`);
    expect(modules.filter((path) => SOLVERS.test(path))).toEqual([]);
    expect(gzipped).toBeLessThanOrEqual(most * KB);
  });
  test.each([
    ["ONNX models", 'export { readOnnxGraph } from "golden-ticket/graph/index.js"', 90],
    ["models of all formats", 'export { readModel } from "golden-ticket/graph/index.js"', 102],
  ])("of all that reads and runs %s holds nothing that solves, prunes or trains", async (_, reader, most) => {
    const { gzipped, modules } = await bundle(
      `export { open } from "golden-ticket/index.js"; export { model } from "golden-ticket/graph/index.js"; ${reader}`,
    );
    expect(modules.filter((path) => SOLVERS.test(path) || /^(net|prune|onnx)\//.test(path))).toEqual([]);
    for (const part of ["generated/models-simd.js", "graph/model.js", "ops/index.js"])
      expect(modules).toContain(part);
    expect(gzipped).toBeLessThanOrEqual(most * KB);
  });
  test.each([
    ["open", "index.js"],
    ["open, network, dataset, train, evaluate, findTicket, prune, searchSubsetSums", "index.js"],
    ["open", "slim.js"],
  ])("of %s from %s holds nothing that runs models", async (names, entry) => {
    const { modules } = await bundle(`export { ${names} } from "golden-ticket/${entry}"`);
    expect(modules.filter((path) => MODELS.test(path))).toEqual([]);
  });
  test("of the slim door holds no binary", async () => {
    const { gzipped, modules } = await bundle('export { open } from "golden-ticket/slim.js"');
    expect(modules.filter((path) => path.startsWith("generated/"))).toEqual([]);
    expect(gzipped).toBeLessThan(9.5 * KB);
  });
  test.each([
    ["index.js", /^(onnx|io\/onnx|report|cli|reproduce|reference)\//],
    ["io/index.js", /^(onnx|generated|net|prune|search|tensor)\//],
    ["onnx/index.js", /^(report|cli|reproduce|reference|search)\//],
  ])("of all of %s stays in its layers", async (entry, others) => {
    const { modules } = await bundle(`export * from "golden-ticket/${entry}"`);
    expect(modules.length).toBeGreaterThan(5);
    expect(modules.filter((path) => others.test(path))).toEqual([]);
  });
});
