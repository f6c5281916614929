/** What a command is, and how its help is laid out. */
import { choice, configFile, flag, names, type Specs } from "./options.js";

/** A command of the program. */
export interface Command {
  readonly summary: string;
  readonly specs: Specs;
  /** Names of the arguments that are no options. */
  readonly operands?: readonly string[];
  /** Paragraphs between the options and the examples. */
  readonly notes?: readonly string[];
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>;
}

/** Options that every command has. */
export const common = {
  help: flag("this help"),
  json: flag("one JSON object on stdout, nothing else there"),
  config: configFile,
};

/** The option of commands that read a stack of layers. */
export const order = names("NAMES", "layers as they follow each other, inputs first; .safetensors");

/** The option of commands that compute. */
export const variant = choice(
  "simd gives the same bytes everywhere. Default simd",
  "simd",
  "relaxed",
  "fastest",
);

const WIDTH = 96;

/**
 * The help of a command.
 *
 * @param name  of the command
 * @param command  what it is
 */
export function helpOf(
  name: string,
  { summary, specs, operands = [], notes = [], examples }: Command,
): string {
  const options = Object.entries(specs).map(
    ([option, { value, help }]) => [`--${option}${value ? ` ${value}` : ""}`, help] as const,
  );
  const shown = examples.map(([line, does]) => `  golden-ticket ${line}\n${wrap(does, "      ")}\n`);
  return [
    `${wrap(summary, "")}\n`,
    `Usage: golden-ticket ${[name, ...operands].join(" ")} [options]\n`,
    `Options:\n${columns(options)}`,
    ...notes.map((note) => `${wrap(note, "")}\n`),
    `Examples:\n${shown.join("")}`,
  ].join("\n");
}

/**
 * Two columns, the second one wrapped.
 *
 * @param rows  left and right
 */
export function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const indent = " ".repeat(4 + Math.max(...rows.map(([left]) => left.length)));
  return rows
    .map(
      ([left, right]) => `  ${left.padEnd(indent.length - 2)}${wrap(right, indent).slice(indent.length)}\n`,
    )
    .join("");
}

/**
 * A table with a head, its columns as wide as their widest cell.
 *
 * @param rows  the head first
 * @param numbers  how many columns, from the left, are aligned on the right
 * @returns a line a row
 */
export function tableLines(rows: readonly (readonly string[])[], numbers: number): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < numbers ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

function wrap(text: string, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && indent.length + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.map((line) => indent + line).join("\n");
}
