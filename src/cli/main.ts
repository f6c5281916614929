#!/usr/bin/env node
/** The command line: finds the command, explains, and turns errors into one line and an exit code. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nearest } from "../describe.js";
import { type Command, columns, helpOf } from "./command.js";
import { inOptionNames, type Specs, UsageError } from "./options.js";
import { packageVersion } from "./package.js";
import { printable } from "./shell.js";

/** Loaded when they are asked for: each brings what it needs. */
const COMMANDS: Record<string, { does: string; load(): Promise<Command> }> = {
  evaluate: {
    does: "tells how well a model does",
    load: async () => (await import("./evaluate.js")).evaluate,
  },
  find: { does: "finds lottery tickets", load: async () => (await import("./find.js")).find },
  prune: { does: "prunes a model", load: async () => (await import("./prune.js")).prune },
  run: { does: "runs a model", load: async () => (await import("./run.js")).run },
  inspect: {
    does: "tells what is in a model",
    load: async () => (await import("./inspect.js")).inspect,
  },
  "subset-sum": {
    does: "finds subsets that sum to given numbers",
    load: async () => (await import("./subset-sum.js")).subsetSum,
  },
  "strong-ticket": {
    does: "prunes a random network until it computes what a model does",
    load: async () => (await import("./strong-ticket.js")).strongTicket,
  },
  worker: { does: "works for a queue", load: async () => (await import("./worker.js")).worker },
  jobs: {
    does: "shows, attaches to and cancels jobs of a queue",
    load: async () => (await import("./jobs.js")).jobs,
  },
  info: { does: "tells what runs on this host", load: async () => (await import("./info.js")).info },
};

const FAILED = 1;
const WRONG_USAGE = 2;
/** Errors of the library that say the input or an option was wrong. */
const INPUT_CODES = [
  "ERR_TYPE",
  "ERR_RANGE",
  "ERR_SHAPE",
  "ERR_NON_FINITE",
  "ERR_VARIANT",
  "ERR_FORMAT",
  "ERR_NOT_POSITIVE_DEFINITE",
];

/**
 * Runs the program.
 *
 * @param args  what follows its name
 * @returns the exit code: 0 done, 1 the work failed, 2 wrong usage or bad input, 130 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  let specs: Specs = {};
  try {
    if (name === undefined) {
      process.stderr.write(overview());
      return WRONG_USAGE;
    }
    if (name === "--version") return say(`${packageVersion()}\n`);
    if (name === "--help" || name === "help") {
      return say(rest[0] === undefined ? overview() : helpOf(rest[0], await commandNamed(rest[0])));
    }
    const command = await commandNamed(name);
    if (rest.includes("--help")) return say(helpOf(name, command));
    specs = command.specs;
    return await command.run(rest);
  } catch (error) {
    const { message, code } = error as { message?: unknown; code?: unknown };
    const where = name !== undefined && Object.hasOwn(COMMANDS, name) ? ` ${name}` : "";
    const line = inOptionNames(String(message ?? error).replace(/\s*\n\s*/g, " "), specs);
    process.stderr.write(`golden-ticket${where}: ${printable(line)}\n`);
    return error instanceof UsageError || INPUT_CODES.includes(String(code)) ? WRONG_USAGE : FAILED;
  }
}

function commandNamed(name: string): Promise<Command> {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name].load();
  const kind = name.startsWith("-") ? "option" : "command";
  const near = nearest(name, [...Object.keys(COMMANDS), "--help", "--version"]);
  const hint = near ? `did you mean "${near}"?` : "see golden-ticket --help";
  throw new UsageError(`unknown ${kind} "${name}"; ${hint}`);
}

function overview(): string {
  const commands = Object.entries(COMMANDS).map(([name, { does }]) => [name, does] as const);
  const example = "golden-ticket find --preset quick --seed 1";
  return [
    "Lottery tickets and pruning on a deterministic WebAssembly SIMD core.\n",
    "Usage: golden-ticket COMMAND [options]\n",
    `Commands:\n${columns([...commands, ["help COMMAND", "tells its options, with examples"]])}`,
    `Options:\n${columns([
      ["--help", "this help"],
      ["--version", "the version"],
    ])}`,
    `Example:\n  ${example}\n`,
  ].join("\n");
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** Whether this file was started rather than imported; npm starts it through a link. */
const isProgram =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isProgram) {
  // A reader that has enough, such as `head`, closes the pipe: no reason to complain.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.exitCode = await main(process.argv.slice(2));
}
