/** Rows that compile: the types of the package, against what users write. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, packageOf, root, run } from "./place.mjs";

/** Are the types wrong? Ends with 1 when they are. The package is ESM only. */
function typesResolve(archive) {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const binaries = ["simd", "relaxed", "solvers-simd", "solvers-relaxed"].map((name) => `${name}.wasm`);
  run(process.execPath, [attw, archive, "--profile", "esm-only", "--exclude-entrypoints", ...binaries], root);
  return "fits";
}

/** With the least `lib` that users have, and without the types of Node. */
function typescript(name, compiler, module, moduleResolution) {
  if (!compiler) return undefined;
  const compilerOptions = {
    ...{ module, moduleResolution, strict: true, target: "ES2022", lib: ["ES2022", "DOM"], types: [] },
    ...{
      noEmit: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
    },
  };
  const folder = folderOf(name, { "tsconfig.json": JSON.stringify({ compilerOptions }) });
  copyFileSync(join(root, "scripts/consumers/consumer.ts"), join(folder, "consumer.ts"));
  run(process.execPath, [join(compiler, "bin/tsc"), "-p", "."], folder);
  return "fits";
}

const OWN = join(root, "node_modules/typescript");

export const TYPES = [
  ["attw", typesResolve],
  ["TypeScript, NodeNext", () => typescript("types-nodenext", OWN, "NodeNext", "NodeNext")],
  ["TypeScript, Bundler", () => typescript("types-bundler", OWN, "ESNext", "Bundler")],
  ["TypeScript 5.2", () => typescript("types-5.2", packageOf("typescript-5.2"), "NodeNext", "NodeNext")],
];
