import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { grasp } from "../../src/saliency/grasp.js";
import { layerStatistics } from "../../src/saliency/layer-statistics.js";
import { dataOf, gradients, maskedNetwork, plainOf, someSamples, withWeights } from "./oracle.js";
import { score, WEIGHTS } from "./score.js";

test("weight times the Hessian's product with the gradient, sign and all", () => {
  const hessianGradient = [2, 0.5, -1, 1, 7, -8];
  expect(score(grasp, WEIGHTS, { hessianGradient })).toEqual([2, -1, -3, -4, 0, -4]);
});

test("removing a weight changes the square of the gradient's norm by −2 scores, to first order", async () => {
  using core = openSync();
  const net = maskedNetwork(core);
  const samples = someSamples(30);
  const plain = plainOf(net);
  const norm = (l: number, i: number, factor: number) => {
    const scaled = plain.weights.map((w, k) => w.map((v, j) => (k === l && j === i ? factor * v : v)));
    const all = gradients(withWeights(plain, scaled), samples).flatMap((g) => [...g]);
    return all.reduce((sum, g) => sum + g * g, 0);
  };
  const statistics = await layerStatistics(net, [0, 1, 2], ["hessianGradient"], dataOf(net, samples), async () => {});
  for (const [l, { weights }] of net.layers.entries()) {
    const out = core.matrix(weights.rows, weights.columns);
    grasp.score({ ...statistics[l], weights, index: l, seed: 0 }, out);
    const h = 1e-4;
    for (const [i, got] of out.toArray().entries()) {
      if (plain.kept[l][i] === 0) continue;
      const slope = (norm(l, i, 1 + h) - norm(l, i, 1 - h)) / (2 * h);
      expect(Math.abs(-2 * got + slope)).toBeLessThan(1e-6);
    }
  }
});
