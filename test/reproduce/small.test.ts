import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import type { Context } from "../../src/reproduce/contract.js";
import { monks } from "../../src/reproduce/monks.js";
import { MONKS, monkSamples } from "../../src/reproduce/monks-data.js";
import { xnor, xor } from "../../src/reproduce/xor.js";

test("MONK's problems have the published numbers of points, positives and flipped labels", () => {
  const counts = MONKS.map((monk) => {
    const { train, test: all } = monkSamples(monk);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    return [train.targets.length, sum(train.targets), all.targets.length, sum(all.targets)];
  });
  expect(counts).toEqual([
    [124, 62, 432, 216],
    [169, 64, 432, 142],
    [122, 60, 432, 228],
  ]);
  expect(MONKS.map(({ flipped }) => flipped.length)).toEqual([0, 0, 6]);
});

test.each([monks[2], xor, xnor])("$result: holds", async ({ run }) => {
  using core = openSync();
  const { measured, holds } = await run({ core } as Context);
  expect(holds, measured).toBe(true);
});
