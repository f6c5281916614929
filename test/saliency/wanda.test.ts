import { expect, test } from "vitest";
import { obd } from "../../src/saliency/obd.js";
import { wanda } from "../../src/saliency/wanda.js";
import { Random } from "../harness/random.js";
import { score, WEIGHTS } from "./score.js";

test("the weight's square times the mean square of its input", () => {
  expect(score(wanda, WEIGHTS, { inputSquares: [4, 0.5, 0] })).toEqual([4, 2, 0, 64, 0, 0]);
});

test("is the error of the layer's outputs when the weight alone goes, and OBD on the layer's problem", () => {
  const [samples, columns] = [20, 3];
  const x = new Random(1).uniform(samples * columns);
  const column = (j: number) => Array.from({ length: samples }, (_, s) => x[s * columns + j]);
  const inputSquares = [0, 1, 2].map((j) => column(j).reduce((sum, v) => sum + v * v, 0) / samples);
  const got = score(wanda, WEIGHTS, { inputSquares });
  for (const [k, weight] of WEIGHTS.entries()) {
    // Only this weight's output changes, by −w·x.
    const error = column(k % columns).reduce((sum, v) => sum + (weight * v) ** 2, 0) / samples;
    expect(got[k]).toBeCloseTo(error, 5);
  }
  const diagonalOfH = [...inputSquares, ...inputSquares].map((square) => 2 * square);
  expect(score(obd, WEIGHTS, { curvature: diagonalOfH })).toEqual(got);
});
