import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { exponentialKept } from "../../src/schedule/exponential.js";

test.each([
  [266_200, 2662, 100],
  [1000, 1, 7],
  [10, 10, 3],
  [50, 0, 4],
  [0, 0, 2],
  [7, 3, 1],
])("from %i to %i in %i rounds: equal ratios, to the nearest whole number", (from, to, rounds) => {
  using core = openSync();
  let before = from;
  for (let round = 1; round <= rounds; round++) {
    const kept = exponentialKept(core, from, to, round, rounds);
    const exact = from === 0 ? 0 : from * (to / from) ** (round / rounds);
    expect(Math.abs(kept - exact)).toBeLessThanOrEqual(0.5 + 1e-6 * exact);
    expect(kept).toBeLessThanOrEqual(before);
    before = kept;
  }
  expect(before).toBe(to);
});
