import { describe, expect, test } from "vitest";
import { globalZeros } from "../../src/budget/global.js";
import { ArgumentRangeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SHAPES = [
  [3, 33],
  [5, 32],
  [0, 4],
  [1, 1],
  [2, 70],
];
const TOTAL = SHAPES.reduce((sum, [rows, columns]) => sum + rows * columns, 0);

/** Layers with many equal scores, a quarter pruned already. */
function layersIn(core: Core, random: Random) {
  return SHAPES.map(([rows, columns]) => ({
    mask: core.mask(
      rows,
      columns,
      new Uint8Array(rows * columns).map(() => Number(random.below(4) > 0)),
    ),
    scores: core.matrix(rows, columns, random.uniform(rows * columns, -4, 4).map(Math.round)),
  }));
}

test("counts what sorting all weights counts, ties by layer and index", () => {
  using core = openSync();
  const random = new Random(1);
  for (let trial = 0; trial < 30; trial++) {
    using _scope = core.scope();
    const layers = layersIn(core, random);
    const kept = layers.flatMap(({ mask, scores }, l) => {
      const values = scores.toArray();
      return [...mask.toArray().entries()].flatMap(([i, bit]) => (bit ? [{ l, score: values[i] }] : []));
    });
    const before = layers.map(({ mask }) => mask.rows * mask.columns - mask.count);
    const order = kept.sort((a, b) => a.score - b.score);
    for (const more of [0, 1, 17, 100, kept.length]) {
      const want = [...before];
      for (const { l } of order.slice(0, more)) want[l]++;
      expect(globalZeros(layers, TOTAL - kept.length + more)).toEqual(want);
    }
    expect(globalZeros(layers, 0)).toEqual(before);
  }
});

test("of no layers is nothing", () => {
  expect(globalZeros([], 0)).toEqual([]);
});

describe("refuses", () => {
  test("NaN under a kept bit, naming where it is in its layer", () => {
    using core = openSync();
    const layers = layersIn(core, new Random(2));
    layers[1].mask.fill(1);
    layers[1].scores.view()[2 * 32 + 7] = Number.NaN;
    expect(() => globalZeros(layers, 200)).toThrow(NonFiniteError);
    expect(() => globalZeros(layers, 200)).toThrow("row 2, column 7");
  });

  test("other shapes, and more zeros than weights", () => {
    using core = openSync();
    const layers = layersIn(core, new Random(2));
    expect(() => globalZeros(layers, TOTAL + 1)).toThrow(ArgumentRangeError);
    expect(() => globalZeros([{ ...layers[0], scores: core.matrix(33, 3) }], 1)).toThrow(ShapeError);
  });
});
