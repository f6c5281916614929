/**
 * Builds everything: assembly/ → build/*.wasm (two modules in three variants), their bytes and types →
 * src/generated/, src/ → dist/. Skips what is up to date (a hash of the inputs stands in build/stamp.json).
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pack, patchOf } from "./pack.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const variants = ["simd", "relaxed"];
/** By enumerator: what stands before the variant in names of files, and what the type of the exports is called. */
const modules = {
  index: { prefix: "", type: "Kernels" },
  solvers: { prefix: "solvers-", type: "Solvers" },
  models: { prefix: "models-", type: "ModelKernels" },
};
const scripts = ["scripts/build.mjs", "scripts/pack.mjs"];

function hashOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => hash.update(path).update(readFileSync(path));
  for (const path of paths) {
    if (!existsSync(path)) continue;
    if (path.endsWith("/")) {
      for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .sort())
        add(entry);
    } else add(path);
  }
  return hash.digest("hex");
}

/** Runs the binary of a dev dependency; ends the build with what it said when it fails. */
async function bin(name, args) {
  const extension = process.platform === "win32" ? ".cmd" : "";
  const shell = process.platform === "win32";
  await run(join("node_modules", ".bin", name + extension), args, { shell }).catch(
    ({ stdout, stderr, message }) => {
      console.error(stdout + stderr || message);
      process.exit(1);
    },
  );
}

function readStamp() {
  try {
    return JSON.parse(readFileSync("build/stamp.json", "utf8"));
  } catch {
    return {};
  }
}

function writeStamp(stamp) {
  writeFileSync("build/stamp.json", `${JSON.stringify(stamp, null, 2)}\n`);
}

/** The interface of a module's exports, from the declaration that the compiler writes. */
function typeOf({ prefix, type }) {
  const declaration = readFileSync(`build/${prefix}simd.d.ts`, "utf8");
  const body = declaration.slice(declaration.indexOf("{") + 1, declaration.indexOf("\n}"));
  const members = body
    .replace(/export function /g, "")
    .replace(/export const (\w+): \{[^}]*\};?/g, "readonly $1: WebAssembly.Global;");
  const origin = `/** Written by scripts/build.mjs from build/${prefix}simd.d.ts. */`;
  return `${origin}\nexport interface ${type} {${members}\n}\n`;
}

/** All modules in all variants, two at a time: a compiler uses one thread and half a gigabyte. */
async function compile() {
  const binaries = Object.entries(modules).flatMap(([enumerator, { prefix }]) =>
    [...variants, "checked"].map((variant) => ({ enumerator, variant, prefix })),
  );
  const work = async () => {
    for (let next = binaries.pop(); next; next = binaries.pop()) {
      const { enumerator, variant, prefix } = next;
      const outFile = `build/${prefix}${variant}.wasm`;
      await bin("asc", [`assembly/${enumerator}.ts`, "--target", variant, "--outFile", outFile]);
    }
  };
  await Promise.all([work(), work()]);
}

/** The bytes of a module's variants as text. */
function writeTexts({ prefix }) {
  const [simd, relaxed] = variants.map((variant) => readFileSync(`build/${prefix}${variant}.wasm`));
  const what = `What makes build/${prefix}relaxed.wasm out of build/${prefix}simd.wasm`;
  writeText(`${prefix}simd`, "packed", `build/${prefix}simd.wasm as text`, simd);
  writeText(`${prefix}relaxed`, "patch", what, patchOf(simd, relaxed));
}

function writeText(file, name, what, bytes) {
  const origin = `/** ${what}, written by scripts/build.mjs. */`;
  writeFileSync(`src/generated/${file}.ts`, `${origin}\nexport const ${name} =\n  "${pack(bytes)}";\n`);
}

/**
 * Makes the declarations fit for TypeScript before 5.7, where typed arrays were not generic: what `of` returns is a
 * typed array over an ArrayBuffer in every version.
 */
function writeForOlderCompilers() {
  for (const file of readdirSync("dist", { recursive: true })) {
    if (!file.endsWith(".d.ts")) continue;
    const text = readFileSync(join("dist", file), "utf8");
    const plain = text
      .replace(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<$1Constructor["of"]>')
      .replace(/\b((?:Int|Uint|Float|BigInt|BigUint)\w*Array)<ArrayBufferLike>/g, "$1");
    if (plain !== text) writeFileSync(join("dist", file), plain);
  }
}

mkdirSync("build", { recursive: true });
const stamp = readStamp();
const wasmHash = hashOf(["assembly/", "asconfig.json", "package-lock.json", ...scripts]);
if (stamp.wasm !== wasmHash || !existsSync("src/generated/kernels.ts")) {
  mkdirSync("src/generated", { recursive: true });
  await compile();
  Object.values(modules).forEach(writeTexts);
  writeFileSync("src/generated/kernels.ts", Object.values(modules).map(typeOf).join("\n"));
  writeStamp({ ...stamp, wasm: wasmHash, dist: undefined });
  stamp.wasm = wasmHash;
  stamp.dist = undefined;
}

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const versionText = `/** Of package.json, written by scripts/build.mjs. */\nexport const VERSION = "${version}";\n`;
writeFileSync("src/generated/version.ts", versionText);
const distHash = hashOf(["src/", "tsconfig.json", "tsconfig.build.json", "package.json"]);
if (stamp.dist !== distHash || !existsSync("dist/index.js")) {
  rmSync("dist", { recursive: true, force: true });
  await bin("tsc", ["-p", "tsconfig.build.json"]);
  writeForOlderCompilers();
  for (const { prefix } of Object.values(modules)) {
    for (const variant of variants)
      copyFileSync(`build/${prefix}${variant}.wasm`, `dist/${prefix}${variant}.wasm`);
  }
  writeStamp({ wasm: wasmHash, dist: distHash });
}
