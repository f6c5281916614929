/** What a pruning is asked for: options, checked. */

import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkGiven,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import type { Labels } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { checkQueue, type TaskQueue } from "../runtime/elsewhere.js";
import { checkPattern, type Pattern, UNSTRUCTURED } from "../select/pattern.js";
import { BUDGETS, type Budget, isByLosses } from "./budgets.js";
import { neededData } from "./calibration.js";
import type { Method } from "./contract.js";
import { layersWithHessian } from "./hessian-memory.js";
import { METHOD_NAMES, type MethodName, methodNamed } from "./methods.js";

/** Where a pruning stands. */
export interface PruneProgress {
  /** What is being done. */
  readonly stage: "curves" | "search" | "prune" | "refine";
  /** The layer, from 0; absent where a method sees all at once. */
  readonly layer?: number;
  /** Layers of the network. */
  readonly layers: number;
  /** Of the stage and layer. */
  readonly done: number;
  /** See `done`. */
  readonly total: number;
}

/** What the work on a layer gave, plain data: what `finished` takes to go on after an interruption. */
export interface LayerRecord {
  /** "curves": its losses, for the budget or the error; "prune": its weights and mask. */
  readonly stage: "curves" | "prune";
  /** From 0. */
  readonly layer: number;
  /** "prune": weights (f32) and mask (bytes, 1 = kept), rows × columns; "curves": what the traces are made of. */
  readonly arrays: Readonly<Record<string, Float32Array | Uint32Array | Uint8Array>>;
}

/** What `prune` takes. */
export interface PruneOptions {
  /** A method, or the name of one with its defaults. Default "exact-obs". */
  readonly method?: Method | MethodName;
  /** Share of zeros, from 0 to 1: exactly round(sparsity · weights). N:M decides its own. */
  readonly sparsity?: number;
  /**
   * Instead of a sparsity: how far the outputs may be from what they were, ‖f′(X) − f(X)‖² / ‖f(X)‖² over the
   * calibration samples. For methods with traces. Layers are pruned by their traces on the inputs that they have before
   * pruning; the sparsity is k / 1024 with the largest k that bisection finds, 0 where none is within the error.
   */
  readonly maxError?: number;
  /** Default unstructured. */
  readonly pattern?: Pattern;
  /**
   * How zeros are divided among layers: "uniform" (default); "global", by the scores of all layers together, or by
   * their losses step by step; "optimal" (default beside `maxError`), so that the sum of the layers' relative losses is
   * the least, for methods with traces; "erdos-renyi"; or a sparsity for each layer.
   */
  readonly budget?: Budget;
  /** Samples × inputs, row after row: f32, or bytes read as value / 255. Whether they are needed the method says. */
  readonly calibration?: Uint8Array | Float32Array;
  /** One class a sample, for methods that need gradients. */
  readonly labels?: Labels;
  /** "swaps": kept and pruned weights of a row change places while that lowers the layer's error. Not for blocks. */
  readonly refine?: "swaps";
  /** Whether the kept weights become those of least error on the mask. Methods that compensate do so anyway. */
  readonly repair?: boolean;
  /**
   * Of the mean of the Hessian's diagonal: in refining and repairing, and in solving where the method is "exact-obs" or
   * "sparsegpt" by name. Default 0.01. Others add what they were made with, `fisher({ damping })`.
   */
  readonly damping?: number;
  /**
   * Whether each layer is pruned on the inputs that the pruned layers before it make (default), or all on those that
   * they have before. For methods with traces; beside `maxError` they always are.
   */
  readonly sequential?: boolean;
  /** 0 = all in this thread; default the host's parallelism, and this thread where no worker starts. Same result. */
  readonly workers?: number;
  /** Takes tasks to other machines instead: what `openQueue` of golden-ticket/queue gives. Same result. */
  readonly queue?: TaskQueue;
  /** For random scores. From 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told as the work goes on. */
  readonly onProgress?: (progress: PruneProgress) => void;
  /**
   * Told what the work on a layer gave as soon as it is there, and waited for. Methods that see the network at once
   * prune all layers before the first is told.
   */
  onLayer?(record: LayerRecord): void | Promise<void>;
  /** Records of an earlier call with the same options on the same network: what they tell is not worked out again. */
  readonly finished?: readonly LayerRecord[];
}

const KEYS = [
  ...(["method", "sparsity", "maxError", "pattern", "budget", "calibration", "labels"] as const),
  ...([
    "refine",
    "repair",
    "damping",
    "sequential",
    "workers",
    "queue",
    "seed",
    "signal",
    "onProgress",
    "onLayer",
    "finished",
  ] as const),
];

/** Options with the defaults of those that have one. */
type Chosen = PruneOptions & {
  readonly method: Method;
  readonly pattern: Pattern;
  readonly budget: Budget;
  readonly damping: number;
};

/** The same, with what the network and its memory say. */
export type Settled = Chosen & {
  /** Whether the memory holds the layer's Hessian; a method that can do without tells no error of it then. */
  readonly hasHessian: readonly boolean[];
};

/**
 * Options that fit the network and each other.
 *
 * @param net  to be pruned
 * @param given  as the caller gave them
 * @param needsSamples  whether samples and labels that the work needs must be there
 * @throws {ArgumentTypeError | ArgumentRangeError} at the first that does not fit
 * @throws {OutOfMemoryError} that names the layer, when the work needs a Hessian that the memory does not hold
 */
export function settledOptions(net: Network, given: PruneOptions, needsSamples = true): Settled {
  const options = checkGiven("options", given, KEYS);
  const { method = "exact-obs", pattern = UNSTRUCTURED, damping = 0.01, maxError } = options;
  const { budget = maxError === undefined ? "uniform" : "optimal" } = options;
  checkNumber("options.damping", damping, 0);
  const settled = {
    ...options,
    method:
      typeof method === "object"
        ? checkMethod(method)
        : methodNamed(checkOneOf("options.method", method, METHOD_NAMES), damping),
    pattern,
    budget: Array.isArray(budget) ? budget : checkOneOf("options.budget", budget as string, BUDGETS),
    damping,
  };
  for (const { inputs } of net.layers) checkPattern(pattern, inputs, "options.pattern");
  if (options.refine !== undefined) checkOneOf("options.refine", options.refine, ["swaps"]);
  for (const key of ["repair", "sequential"] as const)
    if (options[key] !== undefined) checkBoolean(`options.${key}`, options[key]);
  checkQueue("options.queue", options.queue);
  if (options.workers !== undefined) checkInteger("options.workers", options.workers, 0, 1024);
  if (options.labels !== undefined)
    checkTypedArray("options.labels", options.labels, "Uint8Array", "Uint16Array");
  for (const record of checkArray("options.finished", options.finished ?? []))
    checkObject("options.finished", record);
  if (options.seed !== undefined) checkInteger("options.seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  checkHowMuch(settled);
  if (options.refine && pattern.kind === "block") {
    throw new ArgumentRangeError('"options.refine" expected no swaps for blocks, got "swaps"');
  }
  checkTraces(settled);
  if (needsSamples) checkNeeds(settled);
  return { ...settled, hasHessian: hessiansOf(net, settled) };
}

function hessiansOf(net: Network, { method, refine, repair }: Chosen): boolean[] {
  const layers = net.layers.map(({ outputs, inputs }) => ({ rows: outputs, columns: inputs }));
  const isNeeded = method.kind === "layer" || refine !== undefined || repair === true;
  return layersWithHessian(layers, { method: method.name, isNeeded }, net.core.limitBytes);
}

function checkMethod(method: Method): Method {
  checkOneOf("options.method.kind", checkObject("options.method", method).kind, ["layer", "network"]);
  checkFunction("options.method.solve", method.solve);
  return method;
}

/** A sparsity, an error, or neither where pattern or budget say all. */
function checkHowMuch({ sparsity, maxError, pattern, budget }: Chosen): void {
  if (sparsity !== undefined) checkNumber("options.sparsity", sparsity, 0, 1);
  if (maxError !== undefined) checkNumber("options.maxError", maxError, 0);
  const decides = pattern.kind === "n:m" ? `${pattern.n}:${pattern.m}` : undefined;
  const other = maxError !== undefined && Array.isArray(budget) ? "a list of sparsities" : undefined;
  for (const [name, value, beside] of [
    ["sparsity", sparsity, decides ?? (maxError === undefined ? undefined : `"maxError"`)],
    ["maxError", maxError, decides ?? other],
  ] as const) {
    if (value === undefined || beside === undefined) continue;
    throw new ArgumentRangeError(`"options.${name}" expected none beside ${beside}, got ${value}`);
  }
  if (decides !== undefined || sparsity !== undefined || maxError !== undefined || Array.isArray(budget))
    return;
  throw new ArgumentTypeError('"options.sparsity" expected a number from 0 to 1, got undefined');
}

/** What looks at losses needs a method that knows them all. */
function checkTraces({ method, budget, maxError, sequential }: Chosen): void {
  if (method.kind === "layer" && method.traces) return;
  if (sequential === false) {
    throw new ArgumentRangeError(
      `"options.sequential" expected true for "${method.name}", which has no traces, got false`,
    );
  }
  if (maxError !== undefined) {
    throw new ArgumentRangeError(
      `"options.maxError" expected none for "${method.name}", which has no traces, got ${maxError}`,
    );
  }
  if (!isByLosses(budget)) return;
  if (method.kind === "network" && budget === "global") return;
  const names = method.kind === "network" ? '"uniform", "global", "erdos-renyi"' : '"uniform", "erdos-renyi"';
  throw new ArgumentRangeError(
    `"options.budget" expected ${names} or a list for "${method.name}", got "${budget}"`,
  );
}

function checkNeeds({ method, calibration, labels, refine, repair }: Chosen): void {
  if (!calibration && labels) {
    throw new ArgumentTypeError('"options.labels" expected none without "calibration", got some');
  }
  const needs = method.kind === "layer" ? "inputs" : method.needs;
  if (needs !== "nothing") neededData(calibration, method.name);
  if (refine || repair) neededData(calibration, refine ?? "repair");
  if (needs !== "labels" || labels) return;
  throw new ArgumentTypeError(
    `"options.labels" expected one class a sample for "${method.name}", got undefined`,
  );
}
