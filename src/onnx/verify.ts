/** Whether a pruned file does what it should: run again beside the model it was made from. */
import { FormatError } from "../errors.js";
import { ALL_ZERO, distancesOf } from "../prune/output-error.js";
import { isFloat, type ModelOutputs, rightOf, type UncomparedOutput, valuesOf } from "./outputs.js";
import { rowDistance } from "./row-sets.js";
import { openSession, type Runtime, type RuntimeTensor, runSamples, type Session } from "./runtime.js";
import type { Samples } from "./samples.js";

/** An output of the pruned model against that of the model before. */
export interface OutputError {
  /** Of the output. */
  readonly name: string;
  /** ‖y′ − y‖² / ‖y‖² over all samples, or what `by` says; 0 where both are equal. */
  readonly relativeError: number;
  /**
   * "agreement": of what is no floating-point number, the share that differs. "rows": of outputs whose number of rows
   * depends on the data, the same as sets of rows; a row without partner counts whole.
   */
  readonly by?: "agreement" | "rows";
}

/** What two files give on the same samples. */
export interface Compared {
  /** Those that can be compared. */
  readonly outputs: readonly OutputError[];
  /** The others, where there are any. */
  readonly uncompared?: readonly UncomparedOutput[];
  /**
   * With labels: shares of the samples that are right, by the largest value of the first output of as many numbers as
   * there are classes, or by the first of one whole number a sample.
   */
  readonly accuracy?: {
    readonly before: number;
    readonly after: number;
    /** That it is of. */
    readonly samples: number;
    /** Whether the model was not pruned by them. */
    readonly heldBack: boolean;
  };
}

/** The pruned model does not run where the model before does: it is off by more than any bound. */
export class PrunedModelError extends FormatError {}

/**
 * Runs two models of the same inputs and outputs on the same samples, one run after the other: outputs of no more than
 * one run are in memory.
 *
 * @param runtime  that runs them
 * @param files  before and after
 * @param of  the outputs to compare, as all samples showed them
 * @param samples  to run them on
 * @param labels  one a sample, or none
 * @param tell  called after each run with runs done and in all; may throw
 * @throws {FormatError} a `PrunedModelError` when the second alone cannot be run
 */
export async function compareModels(
  runtime: Runtime,
  files: readonly [Uint8Array, Uint8Array],
  of: ModelOutputs,
  samples: Samples,
  labels?: Uint16Array,
  tell?: (done: number, total: number) => void,
): Promise<Compared> {
  // Of outputs that were 0, whether they still are.
  const left = of.uncompared.filter(({ reason }) => reason !== ALL_ZERO);
  const sums = of.names
    .filter((name) => left.every((one) => one.name !== name))
    .map((name) => new OutputSums(name, of.varies(name)));
  const right = [0, 0];
  let judged = 0;
  const sessions: Session[] = [];
  try {
    for (const bytes of files) sessions.push(await openSession(runtime, bytes));
    for (let run = 0; run < samples.runs; run++) {
      const before = await runSamples(sessions[0], runtime, samples, run, of.names);
      const after = await runSamples(sessions[1], runtime, samples, run, of.names).catch((cause) => {
        throw new PrunedModelError(`the pruned model does not run: ${cause.message}`, { cause });
      });
      for (const sum of sums) sum.add(before[sum.name], after[sum.name]);
      const { first, taken } = samples.placeOf(run);
      if (samples.isJudged(run)) judged += taken;
      for (const [m, { [of.judged ?? ""]: output }] of [before, after].entries())
        if (labels && samples.isJudged(run))
          right[m] += rightOf(output, labels.subarray(first, first + taken)) ?? 0;
      tell?.(run + 1, samples.runs);
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  const [before, after] = right.map((count) => count / judged);
  const uncompared = [
    ...left,
    ...sums.flatMap(({ name, flaw }) => (flaw === undefined ? [] : [{ name, reason: flaw }])),
  ];
  return {
    outputs: sums.flatMap((sum) => (sum.flaw === undefined ? [sum.result] : [])),
    ...(uncompared.length > 0 ? { uncompared } : {}),
    ...(labels ? { accuracy: { before, after, samples: judged, heldBack: judged < samples.count } } : {}),
  };
}

/**
 * @param compared  of `compareModels`
 * @param of  the outputs that were compared
 * @param bound  of the error
 * @returns whether all outputs keep it, and none is out of bounds that could have been compared
 */
export const isWithin = ({ outputs, uncompared = [] }: Compared, of: ModelOutputs, bound: number): boolean =>
  outputs.every(({ relativeError }) => relativeError <= bound) &&
  uncompared.every((one) =>
    of.uncompared.some(({ name, reason }) => name === one.name && reason === one.reason),
  );

/** Sums of one output over the runs. */
class OutputSums {
  readonly name: string;
  #distance = 0;
  #energy = 0;
  #by: OutputError["by"];
  /** Other sizes than a number of rows. */
  #isMisfit = false;

  constructor(name: string, varies: boolean) {
    this.name = name;
    if (varies) this.#by = "rows";
  }

  add(before: RuntimeTensor, after: RuntimeTensor): void {
    const [a, b] = [before, after].map((tensor) => ({ values: valuesOf(tensor), dims: tensor.dims }));
    const floats = isFloat(before);
    if (this.#by === "rows" || a.dims.join() !== b.dims.join()) {
      this.#by = "rows";
      const own = rowDistance(a, b, floats);
      if (own) this.#sum(own);
      else this.#isMisfit = true;
    } else if (floats) this.#sum(distancesOf(a.values as Float32Array, b.values as Float32Array));
    else {
      this.#by = "agreement";
      this.#sum({ distance: differing(a.values, b.values), energy: a.values.length });
    }
  }

  #sum({ distance, energy }: { distance: number; energy: number }): void {
    this.#distance += distance;
    this.#energy += energy;
  }

  /** Why there is no error to tell. */
  get flaw(): string | undefined {
    if (this.#isMisfit) return "of other sizes after pruning";
    if (this.#energy === 0) return this.#distance === 0 ? ALL_ZERO : "0 before pruning, and not after";
    return Number.isFinite(this.result.relativeError) ? undefined : "not finite after pruning";
  }

  get result(): OutputError {
    const relativeError = this.#distance === 0 ? 0 : this.#distance / this.#energy;
    return { name: this.name, relativeError, ...(this.#by ? { by: this.#by } : {}) };
  }
}

/** How many elements differ. */
function differing(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}
