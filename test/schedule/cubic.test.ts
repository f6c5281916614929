import { expect, test } from "vitest";
import { cubicKept } from "../../src/schedule/cubic.js";

test.each([
  [266_200, 2662, 100],
  [1000, 1, 7],
  [10, 10, 3],
  [50, 0, 4],
  [0, 0, 2],
  [7, 3, 1],
])(
  "from %i to %i in %i rounds: never more, less and less at a time, exact at both ends",
  (from, to, rounds) => {
    const kept = Array.from({ length: rounds + 1 }, (_, round) => cubicKept(from, to, round, rounds));
    expect([kept[0], kept[rounds]]).toEqual([from, to]);
    for (let round = 1; round <= rounds; round++) {
      const exact = to + (from - to) * (1 - round / rounds) ** 3;
      expect(Math.abs(kept[round] - exact)).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(kept[round]).toBeLessThanOrEqual(kept[round - 1]);
    }
  },
);
