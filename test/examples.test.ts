/**
 * Runs every ```ts block of README.md and of the doc comments in src/, each in a process of its own, against
 * the built package. `expression; // 0.9` and `expression; // → …` are compared, numbers to the digits shown.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { read, root, sources } from "./harness/sources.js";

const run = promisify(execFile);
const folder = join(root, "build/examples");
const api: object = await import(/* @vite-ignore */ new URL("../dist/index.js", import.meta.url).href);

interface Example {
  readonly name: string;
  readonly code: string;
}

const files = sources("src").filter(({ path }) => !path.startsWith("src/reference/"));
const readme = existsSync(join(root, "README.md")) ? [read("README.md")] : [];
const examples = [...readme, ...files].flatMap(({ path, text }): Example[] =>
  [...text.matchAll(/^([ \t]*(?:\* ?)?)```ts\n([\s\S]*?)^[ \t]*(?:\* ?)?```[ \t]*$/gm)].map((block) => {
    const line = text.slice(0, block.index).split("\n").length;
    const code = block[1].includes("*") ? block[2].replace(/^[ \t]*\* ?/gm, "") : block[2];
    return { name: `${path}:${line}`, code };
  }),
);

const STATEMENT =
  /^(\s*)(?!(?:const|let|using|await using|import|export|return|type|for|if)\b)(.+);\s*\/\/ (→ *)?(.+)$/;
const NUMBER = /-?(?:\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN/;
const VALUE = new RegExp(`${NUMBER.source}|true|false|null|undefined|"[^"]*"|\\[.*\\]|\\{.*\\}`);
/** A value at the start of a comment, alone or with an explanation set off from it. */
const LITERAL = new RegExp(`^(?:${VALUE.source})(?=$|[,;:]| \\()`);

/** The block as a module: the public names it uses are imported, the values it states are compared. */
function moduleOf(code: string): string {
  const body = code.split("\n").map((line) => {
    const [, indent, statement, arrow, comment = ""] = STATEMENT.exec(line) ?? [];
    const literal = LITERAL.exec(comment)?.[0] ?? (arrow && JSON.stringify(comment));
    if (!literal) return line;
    const text = JSON.stringify(LITERAL.exec(comment)?.[0] ?? comment);
    const value = /^console\.log\((.*)\)$/.exec(statement)?.[1] ?? statement;
    return `${indent}same(${text}, ${literal}, ${value});`;
  });
  const used = Object.keys(api).filter((word) => new RegExp(`(?<![.\\w])${word}\\b`).test(code));
  const header = code.includes('from "golden-ticket')
    ? ""
    : `import { ${used.join(", ")} } from "golden-ticket";`;
  return `import { same } from "../../test/harness/same.js";\n${header}\n${body.join("\n")}\n`;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../tsconfig.json",
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ["*.ts"],
  }),
);

for (const [i, { code }] of examples.entries()) writeFileSync(join(folder, `${i}.ts`), moduleOf(code));

test.skipIf(examples.length === 0)("the examples pass the type-checker", async () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", folder]).catch(({ stdout }) => expect.unreachable(stdout));
});

test.concurrent.each(examples.map((example, i) => [example.name, i] as const))("%s", async (_, i) => {
  await run(process.execPath, ["--import", "tsx", join(folder, `${i}.ts`)], { cwd: root });
});
