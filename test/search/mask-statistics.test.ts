import { describe, expect, test } from "vitest";
import { compareMasks, maskPaths, signAgreement } from "../../src/search/mask-statistics.js";
import { bitsOf, fullMasks, layersOf } from "../../src/search/masks.js";
import { Random } from "../harness/random.js";

/** Words of a mask from its bits, rows × columns. */
function wordsOf(bits: readonly number[], columns: number): Uint32Array {
  const stride = Math.ceil(columns / 32);
  const words = new Uint32Array((bits.length / columns) * stride);
  for (const [at, bit] of bits.entries()) {
    const [i, j] = [Math.floor(at / columns), at % columns];
    if (bit) words[i * stride + (j >>> 5)] |= 1 << (j & 31);
  }
  return words;
}

function randomMasks(random: Random, sizes: readonly number[], density: number): Uint32Array[] {
  return layersOf(sizes).map(({ rows, columns }) =>
    wordsOf(
      Array.from({ length: rows * columns }, () => (random.below(1000) < 1000 * density ? 1 : 0)),
      columns,
    ),
  );
}

describe("two masks", () => {
  test("by hand: overlap, IoU, chance, Hamming", () => {
    const a = [wordsOf([1, 1, 0, 0, 1, 0], 3), wordsOf([1, 0], 2)];
    const b = [wordsOf([1, 0, 1, 0, 1, 1], 3), wordsOf([0, 1], 2)];
    const { layers, total } = compareMasks(a, b, [3, 2, 1]);
    expect(layers[0]).toEqual({
      name: "fc1",
      size: 6,
      kept: [3, 4],
      both: 2,
      overlap: 2 / 6,
      chance: 12 / 36,
      iou: 2 / 5,
      chanceIou: 2 / 5,
      hamming: 3,
    });
    expect(layers[1]).toMatchObject({ both: 0, overlap: 0, chance: 1 / 4, iou: 0, hamming: 2 });
    expect(total).toMatchObject({ size: 8, kept: [4, 5], both: 2, iou: 2 / 7, chance: 2.5 / 8, hamming: 5 });
  });

  test("equal, disjoint and empty ones are at the ends of the scale", () => {
    const sizes = [33, 2];
    const full = fullMasks(sizes);
    const none = full.map((words) => words.map(() => 0));
    expect(compareMasks(full, full, sizes).total).toMatchObject({
      iou: 1,
      chance: 1,
      chanceIou: 1,
      hamming: 0,
    });
    expect(compareMasks(full, none, sizes).total).toMatchObject({
      iou: 0,
      chance: 0,
      chanceIou: 0,
      hamming: 66,
    });
    expect(compareMasks(none, none, sizes).total).toMatchObject({ iou: 1, chanceIou: 1, hamming: 0 });
  });

  test("independent ones agree as chance says", () => {
    const random = new Random(3);
    const sizes = [300, 100, 10];
    const { layers } = compareMasks(randomMasks(random, sizes, 0.2), randomMasks(random, sizes, 0.3), sizes);
    for (const { overlap, chance, size } of layers) {
      expect(Math.abs(overlap - chance)).toBeLessThan(4 * Math.sqrt(chance / size));
    }
  });

  test("refuse what does not fit the sizes", () => {
    const full = fullMasks([3, 2, 1]);
    expect(() => compareMasks(full, full.slice(1), [3, 2, 1])).toThrow('"b" expected an array of 2, got 1');
    expect(() => maskPaths(full, [3, 2, 2])).toThrow('"masks[1]" expected 2 values (2 × 1), got 1');
  });
});

describe("paths", () => {
  test("of a full network are the product of its sizes", () => {
    const sizes = [7, 5, 3, 2];
    expect(maskPaths(fullMasks(sizes), sizes)).toMatchObject({
      paths: 210,
      density: 1,
      effectiveDensity: 1,
      deadInputs: 0,
      isCollapsed: false,
    });
  });

  test("by hand: a neuron without inputs or without outputs is dead, and its weights have no effect", () => {
    // Neuron 0: in and out; neuron 1: in but not out; neuron 2: out but not in.
    const masks = [wordsOf([1, 0, 0, 1, 0, 0], 2), wordsOf([1, 0, 1], 3)];
    const found = maskPaths(masks, [2, 3, 1]);
    expect(found).toMatchObject({ paths: 1, density: 4 / 9, effectiveDensity: 2 / 9, deadInputs: 1 });
    expect(found.layers).toEqual([
      { name: "fc1", size: 6, kept: 2, effective: 1, deadNeurons: 2 },
      { name: "output", size: 3, kept: 2, effective: 1, deadNeurons: 0 },
    ]);
    expect(found.isCollapsed).toBe(false);
  });

  test("an empty layer cuts all", () => {
    const sizes = [4, 3, 2];
    const masks = fullMasks(sizes);
    masks[1].fill(0);
    expect(maskPaths(masks, sizes)).toMatchObject({
      paths: 0,
      effectiveDensity: 0,
      deadInputs: 4,
      isCollapsed: true,
    });
  });

  test("agree with walking them one by one", () => {
    const random = new Random(5);
    for (const density of [0.1, 0.3, 0.6]) {
      const sizes = [5, 4, 6, 3];
      const masks = randomMasks(random, sizes, density);
      const bits = layersOf(sizes).map((layer, l) => bitsOf(masks[l], layer));
      const used = bits.map((all) => all.map(() => 0));
      let paths = 0;
      const walk = (l: number, j: number, taken: number[]) => {
        if (l === bits.length) {
          paths++;
          for (const [k, at] of taken.entries()) used[k][at] = 1;
          return;
        }
        for (let i = 0; i < sizes[l + 1]; i++) {
          const at = i * sizes[l] + j;
          if (bits[l][at]) walk(l + 1, i, [...taken, at]);
        }
      };
      for (let j = 0; j < sizes[0]; j++) walk(0, j, []);
      const found = maskPaths(masks, sizes);
      expect(found.paths).toBe(paths);
      const effective = used.map((all) => all.reduce((sum, one) => sum + one, 0));
      expect(found.layers.map((layer) => layer.effective)).toEqual(effective);
    }
  });
});

test("signs agree among the kept weights; 0 is a sign of its own", () => {
  const [a, b] = [Float32Array.of(1, -2, 0, 3, -1), Float32Array.of(5, 2, 0, -1, -7)];
  expect(signAgreement(a, b)).toBe(3 / 5);
  expect(signAgreement(a, b, Uint8Array.of(1, 1, 0, 0, 0))).toBe(1 / 2);
  expect(signAgreement(a, b, new Uint8Array(5))).toBe(1);
  expect(() => signAgreement(a, b.subarray(1))).toThrow('"b" expected 5 values');
});
