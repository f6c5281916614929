import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { compareNeuronSelection } from "../../src/ticket/neurons.js";

describe("whole neurons and single weights side by side", () => {
  const options = { dimensions: [1, 2, 4, 8], epsilon: 0.1, neurons: 16, trials: 3, seed: 1 };

  test("more dimensions need more neurons, and whole neurons stop reaching first", () => {
    using core = openSync();
    const rows = compareNeuronSelection(core, options);
    expect(rows.map(({ dimension }) => dimension)).toEqual(options.dimensions);
    expect(rows.map(({ structuredDrawn }) => structuredDrawn)).toEqual([32, 64, 256, 4096]);
    const [first, , , last] = rows;
    expect(first.structured).toEqual(first.weightPruning);
    expect(first.structured.successRate).toBe(1);
    expect(last.structured.successRate).toBe(0);
    expect(last.structured.neededNeurons).toBeUndefined();
    expect(last.weightPruning.neededNeurons).toBeGreaterThan(16);
    expect(last.structured.weightError).toBeGreaterThan(0.1);
    for (let i = 1; i < 3; i++) {
      for (const way of ["structured", "weightPruning"] as const) {
        const [before, after] = [
          rows[i - 1][way].neededNeurons as number,
          rows[i][way].neededNeurons as number,
        ];
        expect(after).toBeGreaterThan(before);
      }
    }
    for (const row of rows) {
      expect(row.randomFeatures.weightError).toBeUndefined();
      expect(row.selectedFeatures.error).toBeLessThan(row.randomFeatures.error + 1e-9);
    }
    expect(last.randomFeatures.error).toBeGreaterThan(first.randomFeatures.error);
  });

  test("repeats, and refuses what does not fit", () => {
    using core = openSync();
    const few = { ...options, dimensions: [2], trials: 1 };
    expect(compareNeuronSelection(core, few)).toEqual(compareNeuronSelection(core, few));
    const refused = (change: object) => () => compareNeuronSelection(core, { ...few, ...change });
    for (const change of [
      { dimensions: [0] },
      { dimensions: [65] },
      { epsilon: -1 },
      { neurons: 0 },
      { neurons: 29 },
      { trials: 0 },
      { seed: -1 },
    ]) {
      expect(refused(change)).toThrow(ArgumentRangeError);
    }
    expect(refused({ dimensions: 3 })).toThrow(ArgumentTypeError);
    expect(compareNeuronSelection(core, { ...few, dimensions: [] })).toEqual([]);
  });
});
