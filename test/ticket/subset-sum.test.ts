import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { poolSize, subsetSumBlock } from "../../src/ticket/subset-sum.js";
import { Random } from "../harness/random.js";
import { checkBlock, checkOutputs, checkTicket, randomTarget } from "./blocks.js";

const common = { seed: 3, layer: 0, workers: 0 };

describe.each([true, false])("inputs never below 0: %s", (nonNegative) => {
  test.each(["nearest", "any", "fewest"] as const)("%s: every sum is within epsilon", async (objective) => {
    using core = openSync();
    for (const [rows, columns] of [
      [1, 1],
      [7, 5],
      [20, 33],
    ]) {
      const target = randomTarget(new Random(rows), rows, columns, 0.4, 2);
      const epsilon = 0.01;
      const block = await subsetSumBlock(core, target, { ...common, epsilon, nonNegative, objective });
      checkBlock(target, block, epsilon, nonNegative, true);
      checkOutputs(core, target, block, epsilon, nonNegative ? 0 : -1);
      expect(block.failures).toBe(0);
      // Each input and sign has its 21 neurons, a few unlucky ones more; half of those drawn have the other sign.
      expect(block.inner.rows).toBeLessThanOrEqual(2 * 21 * (nonNegative ? columns + 1 : 2 * columns + 1));
      for (let h = 0; h < block.inner.rows; h++) {
        expect(block.inner.rowStarts[h + 1] - block.inner.rowStarts[h]).toBe(
          block.inner.bias[h] === 0 ? 1 : 0,
        );
      }
    }
  });
});

test("fewest keeps fewer than any, any fewer than nearest; nearest is nearest", async () => {
  using core = openSync();
  const target = randomTarget(new Random(2), 30, 20, 0.1);
  const blocks = await Promise.all(
    (["fewest", "any", "nearest"] as const).map((objective) =>
      subsetSumBlock(core, target, { ...common, epsilon: 0.01, nonNegative: true, objective }),
    ),
  );
  const kept = blocks.map(({ outer }) => outer.values.length);
  expect(kept[0]).toBeLessThan(kept[1]);
  expect(kept[1]).toBeLessThan(kept[2]);
  const mean = blocks.map(({ residuals }) => residuals.weights.reduce((sum, r) => sum + r, 0) / 600);
  expect(mean[2]).toBeLessThan(1e-4);
  expect(mean[0]).toBeGreaterThan(1e-3);
});

test("the same seed gives the same block, with workers or without; another seed or layer another one", async () => {
  using core = openSync();
  const target = randomTarget(new Random(4), 9, 6, 0.5);
  const build = (options: object) =>
    subsetSumBlock(core, target, { ...common, epsilon: 1e-3, nonNegative: false, ...options });
  const block = await build({});
  expect(await build({})).toEqual(block);
  expect(await build({ seed: 4 })).not.toEqual(block);
  expect(await build({ layer: 1 })).not.toEqual(block);
});

test("pools that are too small: more neurons for the unlucky, then the nearest sum, counted", async () => {
  using core = openSync();
  const target = randomTarget(new Random(5), 12, 8, 1);
  const options = { ...common, epsilon: 1e-3, nonNegative: true };
  const small = await subsetSumBlock(core, target, { ...options, pool: 5 });
  checkBlock(target, small, 1e-3, true, true);
  expect(small.failures).toBeGreaterThan(0);
  // All inputs had four rounds of 5, the biases too; half of what is drawn has the wrong sign.
  expect(small.neurons).toBeGreaterThan(4 * 5 * 9);
  const large = await subsetSumBlock(core, target, { ...options, pool: 18 });
  expect(large.failures).toBe(0);
  expect(large.neurons / 9).toBeGreaterThan(2 * 17);
});

test("a whole net: outputs stay within what the residuals add up to", async () => {
  using core = openSync();
  const random = new Random(6);
  const targets = [
    randomTarget(random, 8, 5, 0.5),
    randomTarget(random, 6, 8, 0.5),
    randomTarget(random, 3, 6, 0.5),
  ].map((target, l) => ({ ...target, relu: l < 2 }));
  const blocks = [];
  for (const [l, target] of targets.entries()) {
    const options = { ...common, epsilon: 0.01, nonNegative: l > 0, layer: l, objective: "fewest" } as const;
    blocks.push(await subsetSumBlock(core, target, options));
  }
  checkTicket(core, targets, blocks);
});

test("layers without rows, columns or weights", async () => {
  using core = openSync();
  for (const [rows, columns] of [
    [0, 3],
    [3, 0],
    [2, 2],
  ]) {
    const target = {
      rows,
      columns,
      weights: new Float32Array(rows * columns),
      bias: new Float32Array(rows),
      relu: true,
    };
    const block = await subsetSumBlock(core, target, { ...common, epsilon: 0.1, nonNegative: false });
    expect([block.inner.rows, block.outer.rows, block.failures]).toEqual([0, rows, 0]);
  }
});

test("pools are as large as the published experiment's, at most 21", () => {
  expect([0.1, 0.01, 1e-3, 1e-9, 0.9].map(poolSize)).toEqual([9, 21, 21, 21, 1]);
});

test.each<[object, string]>([
  [{ epsilon: 0 }, "epsilon"],
  [{ epsilon: 0.1, pool: 25 }, "pool"],
  [{ epsilon: 0.1, objective: "best" }, "objective"],
  [{ epsilon: 0.1, layer: 128 }, "layer"],
  [{ epsilon: 0.1, seed: -1 }, "seed"],
  [{ epsilon: 0.1, colour: 1 }, "colour"],
])("refuses %j", async (options, message) => {
  using core = openSync();
  const target = randomTarget(new Random(1), 2, 2);
  const given = { ...common, nonNegative: true, ...options } as never;
  await expect(subsetSumBlock(core, target, given)).rejects.toThrow(message);
});
