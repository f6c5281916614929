import { expect, test } from "vitest";
import type { LayerTraces } from "../../src/prune/contract.js";
import { zerosByLoss } from "../../src/prune/loss-curves.js";

const layer = (losses: readonly number[], energy: number, unit = 1) => ({
  traces: { lossAt: (zeros: number) => losses[zeros] } as LayerTraces,
  energy,
  weights: losses.length - 1,
  unit,
});

test("is the best division where the curves are convex", () => {
  const curves = [
    layer([0, 1, 3, 7, 15], 10),
    layer([0, 0.5, 1.5, 4, 9], 2),
    layer([0, 0, 0, 1, 30], 1),
  ];
  for (let zeros = 0; zeros <= 12; zeros++) {
    let least = Infinity;
    for (let a = 0; a <= 4; a++) {
      for (let b = 0; b <= 4; b++) {
        const c = zeros - a - b;
        if (c < 0 || c > 4) continue;
        const cost = [a, b, c].reduce((sum, z, l) => sum + curves[l].traces.lossAt(z) / curves[l].energy, 0);
        least = Math.min(least, cost);
      }
    }
    const given = zerosByLoss(curves, zeros);
    expect(given.reduce((sum, z) => sum + z)).toBe(zeros);
    const cost = given.reduce((sum, z, l) => sum + curves[l].traces.lossAt(z) / curves[l].energy, 0);
    expect(cost).toBeCloseTo(least, 12);
  }
});

test("gives whole units, and layers without output what they can take", () => {
  expect(zerosByLoss([layer([0, 0, 1, 1, 3], 1, 2), layer([0, 0, 2, 2, 4], 1, 2)], 6)).toEqual([4, 2]);
  expect(zerosByLoss([layer([0, 0, 0], 0), layer([0, 1, 2], 1)], 3)).toEqual([2, 1]);
});
