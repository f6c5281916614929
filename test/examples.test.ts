/**
 * Runs every ```ts block of README.md, of the guide in docs/ and of the doc comments in src/ against the built package,
 * one after the other. `expression; // 0.9` and `expression; // → …` are compared, numbers to the digits shown, and
 * so is what a block prints with a block of output below it.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { read, root, sources } from "./harness/sources.js";

const run = promisify(execFile);
const folder = join(root, "build/examples");
const api: object = await import(/* @vite-ignore */ new URL("../dist/index.js", import.meta.url).href);

interface Example {
  readonly name: string;
  readonly code: string;
  /** What it prints, where the page says so. */
  readonly output?: string;
}

const guide = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs")) : [];
const pages = ["README.md", ...guide.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
const files = sources("src").filter(({ path }) => !path.startsWith("src/reference/"));
const BLOCK = /^([ \t]*(?:\* ?)?)```ts\n([\s\S]*?)^[ \t]*(?:\* ?)?```[ \t]*$(?:\n\n```\n([\s\S]*?)^```$)?/gm;
const texts = [...pages.filter((path) => existsSync(join(root, path))).map(read), ...files];
const examples = texts.flatMap(({ path, text }): Example[] =>
  [...text.matchAll(BLOCK)].map((block) => {
    const line = text.slice(0, block.index).split("\n").length;
    const code = block[1].includes("*") ? block[2].replace(/^[ \t]*\* ?/gm, "") : block[2];
    return { name: `${path}:${line}`, code, output: block[3] };
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
    return `${indent}sameAsStated(${text}, ${literal}, ${value});`;
  });
  const used = Object.keys(api).filter((word) => new RegExp(`(?<![.\\w])${word}\\b`).test(code));
  const header = code.includes('from "golden-ticket')
    ? ""
    : `import { ${used.join(", ")} } from "golden-ticket";`;
  return `import { same as sameAsStated } from "../../test/harness/same.js";\n${header}\n${body.join("\n")}\n`;
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

// In this process: to start one for each costs more than to run it.
test.each(examples.map((example, i) => [example.name, i] as const))("%s", async (_, i) => {
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ join(folder, `${i}.ts`));
    const { output } = examples[i];
    const lines = printed.mock.calls.map((values) => `${format(...values)}\n`);
    if (output !== undefined) expect(lines.join("")).toBe(output);
  } finally {
    printed.mockRestore();
  }
});
