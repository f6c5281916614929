/** The options of `golden-ticket prune`, for both kinds of models. */

import { BUDGETS, METHOD_NAMES, type Pattern } from "../index.js";
import { keeping } from "./checkpoint-folder.js";
import { common, order, variant } from "./command.js";
import { checkOut, force, type Read } from "./files.js";
import { heldBackShare } from "./held-back.js";
import {
  choice,
  file,
  flag,
  type Given,
  integer,
  name,
  names,
  number,
  refusal,
  type Spec,
} from "./options.js";
import { queueSpecs } from "./queue-options.js";

const nOfM: Spec<{ n: number; m: number }> = {
  value: "N:M",
  help: "at most N weights kept of each M in a row, such as 2:4",
  read(given) {
    const [, n, m] = /^(\d+):(\d+)$/.exec(given) ?? [];
    return m === undefined ? undefined : { n: Number(n), m: Number(m) };
  },
  expected: "N:M",
};

const shares = (help: string): Spec<readonly number[]> => ({
  value: "S,S,…",
  help,
  read(given) {
    const read = given.split(",").map((part) => (/^\s*(\d|\.\d)/.test(part) ? Number(part) : Number.NaN));
    const isOne = (share: number, i: number) => share >= 0 && share <= 1 && read.indexOf(share) === i;
    return read.every(isOne) ? read : undefined;
  },
  expected: "different numbers from 0 to 1 with commas between",
});

/** Declared. */
export const specs = {
  out: file("FILE", "where the pruned model goes, .safetensors, or .onnx from .onnx"),
  force,
  order,
  format: choice(
    "how it stores pruned layers: with zeros, or as bit mask and values, which compressed-tensors before 0.15 reads. " +
      "Default as MODEL does",
    "dense",
    "bitmask",
  ),
  dtype: choice("of the weights in it. Default as in MODEL", "F32", "F16"),
  masks: flag("adds a mask to each layer of it that has none, NAME.mask beside NAME.weight"),
  method: name("NAME", "Default exact-obs", METHOD_NAMES),
  sparsity: number("S", "share of zeros, from 0 to 1", 0, 1),
  sweep: shares(
    "instead of --sparsity: all of these, exact-obs from one pass; a table, and with --out NAME.safetensors a file " +
      "for each, NAME-S.safetensors. Layers are pruned on the inputs that they have before pruning",
  ),
  report: file("FILE.html", "a page with plots: layers, their losses, where weights are kept"),
  pattern: nOfM,
  block: integer("B", "blocks of B neighbours in a row go together, with --sparsity", 1, 65_536),
  calibration: file("FILE[:TENSOR]", "samples to prune by; magnitude, random and synflow need none"),
  labels: file(
    "FILE[:TENSOR]",
    "their classes: tells the accuracy before and after; first-order, snip, grasp, diagonal-fisher, fisher and m-fac " +
      "need them",
  ),
  validation: heldBackShare,
  damping: number(
    "D",
    "of the mean of the Hessian's diagonal; for fisher and m-fac as it is. Default 0.01, 1e-5",
    0,
    1e6,
  ),
  "max-error": number(
    "E",
    "instead of --sparsity: the smallest model whose outputs are off by at most this share, for exact-obs",
    0,
    1e9,
  ),
  budget: choice(
    "zeros of each layer alike, or by the losses or scores of all; optimal is the least loss, for exact-obs. " +
      "Default uniform, and optimal with --max-error, or by exact-obs for .onnx",
    ...BUDGETS,
  ),
  refine: choice("kept and pruned weights change places while that helps", "swaps"),
  repair: {
    value: undefined,
    help: "least squares on the mask, for any method",
    read: () => true as const,
    expected: "no value",
  },
  ...keeping,
  skip: names("NAMES", "layers that stay as they are, commas between, * for any characters; .onnx"),
  depthwise: flag("prunes depthwise convolutions as well; .onnx"),
  unreached: choice("layers whose activations cannot be had. Default skip; .onnx", "skip", "magnitude"),
  batch: integer(
    "N",
    "samples a run of the model. Default 8 or fewer, 1 where it runs on no more; .onnx",
    1,
    Number.MAX_SAFE_INTEGER,
  ),
  "dry-run": flag("tells what would be done, and writes nothing"),
  seed: integer("N", "of random scores. Default 0", 0, Number.MAX_SAFE_INTEGER),
  workers: integer(
    "N",
    "threads beside this one, 0 = none. Default all cores; the result is the same",
    0,
    1024,
  ),
  ...queueSpecs,
  variant,
  ...common,
};

/** Given. */
export type Options = Given<typeof specs>;

/**
 * Without the keys that have no value.
 *
 * @param options  of a function
 */
export function definedOf<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/**
 * The pattern of zeros; throws a UsageError when options exclude each other.
 *
 * @param given  the options
 */
export function patternOf({ pattern, block, sparsity, sweep, "max-error": maxError }: Options): Pattern {
  if (sweep && (pattern || sparsity !== undefined || maxError !== undefined)) {
    const expected = "no --sparsity, --pattern or --max-error beside it";
    throw refusal("--sweep", expected, `${sweep.join(",")} and one of them`);
  }
  if (maxError !== undefined && (pattern || sparsity !== undefined)) {
    throw refusal("--max-error", "no --sparsity or --pattern beside it", `${maxError} and one of them`);
  }
  if (pattern && (block !== undefined || sparsity !== undefined)) {
    throw refusal(
      "--pattern",
      "no --sparsity or --block beside it",
      `${pattern.n}:${pattern.m} and one of them`,
    );
  }
  if (pattern) return { kind: "n:m", ...pattern };
  if (sparsity === undefined && maxError === undefined && sweep === undefined) {
    throw refusal("--sparsity", "a number from 0 to 1, or --sweep, --pattern or --max-error", "nothing");
  }
  return block === undefined ? { kind: "unstructured" } : { kind: "block", columns: block };
}

/** How zeros are divided unless that is told. */
export const budgetOf = ({ budget, "max-error": maxError }: Options) =>
  budget ?? (maxError === undefined ? "uniform" : "optimal");

/**
 * Throws a UsageError at the first option that is given and means nothing.
 *
 * @param given  the options
 * @param names  of those that mean nothing
 * @param kind  of model
 */
export function refuseOptions(given: Options, names: readonly (keyof Options)[], kind: string): void {
  const name = names.find((one) => given[one] !== undefined);
  if (name) throw refusal(`--${name}`, `none for ${kind} models`, String(given[name]));
}

/**
 * The files that a pruning reads and must not write over.
 *
 * @param model  the file to be pruned
 * @param given  the options
 */
export const readBy = (model: string, { calibration, labels, force }: Options): Read =>
  force ? {} : { MODEL: model, "--calibration": calibration, "--labels": labels };

/**
 * Where each run goes, checked before the work: nowhere in a plan or a sweep that is not told. Throws a UsageError.
 *
 * @param path  of the model
 * @param given  the options
 * @param suffix  of what is written
 */
export function outsOf(path: string, given: Options, suffix: string): string[] {
  const { out, sweep, report } = given;
  const read = readBy(path, given);
  if (report !== undefined) checkOut(report, read, ".html", "--report");
  if (out === undefined && (given["dry-run"] || sweep)) return [];
  const whole = checkOut(out, sweep ? {} : read, suffix);
  if (!sweep) return [whole];
  const stem = whole.slice(0, -suffix.length);
  return sweep.map((sparsity) => checkOut(`${stem}-${sparsity}${suffix}`, read, suffix));
}
