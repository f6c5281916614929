import { expect, test } from "vitest";
import { loadMnist } from "../../src/cli/mnist-files.js";
import { openSync } from "../../src/open.js";
import type { Context } from "../../src/reproduce/contract.js";
import { EXPERIMENTS } from "../../src/reproduce/experiments.js";
import type { Core } from "../../src/tensor/core.js";

test("names are short, in kebab case and each its own", () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test("every result is of a paper with a year, and says what was published", () => {
  for (const { paper, result, published } of EXPERIMENTS) {
    expect(paper).toMatch(/\b(19|20)\d\d\b/);
    expect(result.length).toBeGreaterThan(10);
    expect(published).not.toBe("");
  }
});

const mnist = loadMnist();
/** What fast experiments look at. */
const contextOf = (core: Core) =>
  ({ core, mnist, seeds: 1, isQuick: true, workers: 0 }) as unknown as Context;
const named = (...names: string[]) => EXPERIMENTS.filter(({ name }) => names.includes(name));

test.each(named("density-ladder", "synflow-conservation", "sparse-swaps", "swap-lemma"))(
  "$name holds, and is the same each time",
  async ({ run }) => {
    using core = openSync();
    const outcome = await run(contextOf(core));
    expect(outcome.holds, outcome.measured).toBe(true);
    using other = openSync();
    expect(await run(contextOf(other))).toEqual(outcome);
  },
);

test.each(named("sparsegpt-loss"))("$name holds, and tells its time apart", async ({ run }) => {
  using core = openSync();
  const { holds, measured, secondsOf } = await run(contextOf(core));
  expect(holds, measured).toBe(true);
  expect(secondsOf?.SparseGPT).toBeGreaterThanOrEqual(0);
  expect(measured).not.toMatch(/\ds? s\b/);
});

test.each(named("synflow-collapse"))(
  "$name: in rounds no layer is empty, in one round some is",
  async ({ run }) => {
    using core = openSync();
    const { holds, measured, tables } = await run(contextOf(core));
    expect(holds, measured).toBe(true);
    const [rounds, once] = tables?.[0].rows ?? [];
    expect(rounds).not.toContain(0);
    expect(once).toContain(0);
  },
);
