import { expect, test } from "vitest";
import { random } from "../../src/saliency/random.js";
import { score, WEIGHTS } from "./score.js";

test("from 0 to 1, the same for the same seed and layer, whatever the weights", () => {
  const scores = score(random, WEIGHTS, {}, { seed: 2 ** 40 + 1, index: 3 });
  for (const value of scores) expect(value >= 0 && value < 1).toBe(true);
  expect(new Set(scores).size).toBe(6);
  expect(score(random, [0, 0, 0, 0, 0, 0], {}, { seed: 2 ** 40 + 1, index: 3 })).toEqual(scores);
  expect(score(random, WEIGHTS, {}, { seed: 1, index: 3 })).not.toEqual(scores);
  expect(score(random, WEIGHTS, {}, { seed: 2 ** 40 + 1, index: 2 })).not.toEqual(scores);
});
