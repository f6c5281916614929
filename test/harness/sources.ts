/** Reads the sources as text, for the tests that judge the house itself. Node only. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked: same length, same lines. */
  readonly code: string;
  /** The text with comments and the insides of strings and regular expressions blanked. */
  readonly bare: string;
}

export function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  return { path, text, code: blank(text, false), bare: blank(text, true) };
}

/** Every source file of the given folders, without what is generated or installed. */
export function sources(...folders: string[]): Source[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules" && path !== "src/generated") walk(path);
      } else if (/\.(ts|mts|mjs|js)$/.test(entry.name)) found.push(path);
    }
  };
  for (const folder of folders) walk(folder);
  return found.sort().map(read);
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/;
/** A slash where a value is expected, and at least one character that does not open a comment. */
const VALUE_FOLLOWS = /(?<=(?:[=(,:[!&|?{};]|=>|\breturn)\s*\/)(?![*/])/;
const REGEXP_BODY = /(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+/;
const REGEXP = new RegExp(`/${VALUE_FOLLOWS.source}${REGEXP_BODY.source}/[a-z]*`);
const TOKEN = new RegExp([COMMENT, STRING, REGEXP].map(({ source }) => source).join("|"), "g");

/** A template inside a template is split into pieces: their braces still match. */
function blank(text: string, strings: boolean): string {
  return text.replace(TOKEN, (token) => {
    const comment = token.startsWith("//") || token.startsWith("/*");
    if (comment) return token.replace(/[^\n]/g, " ");
    return strings ? token[0] + token.slice(1, -1).replace(/[^\n]/g, " ") + token.at(-1) : token;
  });
}

/** "path:line: why: what" for every match of `pattern` in the given form of the sources. */
export function offences(
  files: Source[],
  form: "text" | "code" | "bare",
  pattern: RegExp,
  why: string,
): string[] {
  return files.flatMap((file) =>
    [...file[form].matchAll(pattern)].map((match) => {
      const line = file[form].slice(0, match.index + match[0].search(/\S/)).split("\n").length;
      return `${file.path}:${line}: ${why}: ${match[0].trim()}`;
    }),
  );
}

export interface Import {
  readonly specifier: string;
  /** The path of the imported file from the root, without a suffix; absent for a package. */
  readonly target?: string;
  /** `import type` or `export type`: gone at run time. */
  readonly erased: boolean;
}

const STATIC = /\b(?:import|export)\b(\s+type\b)?(?:[^;"'(]*?\bfrom)?\s*["']([^"']+)["']/;
const LAZY = /\bimport\s*\(\s*["']([^"']+)["']/;
const IMPORT = new RegExp(`${STATIC.source}|${LAZY.source}`, "g");

export function importsOf({ path, code }: Source): Import[] {
  return [...code.matchAll(IMPORT)].map(([, type, from, lazy]) => {
    const specifier = from ?? lazy;
    const relative = specifier.startsWith(".");
    const target = relative ? posix.join(dirname(path), specifier).replace(/\.(js|ts)$/, "") : undefined;
    return { specifier, target, erased: type !== undefined };
  });
}

/** Circles of imports that are still there at run time, as "a → b → a". */
export function cyclesIn(files: Source[]): string[] {
  const edges = new Map(files.map((file) => [file.path.replace(/\.\w+$/, ""), importsOf(file)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (trail.includes(path) || done.has(path)) return;
    for (const { target, erased } of edges.get(path) ?? []) {
      if (target && !erased) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

export interface Kernel {
  readonly name: string;
  /** The same in assembly/, src/reference/, test/ and bench/, without a suffix. */
  readonly path: string;
}

/** What a module exports is what stands in its file of assembly/; before its binaries' variants stands the prefix. */
export const MODULES = [
  { enumerator: "index", prefix: "" },
  { enumerator: "solvers", prefix: "solvers-" },
  { enumerator: "models", prefix: "models-" },
] as const;

/** The kernels that modules export. */
export function kernels(modules: readonly { readonly enumerator: string }[] = MODULES): Kernel[] {
  const code = modules.map(({ enumerator }) => read(`assembly/${enumerator}.ts`).code).join("\n");
  const lines = [...code.matchAll(/\bexport\s*\{([^}]*)\}\s*from\s*"\.\/([^"]+)"/g)];
  return lines.flatMap(([, names, path]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => ({ name, path })),
  );
}

export interface Body {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  readonly lines: number;
}

const MODIFIER = /(?:public|private|protected|static|override|async|get|set)\s+/;
const HEAD = new RegExp(
  String.raw`(?:\bfunction\b\s*\*?\s*|^[ \t]*(?:${MODIFIER.source})*\*?)([#\w$]*)\s*(?:<[^()]*>)?\(`,
  "gm",
);
const CONTROL = new Set(["if", "for", "while", "switch", "catch", "return", "with"]);

/** Functions and methods whose body is a block that opens at a line's end, and arrow functions like that. */
export function functionsOf({ bare }: Source): Body[] {
  const bodies: Body[] = [];
  const add = (name: string, start: number, open: number) => {
    const lineOf = (at: number) => bare.slice(0, at).split("\n").length;
    const line = lineOf(start);
    bodies.push({ name, line, lines: lineOf(closing(bare, open)) - line + 1 });
  };
  for (const head of bare.matchAll(HEAD)) {
    if (CONTROL.has(head[1])) continue;
    const end = closing(bare, head.index + head[0].length - 1) + 1;
    const body = /^\s*(?::(?:(?!;\n)[\s\S])*?)?\{[ \t]*\n/.exec(bare.slice(end));
    const start = head.index + head[0].search(/\S/);
    if (body) add(head[1] || "function", start, end + body[0].lastIndexOf("{"));
  }
  for (const arrow of bare.matchAll(/^.*=>\s*\{[ \t]*$/gm)) {
    const name = arrow[0].trim().replace(/\s*=>.*$/, "");
    if (!/^describe\b/.test(name)) add(name, arrow.index, arrow.index + arrow[0].lastIndexOf("{"));
  }
  return bodies;
}

/** Where the bracket that opens at `open` is closed. */
function closing(bare: string, open: number): number {
  let depth = 0;
  const [left, right] = bare[open] === "(" ? "()" : "{}";
  for (let at = open; at < bare.length; at++) {
    if (bare[at] === left) depth++;
    else if (bare[at] === right && --depth === 0) return at;
  }
  return bare.length;
}

const FUNCTION_VALUE = /const (?=\w+(?:: [^=]+)? = (?:async )?(?:\(|\w+ =>))/;
const EXPORTED_FUNCTION = new RegExp(
  String.raw`^export (?:default )?(?:async )?(?:function\*? ?|${FUNCTION_VALUE.source})(\w+)`,
  "gm",
);

/** Exported functions with no doc comment above them; of overloads, the first has it. */
export function undocumented({ path, text }: Source): string[] {
  const seen = new Set<string>();
  return [...text.matchAll(EXPORTED_FUNCTION)].flatMap(({ 1: name, index }) => {
    const documented = seen.has(name) || /\*\/\s*$/.test(text.slice(0, index));
    seen.add(name);
    if (documented) return [];
    return [`${path}:${text.slice(0, index).split("\n").length}: ${name}`];
  });
}

/** Ids of the sections of a wasm binary: each is one byte, a LEB128 length and as many bytes. */
export function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      length |= (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    at += length;
  }
  return ids;
}

/** The lines that a command prints; none where it cannot run, as outside a git checkout. */
export function linesOf(command: string, ...args: string[]): string[] {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: "pipe" })
      .split("\n")
      .filter(Boolean);
  } catch {
    return [];
  }
}
