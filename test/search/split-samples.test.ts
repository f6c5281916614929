import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { splitSamples } from "../../src/search/split-samples.js";

const core = openSync();
const COUNT = 120;
/** Sorted by class, as files often are; the first number of a sample tells it from all others. */
const samples = {
  inputs: Float32Array.from({ length: 2 * COUNT }, (_, i) => (i % 2 === 0 ? i / 2 : -1)),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => Math.floor(i / 40)),
};
const shape = { features: 2, classes: 3 };
const numbersOf = ({ inputs }: { inputs: ArrayLike<number> }) =>
  Array.from(inputs).filter((_, i) => i % 2 === 0);

test("every sample is in one part, with its label, and every part has all classes", () => {
  const { train, validation, test: held, features, classes } = splitSamples(core, samples, shape);
  expect([train, validation, held].map(({ labels }) => labels.length)).toEqual([96, 12, 12]);
  expect({ features, classes }).toEqual(shape);
  const all = [train, validation, held].flatMap(numbersOf);
  expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  for (const part of [train, validation, held]) {
    expect([...part.labels]).toEqual(numbersOf(part).map((number) => samples.labels[number]));
    expect(new Set(part.labels).size).toBe(3);
  }
  expect(new Set(train.labels.subarray(0, 20)).size).toBe(3);
});

test("shares are rounded and at least one sample; the seed gives the order", () => {
  const sizes = (validation: number, held: number) => {
    const split = splitSamples(core, samples, { ...shape, validation, test: held });
    return [split.train, split.validation, split.test].map(({ labels }) => labels.length);
  };
  expect(sizes(0.25, 0.5)).toEqual([30, 30, 60]);
  expect(sizes(0, 0.004)).toEqual([118, 1, 1]);
  const train = (seed: number) => numbersOf(splitSamples(core, samples, { ...shape, seed }).train);
  expect(train(7)).toEqual(train(7));
  expect(train(7)).not.toEqual(train(8));
  expect(() => splitSamples(core, samples, { ...shape, validation: 0.5, test: 0.5 })).toThrow(
    '"samples" expected more than the 120 that are held back, got 120',
  );
});

test("parts that are given are taken as they are", () => {
  const own = { inputs: Float32Array.of(5, 6), labels: Uint8Array.of(2) };
  const split = splitSamples(core, samples, { ...shape, validation: own, test: 0.1 });
  expect(split.validation).toBe(own);
  expect(split.train.labels.length).toBe(108);
  const wrong = { ...own, labels: Uint8Array.of(3) };
  expect(() => splitSamples(core, samples, { ...shape, test: wrong })).toThrow(
    '"options.test.labels" expected classes below 3, got 3 at index 0',
  );
});
