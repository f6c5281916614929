import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { type Criterion, NEEDS } from "../../src/saliency/contract.js";
import { CRITERIA } from "../../src/saliency/index.js";
import { layerStatistics } from "../../src/saliency/layer-statistics.js";
import { dataOf, maskedNetwork, someSamples } from "./oracle.js";

const SIZES = [33, 20, 9, 4];

/** Scores of a network's kept weights, layer by layer; a few weights are 0. */
async function scoresOf(criterion: Criterion, seed: number): Promise<Float32Array[]> {
  using core = openSync();
  const net = maskedNetwork(core, SIZES);
  for (const layer of net.layers) {
    layer.weights.copyFrom(layer.weights.toArray().map((w, i) => (i % 5 === 0 ? 0 : w)));
    layer.changed();
  }
  const data = dataOf(net, someSamples(70, SIZES));
  const statistics = await layerStatistics(net, [0, 1, 2], criterion.needs, data, async () => {});
  return net.layers.map(({ weights, mask }, index) => {
    const out = core.matrix(weights.rows, weights.columns).fill(Number.NaN);
    criterion.score({ ...statistics[index], weights, mask, index, seed }, out);
    const kept = mask?.toArray();
    return out.toArray().map((value, i) => (kept?.[i] === 0 ? 0 : value));
  });
}

describe.each(Object.entries<Criterion>(CRITERIA))("%s", (name, criterion) => {
  test("stands under its own name and asks for what there is", () => {
    expect(criterion.name).toBe(name);
    expect(NEEDS).toEqual(expect.arrayContaining([...criterion.needs]));
    expect(criterion.source).toMatch(/\d{4}/);
  });

  test("gives every weight a finite score, more than one value, and a weight of 0 the score 0", async () => {
    for (const layer of await scoresOf(criterion, 0)) {
      expect(layer.every(Number.isFinite)).toBe(true);
      expect(new Set(layer).size).toBeGreaterThan(10);
      if (name === "random") continue;
      expect(layer.filter((value, i) => i % 5 === 0 && value !== 0)).toHaveLength(0);
      if (name !== "grasp") expect(Math.min(...layer)).toBe(0);
    }
  });

  test("gives the same bytes again; only random asks for the seed", async () => {
    const scores = await scoresOf(criterion, 7);
    expect(await scoresOf(criterion, 7)).toEqual(scores);
    const other = await scoresOf(criterion, 8);
    if (name === "random") expect(other).not.toEqual(scores);
    else expect(other).toEqual(scores);
  });
});
