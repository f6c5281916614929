/** What a worker of the reproductions does: some experiments, one after the other, that share what they train. */
import { openSync } from "../open.js";
import type { Program } from "../runtime/serve.js";
import type { Context, Outcome } from "./contract.js";
import { EXPERIMENTS } from "./experiments.js";
import { contextIn } from "./mnist-nets.js";

/** An experiment that has been run. */
export interface Run {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
}

export type Effort = Pick<Context, "seeds" | "isQuick" | "workers">;

/** What is the same each time. */
export type Lasting = Pick<Run, "name"> & { readonly outcome: Omit<Outcome, "secondsOf"> };

/** Takes names of experiments, reports each when it is done, and gives what is the same each time. */
export const program: Program<Effort, readonly string[], readonly Lasting[], Run> =
  (effort) => async (names, hooks) => {
    using core = openSync();
    const context = contextIn(core, effort);
    const results: Lasting[] = [];
    for (const name of names) {
      const started = performance.now();
      const outcome = (await EXPERIMENTS.find((experiment) => experiment.name === name)?.run(
        context,
      )) as Outcome;
      const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
      hooks.onProgress?.({ name, outcome, seconds });
      const { secondsOf: _, ...lasting } = outcome;
      results.push({ name, outcome: lasting });
    }
    return results;
  };

/**
 * Experiments that share what they train belong together; each group is a task.
 *
 * @param experiments  in their order
 * @returns groups of names, in the order of their first experiments
 */
export function groupsOf(
  experiments: readonly { readonly name: string; readonly shares?: string }[],
): string[][] {
  const groups = new Map<string, string[]>();
  for (const { name, shares } of experiments) {
    const key = shares ?? `alone: ${name}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}
