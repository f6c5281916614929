import { expect, test } from "vitest";
import { diagonalFisher } from "../../src/saliency/diagonal-fisher.js";
import { score, WEIGHTS } from "./score.js";

test("half the weight's square times the mean square of its gradient", () => {
  const squaredGradients = [2, 0.5, 1, 0, 7, 8];
  expect(score(diagonalFisher, WEIGHTS, { squaredGradients })).toEqual([1, 1, 4.5, 0, 0, 1]);
});
