/** Whether a pruned file does what it should: run again beside the model it was made from. */
import { distancesOf } from "../prune/output-error.js";
import { floatsOf, openSession, type Runtime, type RuntimeTensor, type Session } from "./runtime.js";
import type { Samples } from "./samples.js";

/** An output of the pruned model against that of the model before. */
export interface OutputError {
  /** Of the output. */
  readonly name: string;
  /** ‖y′ − y‖² / ‖y‖² over all samples; 0 where both are equal. */
  readonly relativeError: number;
}

/** What two files give on the same samples. */
export interface Compared {
  /** Those that are floating-point numbers. */
  readonly outputs: readonly OutputError[];
  /** With labels: shares of the samples whose largest value of the first output is at their label. */
  readonly accuracy?: { readonly before: number; readonly after: number };
}

/**
 * Runs two models of the same inputs and outputs on the same samples, one run after the other: outputs of no more than
 * one run are in memory.
 *
 * @param runtime  that runs them
 * @param files  before and after
 * @param names  of the outputs to compare; those that are no floating-point numbers are left out
 * @param samples  to run them on
 * @param labels  one a sample, or none
 * @param tell  called after each run with runs done and in all; may throw
 */
export async function compareModels(
  runtime: Runtime,
  files: readonly [Uint8Array, Uint8Array],
  names: readonly string[],
  samples: Samples,
  labels?: Uint8Array,
  tell?: (done: number, total: number) => void,
): Promise<Compared> {
  const sums = new Map<string, { distance: number; energy: number }>();
  const right = [0, 0];
  const sessions: Session[] = [];
  try {
    for (const bytes of files) sessions.push(await openSession(runtime, bytes));
    for (let run = 0; run < samples.runs; run++) {
      const feeds = samples.feeds(runtime, run);
      const [before, after] = [await sessions[0].run(feeds, names), await sessions[1].run(feeds, names)];
      for (const name of names) {
        if (!isFloat(before[name])) continue;
        const { distance, energy } = sums.get(name) ?? { distance: 0, energy: 0 };
        const own = distancesOf(floatsOf(before[name]), floatsOf(after[name]));
        sums.set(name, { distance: distance + own.distance, energy: energy + own.energy });
      }
      const own = labels?.subarray(run * samples.batch, (run + 1) * samples.batch);
      if (own)
        for (const [m, outputs] of [before, after].entries()) right[m] += rightOf(outputs[names[0]], own);
      tell?.(run + 1, samples.runs);
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  const outputs = [...sums].map(([name, { distance, energy }]) => {
    return { name, relativeError: distance === 0 ? 0 : distance / energy };
  });
  const [before, after] = right.map((count) => count / samples.count);
  return { outputs, ...(labels ? { accuracy: { before, after } } : {}) };
}

const isFloat = ({ type }: RuntimeTensor): boolean => ["float32", "float64", "float16"].includes(type);

/** How many samples have their largest value at their label. */
function rightOf(output: RuntimeTensor, labels: Uint8Array): number {
  const values = floatsOf(output);
  const classes = values.length / labels.length;
  let count = 0;
  for (const [i, label] of labels.entries()) {
    const own = values.subarray(i * classes, (i + 1) * classes);
    if (own.indexOf(own.reduce((most, value) => Math.max(most, value), -Infinity)) === label) count++;
  }
  return count;
}
