import { expect, test } from "vitest";
import { snip } from "../../src/saliency/snip.js";
import { score, WEIGHTS } from "./score.js";

test("the magnitude of weight times gradient", () => {
  const gradients = [2, 0.5, -1, 0, 7, -8];
  expect(score(snip, WEIGHTS, { gradients })).toEqual([2, 1, 3, 0, 0, 4]);
});
