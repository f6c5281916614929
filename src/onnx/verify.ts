/** Whether a pruned file does what it should: run again beside the model it was made from. */
import { relativeDistance } from "../prune/output-error.js";
import { openSession, type Runtime } from "./runtime.js";
import type { Samples } from "./samples.js";

/** An output of the pruned model against that of the model before. */
export interface OutputError {
  readonly name: string;
  /** ‖y′ − y‖² / ‖y‖² over all samples; 0 where both are equal. */
  readonly relativeError: number;
}

/** What two files give on the same samples. */
export interface Compared {
  readonly outputs: readonly OutputError[];
  /** With labels: shares of the samples whose largest value of the first output is at their label. */
  readonly accuracy?: { readonly before: number; readonly after: number };
}

/**
 * Runs two models of the same inputs and outputs on the same samples.
 *
 * @param runtime  that runs them
 * @param before  a file
 * @param after  another
 * @param names  of the outputs to compare; those that are no floating-point numbers are left out
 * @param samples  to run them on
 * @param labels  one a sample, or none
 */
export async function compareModels(
  runtime: Runtime,
  [before, after]: readonly [Uint8Array, Uint8Array],
  names: readonly string[],
  samples: Samples,
  labels: Uint8Array | undefined,
): Promise<Compared> {
  const outputs = [
    await outputsOf(runtime, before, names, samples),
    await outputsOf(runtime, after, names, samples),
  ];
  const [first] = names;
  const shareRight = (values: Float32Array) => {
    const classes = values.length / samples.count;
    const right = (labels as Uint8Array).filter((label, i) => {
      const own = values.subarray(i * classes, (i + 1) * classes);
      return own.indexOf(Math.max(...own)) === label;
    });
    return right.length / samples.count;
  };
  const [old, own] = outputs.map((all) => all.get(first) ?? new Float32Array(0));
  return {
    outputs: [...outputs[0]].map(([name, values]) => ({
      name,
      relativeError: relativeDistance(values, outputs[1].get(name) as Float32Array),
    })),
    ...(labels ? { accuracy: { before: shareRight(old), after: shareRight(own) } } : {}),
  };
}

/** All values of each floating-point output over all samples. */
async function outputsOf(
  runtime: Runtime,
  bytes: Uint8Array,
  names: readonly string[],
  samples: Samples,
): Promise<Map<string, Float32Array>> {
  const session = await openSession(runtime, bytes);
  const parts = new Map<string, Float32Array[]>();
  try {
    for (let run = 0; run < samples.runs; run++) {
      const outputs = await session.run(samples.feeds(runtime, run), names);
      for (const name of names) {
        const { data, type } = outputs[name];
        if (type !== "float32" && type !== "float64") continue;
        const values = Float32Array.from(data as ArrayLike<number>);
        parts.set(name, [...(parts.get(name) ?? []), values]);
      }
    }
  } finally {
    await session.release();
  }
  return new Map([...parts].map(([name, all]) => [name, joined(all)]));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
