import { expect, test } from "vitest";
import { packDigits, unpackDigits } from "../../src/demo/digits.js";
import type { Samples } from "../../src/index.js";

const part = (count: number, from: number) => ({
  labels: Uint8Array.from({ length: count }, (_, i) => (from + i) % 10),
  inputs: Uint8Array.from({ length: 784 * count }, (_, i) => (from + 7 * i) % 256),
});

test.each([
  [3, 2, 1],
  [1, 0, 0],
  [0, 0, 4],
])("%i, %i and %i digits come back as they were", (train, validation, test) => {
  const samples: Samples<Uint8Array> = {
    ...{ features: 784, classes: 10 },
    ...{ train: part(train, 1), validation: part(validation, 2), test: part(test, 3) },
  };
  expect(unpackDigits(packDigits(samples))).toEqual(samples);
});
