/** Wrong command lines, made from the options that commands declare: each has one fault that must be told. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../src/cli/command.js";
import { evaluate } from "../../src/cli/evaluate.js";
import { find } from "../../src/cli/find.js";
import { info } from "../../src/cli/info.js";
import { prune } from "../../src/cli/prune.js";
import { strongTicket } from "../../src/cli/strong-ticket.js";
import { subsetSum } from "../../src/cli/subset-sum.js";
import { writeModel } from "../../src/io/model.js";
import { writeNpy } from "../../src/io/npy.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import type { Random } from "../harness/random.js";
import { sample } from "../io/onnx/sample.js";
import { network } from "../onnx/models.js";

const COMMANDS: Record<string, Command> = {
  evaluate,
  find,
  info,
  prune,
  "strong-ticket": strongTicket,
  "subset-sum": subsetSum,
};

/** Texts that some options take and others do not. */
const TEXTS = [
  ...[
    "",
    " ",
    "0",
    "-1",
    "1",
    "1.5",
    "1e9",
    "-1e9",
    "NaN",
    "Infinity",
    "0x10",
    "1,2",
    "1,,2",
    "2:4",
    ":",
    "a:b",
  ],
  ...[
    "yes",
    "true",
    "null",
    "undefined",
    "options.method",
    "constructor",
    "__proto__",
    "é",
    "exact-obs",
    "EXACT-OBS",
  ],
  ...["uniform", "dense", "mnist", "relaxed", "\u0007", "a\nb", "9".repeat(30), "../..", "*", "--"],
];

/** Right files and broken ones, by name; also what takes the place of one that is not there. */
export function filesFor(folder: string, random: Random) {
  const path = (name: string) => join(folder, name);
  const write = (name: string, data: string | Uint8Array) => {
    writeFileSync(path(name), data);
    return path(name);
  };
  const layer = (name: string, rows: number, columns: number) => {
    const [weights, bias] = [random.uniform(rows * columns), random.uniform(rows)];
    return { name, rows, columns, weights, bias, mask: undefined };
  };
  const floats = (...shape: number[]): Tensor => {
    return { dtype: "F32", shape, data: random.uniform(shape.reduce((a, b) => a * b, 1)) };
  };
  const model = writeModel({ layers: [layer("fc1", 6, 8), layer("fc2", 3, 6)] });
  const classes = (count: number, most: number): Tensor => {
    return { dtype: "U8", shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % most) };
  };
  const [nan, gap] = [floats(20, 8), writeModel({ layers: [layer("fc1", 6, 8)] })];
  (nan.data as Float32Array)[5] = Number.NaN;
  mkdirSync(path("folder.safetensors"));
  return {
    model: write("model.safetensors", model),
    onnx: write("model.onnx", network()),
    fork: write("fork.onnx", sample()),
    x: write("x.npy", writeNpy(floats(20, 8))),
    y: write("y.npy", writeNpy(classes(20, 3))),
    pool: write("pool.npy", writeNpy(floats(12))),
    targets: write("targets.npy", writeNpy(floats(5))),
    /** Of another shape than is wanted anywhere. */
    wide: write("wide.npy", writeNpy(floats(20, 9))),
    few: write("few.npy", writeNpy(classes(7, 3))),
    many: write("many.npy", writeNpy(classes(20, 9))),
    cube: write("cube.npy", writeNpy(floats(2, 3, 60))),
    nan: write("nan.npy", writeNpy(nan)),
    /** Not what their names say. */
    broken: [
      write("empty.npy", ""),
      write("text.npy", "not an array"),
      write("cut.npy", writeNpy(floats(20, 8)).subarray(0, 100)),
      write("zip.npz", "PK"),
      write("header.safetensors", model.subarray(0, 40)),
      write("words.safetensors", "<!doctype html>"),
      write(
        "two.safetensors",
        writeSafetensors(
          new Map([
            ["a", floats(2)],
            ["b", floats(2)],
          ]),
        ),
      ),
      write("none.safetensors", writeSafetensors(new Map())),
      write("cut.onnx", network().subarray(0, 60)),
      write("text.onnx", "version https://example.org"),
      write("data.txt", "1 2 3"),
      path("folder.safetensors"),
      path("missing.npy"),
      path("missing.safetensors"),
      `${path("x.npy")}:tensor`,
      `${path("model.safetensors")}:missing`,
    ],
    cutModel: write("short.safetensors", gap.subarray(0, gap.length - 4)),
    out: path("out.safetensors"),
    outOnnx: path("out.onnx"),
    path,
    write,
  };
}

export type Files = ReturnType<typeof filesFor>;

/** A command line that does its work, and the options in it that name files. */
function rightLines(files: Files): string[][] {
  const { model, onnx, x, y, pool, targets, out, outOnnx } = files;
  return [
    ["prune", model, "--sparsity", "0.5", "--calibration", x, "--labels", y, "--workers", "0", "--out", out],
    ["prune", onnx, "--method", "magnitude", "--sparsity", "0.5", "--out", outOnnx],
    ["evaluate", model, "--inputs", x, "--labels", y],
    ["strong-ticket", model, "--epsilon", "0.1", "--inputs", x, "--workers", "0", "--out", out],
    ["subset-sum", "--pool", pool, "--targets", targets, "--out", out],
    ["find"],
    ["info"],
  ];
}

type Fault = (line: readonly string[], files: Files, random: Random) => string[] | undefined;

const pick = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)];
const specsOf = (line: readonly string[]) => COMMANDS[line[0]].specs;
const isFile = (value: string | undefined) => value?.startsWith("FILE") === true && value !== "FILE.json";

/** Replaces the value of an option, or adds it. */
function withValue(line: readonly string[], option: string, value: string): string[] {
  const at = line.indexOf(option);
  return at < 0 ? [...line, option, value] : line.with(at + 1, value);
}

const FAULTS: Record<string, Fault> = {
  value(line, _, random) {
    const wrong = Object.entries(specsOf(line)).flatMap(([name, { value, read }]) =>
      value === undefined || isFile(value) || value === "DIR"
        ? []
        : TEXTS.filter((text) => read(text) === undefined).map((text) => [name, text]),
    );
    const [name, text] = pick(random, wrong);
    return [...line, `--${name}=${text}`];
  },
  nothing(line, _, random) {
    const names = Object.keys(specsOf(line)).filter((name) => specsOf(line)[name].value !== undefined);
    const name = pick(random, names);
    return pick(random, [
      [...line, `--${name}`],
      [...line, `--${name}`, "--json"],
      [...line, `--${name}=`],
    ]);
  },
  flag(line, _, random) {
    const flags = Object.keys(specsOf(line)).filter((name) => specsOf(line)[name].value === undefined);
    return [...line, `--${pick(random, flags)}=${pick(random, TEXTS)}`];
  },
  unknown(line, _, random) {
    const name = pick(random, Object.keys(specsOf(line)));
    const at = random.below(name.length);
    const other = pick(random, [
      name.slice(0, at) + name.slice(at + 1),
      `${name}x`,
      name.toUpperCase(),
      `no-${name}`,
    ]);
    const dashes = pick(random, ["--", "--", "-"]);
    return Object.hasOwn(specsOf(line), other) ? undefined : [...line, dashes + other];
  },
  operand: (line, _, random) => [
    ...line,
    pick(
      random,
      TEXTS.filter((text) => !/^-|undefined|options/.test(text)),
    ),
  ],
  command(line, _, random) {
    const name = pick(random, [
      `${line[0]}x`,
      line[0].slice(1),
      "",
      " ",
      "constructor",
      "--hlep",
      "-v",
      "\u001b[2J",
    ]);
    return Object.hasOwn(COMMANDS, name) ? undefined : [name, ...line.slice(1)];
  },
  /** Leaves out what cannot be done without. */
  needed(line, _, random) {
    const needed = line.filter(
      (word, i) => i > 0 && /^--(sparsity|inputs|labels|epsilon|pool|targets)$/.test(word),
    );
    const option = pick(random, [...needed, "MODEL"]);
    if (line[0] === "prune" && option === "--labels") return undefined;
    if (line[0] === "strong-ticket" && option === "--inputs") return undefined;
    const at = option === "MODEL" ? 1 : line.indexOf(option);
    if (at < 0 || line[at] === undefined || (option === "MODEL" && line[1].startsWith("--")))
      return undefined;
    return line.toSpliced(at, option === "MODEL" ? 1 : 2);
  },
  file(line, files, random) {
    const options = line.filter((word) => /^--(calibration|inputs|labels|pool|targets)$/.test(word));
    const hasModel = line[1] !== undefined && !line[1].startsWith("--");
    const option = pick(random, [...options, ...(hasModel ? ["MODEL"] : [])]);
    const broken = pick(random, files.broken);
    if (option === undefined) return undefined;
    return option === "MODEL" ? line.with(1, broken) : withValue(line, option, broken);
  },
  shape(line, files, random) {
    const { wide, few, many, cube, nan } = files;
    const wrong: Record<string, string[]> = {
      "--calibration": [wide, cube, few, nan],
      "--inputs": [wide, cube, few, nan],
      "--labels": [few, many, wide, nan],
      "--pool": [wide, cube, nan],
      "--targets": [nan],
    };
    const option = pick(
      random,
      line.filter((word) => Object.hasOwn(wrong, word)),
    );
    return option === undefined ? undefined : withValue(line, option, pick(random, wrong[option]));
  },
  out(line, files, random) {
    if (!line.includes("--out")) return undefined;
    const { path } = files;
    const suffix = line[1].endsWith(".onnx") ? ".onnx" : ".safetensors";
    const inputs = line
      .slice(1)
      .filter((word) => word.endsWith(suffix) && word !== files.out && word !== files.outOnnx);
    const outs = [
      path("p.txt"),
      path(`missing/p${suffix}`),
      path("model.onnx/p.safetensors"),
      "p",
      ...inputs,
    ];
    return withValue(line, "--out", pick(random, outs));
  },
  config(line, { write }, random) {
    const texts = [
      "",
      "{",
      "[]",
      "1",
      "null",
      '{"jsn": true}',
      '{"json": 1}',
      '{"variant": "fast"}',
      '{"help": true}',
    ];
    const text = pick(random, [
      ...texts,
      '{"variant": {}}',
      '{"config": "a.json"}',
      "\ufeff{}",
      '{"__proto__": 1}',
    ]);
    const path = write(`${random.u32()}.json`, text);
    return [...line, "--config", pick(random, [path, path, path, `${path}.missing`, "."])];
  },
  together(line, files, random) {
    if (line[0] !== "prune") return undefined;
    const isOnnx = line[1].endsWith(".onnx");
    const both = [
      ["--pattern", "2:4"],
      ["--max-error", "0.1"],
      ["--method", "wanda", "--budget", "optimal"],
      ["--block", "4096"],
    ];
    const stacks = [
      ["--skip", "a"],
      ["--depthwise"],
      ["--unreached", "skip"],
      ["--budget", "erdos-renyi", "--block", "2"],
      ["--refine", "swaps", "--block", "2"],
      ["--method", "magnitude", "--budget", "optimal"],
      ["--method", "obs", "--block", "2"],
      ["--checkpoint", files.path("a"), "--resume", files.path("b")],
      ["--resume", files.path("nowhere")],
    ];
    const models = [
      ["--refine", "swaps"],
      ["--repair"],
      ["--format", "dense"],
      ["--dtype", "F16"],
      ["--masks"],
    ];
    return [...line, ...pick(random, [...both, ...(isOnnx ? models : stacks)])];
  },
};

/**
 * A wrong command line.
 *
 * @param files  that it may name
 * @param random  which
 */
export function wrongLine(files: Files, random: Random): { fault: string; line: string[] } {
  for (;;) {
    const fault = pick(random, Object.keys(FAULTS));
    const line = FAULTS[fault](pick(random, rightLines(files)), files, random);
    if (line) return { fault, line };
  }
}
