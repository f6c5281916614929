import fc from "fast-check";
import { expect, test } from "vitest";
import { largestOf, scaleFor, scaleForSquares } from "../../src/linalg/scale.js";

test("ordinary numbers stay as they are; what has no magnitude does too", () => {
  for (const largest of [2 ** -20, 1e-5, 1, 255, 2 ** 20, 0, Infinity, Number.NaN])
    expect(scaleFor(largest)).toBe(1);
});

test("brings every other number from 1 to 2, by a power of two", () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -500, max: 2 ** 500, noNaN: true }), (largest) => {
      const scale = scaleFor(largest);
      expect(Number.isInteger(Math.log2(scale))).toBe(true);
      if (scale === 1) expect(Math.abs(Math.log2(largest))).toBeLessThanOrEqual(20);
      else {
        expect(largest * scale).toBeGreaterThanOrEqual(1);
        expect(largest * scale).toBeLessThan(2);
        expect((largest * scale) / scale).toBe(largest);
      }
      expect(scaleForSquares(largest * largest)).toBe(scaleFor(largest) ** 2);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("the largest magnitude, whatever is not a number", () => {
  expect(largestOf(Float32Array.of(1, -3, Number.NaN, 2))).toBe(3);
  expect(largestOf(Float32Array.of(1, Number.NEGATIVE_INFINITY))).toBe(Infinity);
  expect(largestOf(new Float64Array(0))).toBe(0);
});
