import { expect, test } from "vitest";
import { cosineDecay } from "../../src/schedule/cosine.js";

test("falls as the cosine, to the last bits, and ends at 0", () => {
  let before = 1;
  for (let step = 0; step <= 1000; step++) {
    const value = cosineDecay(step, 1000);
    expect(Math.abs(value - (1 + Math.cos((Math.PI * step) / 1000)) / 2)).toBeLessThan(4e-16);
    expect(value).toBeLessThanOrEqual(before);
    before = value;
  }
  expect(cosineDecay(0, 7)).toBe(1);
  expect(cosineDecay(7, 7)).toBe(0);
  expect(cosineDecay(1, 2)).toBeCloseTo(0.5, 15);
});
