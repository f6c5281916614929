import { expect, test } from "vitest";
import { firstOrder } from "../../src/saliency/first-order.js";
import { score, WEIGHTS } from "./score.js";

test("the square of weight times gradient", () => {
  const gradients = [2, 0.5, -1, 0, 7, -8];
  expect(score(firstOrder, WEIGHTS, { gradients })).toEqual([4, 1, 9, 0, 0, 16]);
});
