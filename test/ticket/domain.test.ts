import { expect, test } from "vitest";
import { ArgumentRangeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { type Domain, randomInputs } from "../../src/ticket/domain.js";

test("random inputs are in their domain, fill it, and differ by seed and draw", () => {
  using core = openSync();
  const box: Domain = { kind: "box", low: -0.5, high: 2 };
  const some = randomInputs(core, box, 7, 500, 3);
  expect(some.length).toBe(3500);
  expect(Math.min(...some)).toBeGreaterThanOrEqual(-0.5);
  expect(Math.max(...some)).toBeLessThanOrEqual(2);
  expect(Math.min(...some)).toBeLessThan(-0.49);
  expect(Math.max(...some)).toBeGreaterThan(1.99);
  expect(randomInputs(core, box, 7, 500, 3)).toEqual(some);
  expect(randomInputs(core, box, 7, 500, 4)).not.toEqual(some);
  expect(randomInputs(core, box, 7, 500, 3, 1)).not.toEqual(some);
  expect(randomInputs(core, box, 7, 0)).toEqual(new Float32Array(0));

  const inBall = randomInputs(core, { kind: "ball", radius: 3 }, 4, 500);
  const norms = Array.from({ length: 500 }, (_, s) =>
    Math.sqrt(inBall.subarray(4 * s, 4 * s + 4).reduce((sum, value) => sum + value * value, 0)),
  );
  expect(Math.max(...norms)).toBeLessThanOrEqual(3 * (1 + 2 ** -22));
  expect(Math.max(...norms)).toBeGreaterThan(2.9);
});

test("random inputs of no domain are refused", () => {
  using core = openSync();
  const box: Domain = { kind: "box", low: 0, high: 1 };
  expect(() => randomInputs(core, { kind: "box", low: 1, high: 0 }, 2, 3)).toThrow(ArgumentRangeError);
  expect(() => randomInputs(core, box, 0, 3)).toThrow(ArgumentRangeError);
  expect(() => randomInputs(core, box, 2, -1)).toThrow(ArgumentRangeError);
  expect(() => randomInputs(core, box, 2, 1, 0.5)).toThrow(ArgumentRangeError);
});
