import { expect, test } from "vitest";
import { cosineDecay } from "../../src/schedule/cosine.js";

test("starts at 1, passes ½ in the middle, ends at 0", () => {
  expect(cosineDecay(0, 10)).toBe(1);
  expect(cosineDecay(10, 10)).toBe(0);
  expect(Math.abs(cosineDecay(5, 10) - 0.5)).toBeLessThan(2 ** -53);
  expect(cosineDecay(0, 1)).toBe(1);
});

test("is half of one and the cosine, and falls", () => {
  let last = 2;
  for (let step = 0; step <= 4680; step++) {
    const value = cosineDecay(step, 4680);
    const expected = (1 + Math.cos((Math.PI * step) / 4680)) / 2;
    expect(Math.abs(value - expected)).toBeLessThan(3e-16);
    expect(value).toBeLessThan(last);
    last = value;
  }
});
