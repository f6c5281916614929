/** The rules of the house that a machine can check. Each test collects every offence before it fails. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import * as scan from "./harness/sources.js";
import { importsOf, offences, read, root, type Source } from "./harness/sources.js";

const has = (path: string) => existsSync(join(root, path));
const trees = ["assembly", "src", "test", "bench", "scripts"].filter(has);
const all = scan.sources(...trees);
const under = (folder: string) => all.filter(({ path }) => path.startsWith(`${folder}/`));
const assembly = under("assembly");
const product = under("src").filter(({ path }) => !path.startsWith("src/reference/"));
const kernels = scan.kernels();

describe("every kernel stands in four trees", () => {
  type Knows = (text: string, name: string) => boolean;
  const missing = (file: (path: string) => string, knows: Knows = () => true) =>
    kernels.flatMap(({ name, path }) => {
      if (!has(file(path))) return [`assembly/${path}.ts exports ${name}: no ${file(path)}`];
      const text = read(file(path)).text;
      return knows(text, name) ? [] : [`assembly/${path}.ts exports ${name}: ${file(path)} does not know it`];
    });

  test("the enumerators name kernels of files that are there, each once", () => {
    expect(new Set(kernels.map(({ name }) => name)).size).toBe(kernels.length);
    for (const module of scan.MODULES) {
      const enumerator = read(`assembly/${module.enumerator}.ts`);
      expect(scan.kernels([module])).not.toEqual([]);
      expect(importsOf(enumerator).filter(({ target }) => !has(`${target}.ts`))).toEqual([]);
      expect(enumerator.code).not.toMatch(/export\s*\*| as /);
    }
  });
  test("a plain twin of the same name", () => {
    const exported: Knows = (text, name) => new RegExp(`export (function|const) ${name}\\b`).test(text);
    expect(missing((path) => `src/reference/${path}.ts`, exported)).toEqual([]);
  });
  test("a test that names it", () => {
    const named: Knows = (text, name) => new RegExp(`\\b${name}\\b`).test(text);
    expect(missing((path) => `test/${path}.test.ts`, named)).toEqual([]);
  });
  test("a bench", () => {
    expect(missing((path) => `bench/${path}.bench.ts`)).toEqual([]);
  });
  test("tests and benches are found by their names, so none can hide", () => {
    const named = all.map(({ path }) => path).filter((path) => /\.(test|spec|bench)\./.test(path));
    expect(named.filter((path) => !/^(test\/.*\.test|bench\/.*\.bench)\.ts$/.test(path))).toEqual([]);
  });
});

/** From low to high: a file imports from the rows above its own and from its own folder. */
const LAYERS: Record<string, string[]> = {
  assembly: [
    ...["trap simd", "math", "random", "dense"],
    ...["conv mask planes select saliency sparse subset-sum train", "prune", "index models solvers"],
  ],
  src: [
    ...["errors generated reference", "describe", "check", "random", "runtime", "tensor", "opening", "open"],
    ...["linalg", "select sparse subset-sum", "budget schedule net io", "saliency", "prune ticket"],
    ...["ops", "graph"],
    ...["search interpolation onnx", "queue"],
    ...["index slim", "mnist", "report", "cli demo", "reproduce"],
  ],
};
const layerOf = (tree: string, folder: string) =>
  LAYERS[tree].findIndex((row) => row.split(" ").includes(folder));

/** What is built on the public API alone. */
const PUBLIC: Record<string, string[]> = {
  cli: ["index", "describe", "graph", "io", "mnist", "onnx", "queue", "report"],
  demo: ["index", "slim", "reference", "report"],
};

function layerOffence(path: string, target: string): string | undefined {
  const [tree, folder] = path.replace(/\.ts$/, "").split("/");
  const [targetTree, targetFolder] = target.split("/");
  if (tree !== targetTree) return `it leaves ${tree}/`;
  const [from, to] = [layerOf(tree, folder), layerOf(tree, targetFolder)];
  if (from < 0 || to < 0) return `${from < 0 ? path : target} has no layer: give it one in test/tidy.test.ts`;
  if (target === `${posix.dirname(path)}/index`) return "it is the own folder's index";
  if (folder === targetFolder) return undefined;
  if (PUBLIC[folder]) return PUBLIC[folder].includes(targetFolder) ? undefined : "it is not the public API";
  if (targetFolder === "reference") return "it is for tests, benches and the demo";
  return to < from ? undefined : `${folder} does not stand above ${targetFolder}`;
}

describe("imports", () => {
  const edges = [...assembly, ...under("src")].flatMap((file) =>
    importsOf(file).map((entry) => ({ path: file.path, ...entry })),
  );

  test("obey the layers", () => {
    const found = edges.map(({ path, target }) => {
      const offence = target && layerOffence(path, target);
      return offence && `${path} imports ${target}: ${offence}`;
    });
    expect(found.filter(Boolean)).toEqual([]);
  });
  test("make no cycle at run time", () => {
    expect(scan.cyclesIn(all)).toEqual([]);
  });
  test("take the loader and the optional package in one place and no package in the reference", () => {
    const wrong = edges.filter(({ path, specifier, target }) => {
      if (specifier.startsWith("@assemblyscript/loader")) return path !== "src/runtime/load.ts";
      // Optional: only who prunes ONNX models from their activations has it.
      if (specifier.startsWith("onnxruntime-")) return path !== "src/onnx/runtime.ts";
      if (/^pg(-boss)?$/.test(specifier)) return path !== "src/queue/database.ts";
      if (target?.startsWith("src/onnx/")) return !/^src\/(onnx|cli)\//.test(path);
      return path.startsWith("src/reference/") && target === undefined;
    });
    expect(wrong.map(({ path, specifier }) => `${path} imports ${specifier}`)).toEqual([]);
  });
});

const BUDGET: Record<string, number> = {
  assembly: 10500,
  src: 58000,
  test: 42000,
  bench: 5500,
  scripts: 2200,
};

describe("sizes", () => {
  const count = (files: Source[]) => files.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);

  test("files ≤ 400 lines", () => {
    expect(all.filter((file) => count([file]) > 400).map(({ path }) => path)).toEqual([]);
  });
  test("functions ≤ 70 lines", () => {
    const bodies = all.flatMap((file) =>
      scan.functionsOf(file).map((body) => ({ ...body, path: file.path })),
    );
    expect(bodies.length).toBeGreaterThan(0);
    expect(bodies.filter(({ lines }) => lines > 70)).toEqual([]);
  });
  test("lines ≤ 120 characters", () => {
    expect(offences(all, "text", /^.{121,}$/gmu, "wide line")).toEqual([]);
  });
  test("the whole stays within the budget", () => {
    const parts = trees.map((tree) => `${tree} ${count(under(tree))} of ${BUDGET[tree]}`);
    console.info(`Source lines: ${parts.join(", ")}`);
    expect(count(all)).toBeLessThanOrEqual(Object.values(BUDGET).reduce((sum, lines) => sum + lines));
  });
});

describe("determinism and memory", () => {
  const strict = [...assembly, ...product.filter(({ path }) => !/^src\/(cli|report|demo)\//.test(path))];

  test("only assembly/simd.ts knows the variant", () => {
    const others = all.filter(({ path }) => path !== "assembly/simd.ts");
    expect(offences(others, "bare", /\bASC_FEATURE_\w+/g, "variant")).toEqual([]);
  });
  test("nothing that differs between engines, runs or hosts reaches a result", () => {
    const engine = /\bMath\w*\.(random|a?(sin|cos|tan)h?|atan2|cbrt|exp|expm1|hypot|log(10|1p|2)?|pow)\b/g;
    expect(offences(strict, "bare", engine, "differs between engines")).toEqual([]);
    const silent = strict.filter(({ path }) => path !== "src/runtime/tell-once.ts");
    expect(offences(silent, "bare", /\bDate\b|\bconsole\./g, "outside cli, report and demo")).toEqual([]);
  });
  test("kernels make no object, string or array", () => {
    const files = assembly.map((file) => ({ ...file, bare: file.bare.replace(/\b(from|import) ".*"/g, "") }));
    expect(offences(files, "bare", /\bnew\b|["'`]|(?:[=(,:?{;]|\breturn)\s*\[/g, "allocates")).toEqual([]);
  });
});

const binaries = scan.MODULES.flatMap((module) =>
  ["simd", "relaxed"].map((variant) => ({ module, path: `build/${module.prefix}${variant}.wasm` })),
);
describe.each(binaries)("$path", ({ module: source, path }) => {
  const bytes = readFileSync(join(root, path));

  test("imports the memory, exports its enumerator, carries no data", () => {
    const module = new WebAssembly.Module(bytes);
    const imports = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
    const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
    const [codeSection, dataSection] = [10, 11];
    expect(imports).toEqual(["env.memory"]);
    expect(exports.sort()).toEqual([...scan.kernels([source]).map(({ name }) => name), "heap_base"].sort());
    expect(scan.sectionIds(bytes)).toContain(codeSection);
    expect(scan.sectionIds(bytes)).not.toContain(dataSection);
  });
  test("is at most 24 KB, gzipped", () => {
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(24_000);
  });
});

describe("words", () => {
  test("every exported function of src has a doc comment", () => {
    expect(product.flatMap(scan.undocumented)).toEqual([]);
  });
  test("every class after @throws is an error of ours", () => {
    const ours = has("src/errors.ts") ? read("src/errors.ts").code : "";
    const classes = [...ours.matchAll(/export class (\w+)/g)].map(([, name]) => name).join("|");
    const unknown = new RegExp(`@throws (?!\\{(${classes})( ?\\| ?(${classes}))*\\}).*`, "g");
    expect(offences(under("src"), "text", unknown, "no {class} of src/errors.ts")).toEqual([]);
  });
  test("no remains: old folders, commented-out code, notes to self", () => {
    expect(all.filter(({ path }) => /\/(old|attic)\//.test(path)).map(({ path }) => path)).toEqual([]);
    expect(offences(all, "text", /^[ \t]*\/\/.*[;{][ \t]*$/gm, "commented-out code")).toEqual([]);
    expect(offences(all, "text", /\b(TO[D]O|FIX[M]E|X[X]X)\b.*/g, "note to self")).toEqual([]);
  });
});

const tracked = scan
  .linesOf("git", "ls-files")
  .filter((path) => has(path) && lstatSync(join(root, path)).isFile());
describe.skipIf(tracked.length === 0)("files under version control", () => {
  test("are written by hand", () => {
    expect(scan.linesOf("git", "ls-files", "--cached", "--ignored", "--exclude-from=.gitignore")).toEqual([]);
  });
  test("name no machine and no registry", () => {
    const files = tracked.map(read);
    const place = /(?<![\w.*-])\/(work|tmp|home|root|Users)\/\w+|\b[A-Z]:\\Users\b/g;
    const registry =
      /"resolved": "https?:\/\/.*|https?:\/\/[^\s"')]*\b(registry|artifactory|nexus|verdaccio|mirror)\b.*/g;
    expect(offences(files, "text", place, "absolute path")).toEqual([]);
    expect(offences(files, "text", registry, "registry")).toEqual([]);
  });
});
