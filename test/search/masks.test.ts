import { expect, test } from "vitest";
import { batchNorm, conv, dense, pool } from "../../src/net/description.js";
import {
  bitsOf,
  countKept,
  fullMasks,
  keptAfter,
  layersOf,
  maskedParameters,
} from "../../src/search/masks.js";

test("layers are named fc1, fc2, …, output", () => {
  expect(layersOf([784, 300, 100, 10])).toEqual([
    { name: "fc1", rows: 300, columns: 784 },
    { name: "fc2", rows: 100, columns: 300 },
    { name: "output", rows: 10, columns: 100 },
  ]);
  expect(layersOf([4, 2]).map(({ name }) => name)).toEqual(["output"]);
});

test("convolutions are named conv1, conv2, …, and have the columns of their patches", () => {
  const layers = [conv(4, { kernel: 5 }), batchNorm(), pool("max"), conv(6), dense(9), dense(3)];
  expect(layersOf({ input: [2, 8, 6], layers })).toEqual([
    { name: "conv1", rows: 4, columns: 50, kernel: [5, 5] },
    { name: "conv2", rows: 6, columns: 36, kernel: [3, 3] },
    { name: "fc1", rows: 9, columns: 6 * 4 * 3 },
    { name: "output", rows: 3, columns: 9 },
  ]);
});

test.each([1, 31, 32, 33, 64, 65])(
  "a full mask of %i columns keeps all weights and no padding",
  (columns) => {
    const [words] = fullMasks([columns, 3]);
    expect(words.length).toBe(3 * Math.ceil(columns / 32));
    expect(countKept(words)).toBe(3 * columns);
    expect(bitsOf(words, { name: "", rows: 3, columns })).toEqual(new Uint8Array(3 * columns).fill(1));
  },
);

test("column j of a row is bit j & 31 of its word j >> 5", () => {
  const words = Uint32Array.of(1 << 31, 0b10, 0, 0b01);
  const kept = [...bitsOf(words, { name: "", rows: 2, columns: 34 })].flatMap((bit, at) => (bit ? [at] : []));
  expect(kept).toEqual([31, 33, 34 + 32]);
  expect(countKept(words)).toBe(3);
});

test("every round prunes its share of what is left, to the nearest weight", () => {
  expect(keptAfter([784, 300, 100, 10], [0.2, 0.2, 0.1], 0)).toEqual([235_200, 30_000, 1000]);
  expect(keptAfter([784, 300, 100, 10], [0.2, 0.2, 0.1], 2)).toEqual([150_528, 19_200, 810]);
  expect(keptAfter([3, 1], [0.5], 2)).toEqual([1 - Math.round(0.5)]);
});

test("pruned parameters are +0, biases stay", () => {
  const weights = Float32Array.of(-1, 2, -3, 4);
  const bias = Float32Array.of(5, -6);
  const averages = Float32Array.of(7);
  const masked = maskedParameters([weights, bias, averages], [Uint32Array.of(0b10, 0b01)], [2, 2]);
  const [pruned, sameBias, ...others] = masked;
  expect(others).toEqual([averages]);
  expect([...pruned]).toEqual([0, 2, -3, 0]);
  expect(sameBias).toEqual(bias);
  expect(weights[0]).toBe(-1);
});
