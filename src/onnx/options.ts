/** What pruning an ONNX model is asked for, checked, with the defaults. */

import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkGiven,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
} from "../check.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { BUDGETS } from "../prune/budgets.js";
import { checkQueue } from "../runtime/elsewhere.js";
import { checkPattern, type Pattern, UNSTRUCTURED } from "../select/pattern.js";
import type { OnnxPruneOptions, OnnxSweepOptions } from "./contract.js";
import { classNumbers } from "./input-types.js";
import { METHOD_NAMES, type MethodName, needsInputs } from "./methods.js";

const KEYS = [
  ...([
    "method",
    "sparsity",
    "maxError",
    "pattern",
    "budget",
    "calibration",
    "labels",
    "heldBack",
    "batch",
    "files",
  ] as const),
  ...(["damping", "skip", "unreached", "depthwise", "seed", "workers", "queue", "runtime"] as const),
  ...(["signal", "onProgress", "onLayer", "finished"] as const),
];

const SWEEP_KEYS = [
  ...KEYS.filter((key) => key !== "sparsity" && key !== "maxError"),
  ...(["sparsities", "onPruned"] as const),
];

const MOST = { workers: 1024, seed: Number.MAX_SAFE_INTEGER, batch: Number.MAX_SAFE_INTEGER } as const;

/** Options with the defaults of those that have one. */
export type Settled = Omit<OnnxPruneOptions, "labels"> & {
  readonly labels?: Uint16Array;
  readonly method: MethodName;
  readonly pattern: Pattern;
  readonly budget: (typeof BUDGETS)[number];
  readonly damping: number;
  readonly skip: readonly string[];
  /** Undefined = "skip", but for layers that are too wide. */
  readonly unreached: "skip" | "magnitude" | undefined;
  readonly depthwise: boolean;
  /** Whether several sparsities are asked for, so that the losses of all are worth a pass. */
  readonly sweeps?: true;
};

/**
 * Options that fit each other.
 *
 * @param needsSamples  whether samples must be there for what is to be done
 * @throws {ArgumentTypeError | ArgumentRangeError} at the first that does not fit
 */
export function settledOptions(given: OnnxPruneOptions, needsSamples: boolean): Settled {
  const options = checkGiven("options", given, KEYS);
  const { pattern = UNSTRUCTURED, skip = [], damping = 0.01, depthwise = false } = options;
  const method = checkOneOf("options.method", options.method ?? "exact-obs", METHOD_NAMES);
  checkObject("options.pattern", pattern);
  const ownBudget = method === "exact-obs" && pattern.kind !== "n:m" ? "optimal" : "uniform";
  const budget = checkOneOf("options.budget", options.budget ?? ownBudget, BUDGETS);
  const { unreached } = options;
  if (unreached !== undefined) checkOneOf("options.unreached", unreached, ["skip", "magnitude"]);
  // Whether it divides the columns each layer will tell.
  checkPattern(pattern, unitOf(pattern), "options.pattern");
  checkNumber("options.damping", damping, 0);
  if (options.heldBack !== undefined) checkNumber("options.heldBack", options.heldBack, 0, 0.9);
  checkBoolean("options.depthwise", depthwise);
  for (const name of checkArray("options.skip", skip)) checkString("options.skip", name);
  checkQueue("options.queue", options.queue);
  for (const key of ["workers", "seed", "batch"] as const) {
    if (options[key] !== undefined)
      checkInteger(`options.${key}`, options[key], key === "batch" ? 1 : 0, MOST[key]);
  }
  const { labels, ...others } = options;
  const settled = {
    ...{ ...others, method, pattern, budget, damping, skip, unreached, depthwise },
    ...(labels === undefined ? {} : { labels: classNumbers("options.labels", labels) }),
  };
  checkHowMuch(settled);
  if (needsSamples && settled.maxError !== undefined && !options.calibration) {
    throw new ArgumentTypeError('"options.calibration" expected samples for "maxError", got undefined');
  }
  if (needsSamples && needsInputs(method) && !options.calibration) {
    throw new ArgumentTypeError(`"options.calibration" expected samples for "${method}", got undefined`);
  }
  return settled;
}

/**
 * `settledOptions` of a sweep.
 *
 * @throws {ArgumentTypeError | ArgumentRangeError} at the first that does not fit
 */
export function settledSweep(given: OnnxSweepOptions) {
  const { sparsities, onPruned, ...rest } = checkGiven("options", given, SWEEP_KEYS);
  checkArray("options.sparsities", sparsities);
  if (sparsities.length === 0)
    throw new ArgumentRangeError('"options.sparsities" expected at least one sparsity, got none');
  for (const sparsity of sparsities) checkNumber("options.sparsities", sparsity, 0, 1);
  checkFunction("options.onPruned", onPruned);
  const { sparsity: _, ...settled } = settledOptions({ ...rest, sparsity: sparsities[0] }, true);
  return { ...settled, sparsities: [...sparsities], onPruned, sweeps: true as const };
}

/**
 * @param pattern  of zeros
 * @returns what the columns of a layer must be a multiple of
 */
export const unitOf = (pattern: Pattern): number =>
  pattern.kind === "n:m" ? pattern.m : pattern.kind === "block" ? pattern.columns : 1;

function checkHowMuch({ sparsity, maxError, pattern, budget, method }: Settled): void {
  if (sparsity !== undefined) checkNumber("options.sparsity", sparsity, 0, 1);
  if (maxError !== undefined) checkNumber("options.maxError", maxError, 0);
  const given = [sparsity, maxError, pattern.kind === "n:m" ? pattern : undefined].filter(
    (one) => one !== undefined,
  );
  if (given.length !== 1) {
    const found = given.length === 0 ? "none" : `${given.length} of them`;
    throw new ArgumentTypeError(
      `"options" expected one of sparsity, maxError and an N:M pattern, got ${found}`,
    );
  }
  const isByLosses = budget === "global" || budget === "optimal";
  if ((isByLosses || maxError !== undefined) && (method !== "exact-obs" || pattern.kind === "n:m")) {
    const name = maxError === undefined ? "budget" : "maxError";
    throw new ArgumentRangeError(
      `"options.${name}" expected method "exact-obs" and no N:M for it, got "${method}"`,
    );
  }
  if (budget === "erdos-renyi" && pattern.kind !== "unstructured") {
    throw new ArgumentRangeError(
      `"options.budget" expected "uniform" for pattern "${pattern.kind}", got "${budget}"`,
    );
  }
}
