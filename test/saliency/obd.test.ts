import { expect, test } from "vitest";
import { obd } from "../../src/saliency/obd.js";
import { score, WEIGHTS } from "./score.js";

test("half the weight's square times its curvature", () => {
  const curvature = [2, 0.5, 1, 0, 7, 8];
  expect(score(obd, WEIGHTS, { curvature })).toEqual([1, 1, 4.5, 0, 0, 1]);
});

test("is what a quadratic loss gains when the weight alone goes, at its least", () => {
  const curvature = [3, 1, 4, 1, 5, 9];
  const loss = (w: readonly number[]) =>
    w.reduce((sum, value, k) => sum + 0.5 * curvature[k] * (value - WEIGHTS[k]) ** 2, 0);
  const gains = WEIGHTS.map((_, k) => loss(WEIGHTS.map((w, i) => (i === k ? 0 : w))) - loss(WEIGHTS));
  expect(score(obd, WEIGHTS, { curvature })).toEqual(gains);
});
