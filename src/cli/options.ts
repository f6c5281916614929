/** Options of a command: declared once, read and explained from that. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, nearest } from "../describe.js";

/** Wrong usage: the message says it all. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One option. */
export interface Spec<T> {
  /** What stands for the value in the help; absent for a flag. */
  readonly value?: string;
  readonly help: string;
  /** The value of a text; `undefined` when the text is none. */
  read(text: string): T | undefined;
  /** What is expected, for messages. */
  readonly expected: string;
  /** Whether it may be given again: then its values, which are lists, stand one behind the other. */
  readonly repeats?: true;
}

/** The options of a command by name, without the dashes. */
export type Specs = Readonly<Record<string, Spec<unknown>>>;

/** What was given, by name; options that were not given are undefined. */
export type Given<S extends Specs> = { readonly [K in keyof S]?: S[K] extends Spec<infer T> ? T : never };

/** An option without a value. */
export const flag = (help: string): Spec<true> => ({ help, read: () => true, expected: "no value" });

/** A folder. */
export const folder = (help: string): Spec<string> => ({
  value: "DIR",
  help,
  read: (given) => given || undefined,
  expected: "a folder",
});

/** A whole number. */
export const integer = (value: string, help: string, low: number, high: number): Spec<number> => ({
  value,
  help,
  read: (given) => integerOf(given, low, high),
  expected: `an integer from ${low} to ${high}`,
});

/** A file, or a tensor in it. */
export const file = (value: string, help: string): Spec<string> => ({
  value,
  help,
  read: (given) => given || undefined,
  expected: "a file",
});

/** A number, not only a whole one. */
export const number = (value: string, help: string, low: number, high: number): Spec<number> => ({
  value,
  help,
  read: (given) => (/^[+-]?(\d|\.\d)/.test(given) ? within(Number(given), low, high) : undefined),
  expected: `a number from ${low} to ${high}`,
});

/** Names with commas between. */
export const names = (value: string, help: string): Spec<readonly string[]> => ({
  value,
  help,
  read: (given) => {
    const read = given.split(",");
    return read.every((one) => one !== "") ? read : undefined;
  },
  expected: "names with commas between",
});

/** One of many names, which the help lists. */
export const name = <T extends string>(value: string, help: string, names: readonly T[]): Spec<T> => ({
  value,
  help: `${names.join(", ")}. ${help}`,
  read: (given) => names.find((one) => one === given),
  expected: names.join(" or "),
});

/** One of a few names. */
export const choice = <T extends string>(help: string, ...names: T[]): Spec<T> => ({
  value: names.join("|"),
  help,
  read: (given) => names.find((name) => name === given),
  expected: names.join(" or "),
});

/** Some of a few names, with commas between. */
export const choices = <T extends string>(
  value: string,
  help: string,
  names: readonly T[],
): Spec<readonly T[]> => ({
  value,
  help: `${names.join(", ")}. ${help}`,
  read(given) {
    const read = given.split(",").map((part) => names.find((one) => one === part.trim()));
    return read.every((one) => one !== undefined) ? read : undefined;
  },
  expected: `some of ${names.join(", ")}, with commas between`,
});

/** Texts, one each time that the option is given. */
export const many = (value: string, help: string, expected: string): Spec<readonly string[]> => ({
  value,
  help,
  read: (given) => (given ? [given] : undefined),
  expected,
  repeats: true,
});

/** Whole numbers with commas between; `none`, if given, is a word for no numbers. */
export const integers = (
  value: string,
  help: string,
  low: number,
  high: number,
  none?: string,
): Spec<readonly number[]> => ({
  value,
  help,
  read(given) {
    if (given === none) return [];
    const read = given.split(",").map((part) => integerOf(part.trim(), low, high));
    return read.every((one) => one !== undefined) ? read : undefined;
  },
  expected: `integers from ${low} to ${high} with commas between${none ? `, or ${none}` : ""}`,
});

/** Options from a file, for runs that are repeated. */
export const configFile = file(
  "FILE.json",
  'options from a file, {"sparsity": 0.9, "json": true}; those given here go before',
);

/**
 * Reads the arguments of a command, and the file that --config names: what stands in the arguments goes before. Throws
 * a UsageError at the first that does not fit. Of an option given twice the last counts.
 *
 * @param specs  its options
 * @param args  what stands after the command's name
 * @param operands  takes the arguments that are no options, as many as it has names for; each name is replaced
 */
export function readOptions<S extends Specs>(
  specs: S,
  args: readonly string[],
  operands: string[] = [],
): Given<S> {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given: Record<string, unknown> = {};
  let operand = 0;
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (operand === operands.length)
        throw new UsageError(`unexpected argument ${JSON.stringify(token.value)}`);
      operands[operand++] = token.value;
      continue;
    }
    if (!token.rawName.startsWith("--") || !Object.hasOwn(specs, token.name))
      throw unknown(token.rawName, specs);
    const value = readValue(`--${token.name}`, specs[token.name], token);
    const before = specs[token.name].repeats
      ? ((given[token.name] as unknown[] | undefined) ?? [])
      : undefined;
    given[token.name] = before ? [...before, ...(value as unknown[])] : value;
  }
  // A command that only explains itself needs none.
  if (operand < operands.length && !("help" in given)) throw refusal(operands[operand], "a file", "nothing");
  const configured = given.config === undefined ? {} : readConfig(specs, given.config as string);
  return { ...configured, ...given } as Given<S>;
}

/**
 * The error for a value that does not fit.
 *
 * @param name  of the option, with its dashes
 * @param expected  what would have been right
 * @param got  what was given
 */
export function refusal(name: string, expected: string, got: string): UsageError {
  return new UsageError(`"${name}" expected ${expected}, got ${got}`);
}

/**
 * A message of the library in the names of the command line: "options.maxError" is --max-error there.
 *
 * @param message  of one line
 * @param specs  the options of the command
 */
export function inOptionNames(message: string, specs: Specs): string {
  const named = (quoted: string, path: string): string => {
    if (path === "bytes" || path === "model" || path === "net") return '"MODEL"';
    if (path.endsWith("pattern.columns") && Object.hasOwn(specs, "block")) return '"--block"';
    const last =
      path
        .replace(/(\[\d+\])+$/, "")
        .split(".")
        .at(-1) ?? "";
    const name = last.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (Object.hasOwn(specs, name)) return `"--${name}"`;
    return quoted.replace("options.", "");
  };
  return message
    .replace(/^"([a-z][\w.[\]]*)"(?= expected )/, named)
    .replace(/(?<=: )"(bytes|model|net)"(?= expected )/, named)
    .replace(/"(options\.[\w.[\]]+)"/g, named)
    .replace(/(?<=\b(?:without|beside) )"([a-z]\w*)"/gi, named)
    .replace(/, got undefined$/, ", got nothing");
}

function readValue(
  name: string,
  spec: Spec<unknown>,
  token: { value?: string; inlineValue?: boolean },
): unknown {
  const { value, inlineValue } = token;
  if (spec.value === undefined) {
    if (value !== undefined) throw refusal(name, spec.expected, JSON.stringify(value));
    return spec.read("");
  }
  // "--out --json" is a forgotten value rather than a folder of that name.
  if (value === undefined || (!inlineValue && value.startsWith("--")))
    throw refusal(name, spec.expected, "nothing");
  const read = spec.read(value);
  if (read === undefined) throw refusal(name, spec.expected, JSON.stringify(value));
  return read;
}

/** The options in a file: an object of names, without the dashes, and values. */
function readConfig(specs: Specs, path: string): Record<string, unknown> {
  const { help: _, config: __, ...allowed } = specs;
  return Object.fromEntries(
    Object.entries(parsedConfig(path)).flatMap(([name, value]) => {
      if (!Object.hasOwn(allowed, name)) {
        const near = nearest(name, Object.keys(allowed));
        throw new UsageError(`${path}: unknown option "${name}"${near ? `; did you mean "${near}"?` : ""}`);
      }
      const { value: takes, read, expected, repeats } = allowed[name];
      const wrong = () =>
        refusal(`${path}: ${name}`, takes === undefined ? "true or false" : expected, describe(value));
      if (takes === undefined) {
        if (typeof value !== "boolean") throw wrong();
        return value ? [[name, read("")]] : [];
      }
      const isPlain = (one: unknown) => typeof one === "string" || typeof one === "number";
      if (!isPlain(value) && !(Array.isArray(value) && value.every(isPlain))) throw wrong();
      const found =
        repeats && Array.isArray(value) ? value.flatMap((one) => read(String(one))) : read(String(value));
      if (found === undefined) throw wrong();
      return [[name, found]];
    }),
  );
}

function parsedConfig(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refusal("--config", "a file that can be read", `${path} (${code})`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refusal("--config", "a file with JSON", `${path} (${(error as Error).message})`);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  throw refusal("--config", "a file with one JSON object", `${describe(parsed)} in ${path}`);
}

function unknown(rawName: string, specs: Specs): UsageError {
  const near = nearest(rawName.replace(/^-+/, ""), Object.keys(specs));
  return new UsageError(`unknown option "${rawName}"${near ? `; did you mean "--${near}"?` : ""}`);
}

const integerOf = (given: string, low: number, high: number): number | undefined =>
  /^[+-]?\d+$/.test(given) ? within(Number(given), low, high) : undefined;

const within = (value: number, low: number, high: number): number | undefined =>
  value >= low && value <= high ? value : undefined;
