import { describe, expect, test } from "vitest";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { pathGradientsInto } from "../../src/saliency/path-gradients.js";
import { synflow } from "../../src/saliency/synflow.js";
import type { Core } from "../../src/tensor/core.js";
import { maskedNetwork } from "./oracle.js";
import { score, WEIGHTS } from "./score.js";

/** Scores of all layers. */
function flows(core: Core, net: ReturnType<typeof network>): Float32Array[] {
  const gradients = net.layers.map(({ outputs, inputs }) => core.matrix(outputs, inputs));
  pathGradientsInto(net, gradients);
  return net.layers.map(({ weights, mask }, index) => {
    const out = core.matrix(weights.rows, weights.columns);
    synflow.score({ weights, index, seed: 0, pathGradients: gradients[index] }, out);
    const kept = mask?.toArray();
    return out.toArray().map((value, i) => (kept?.[i] === 0 ? 0 : value));
  });
}

const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);

test("the magnitude of weight times path gradient", () => {
  const pathGradients = [2, 0.5, 1, 0, 7, 8];
  expect(score(synflow, WEIGHTS, { pathGradients })).toEqual([2, 1, 3, 0, 0, 4]);
});

test("is each weight's share of all paths, as counting them one by one has it", () => {
  using core = openSync();
  const net = network(core, [2, 3, 2]);
  const [first, second] = [[1, -2, 0.5, 0, 3, 1], [2, 1, -1, 0.5, -4, 0]];
  net.load([first, [0, 0, 0], second, [0, 0]].map((values) => Float32Array.from(values)));
  const want = [new Float64Array(6), new Float64Array(6)];
  let all = 0;
  for (const [i, j, k] of [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1].map((k) => [i, j, k])))) {
    const path = Math.abs(first[j * 2 + i] * second[k * 3 + j]);
    all += path;
    want[0][j * 2 + i] += path;
    want[1][k * 3 + j] += path;
  }
  for (const [l, got] of flows(core, net).entries()) {
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(want[l][i] / all, 6);
  }
});

describe("what flows is conserved", () => {
  test("through every layer, and through every hidden unit", () => {
    using core = openSync();
    const net = maskedNetwork(core, [9, 40, 30, 20, 4]);
    const scores = flows(core, net);
    for (const [l, layer] of scores.entries()) {
      expect(Math.min(...layer)).toBeGreaterThanOrEqual(0);
      expect(total(layer)).toBeCloseTo(1, 5);
      if (l === 0) continue;
      const width = net.sizes[l];
      for (let unit = 0; unit < width; unit++) {
        const into = total(scores[l - 1].subarray(unit * net.sizes[l - 1], (unit + 1) * net.sizes[l - 1]));
        const outOf = total(layer.filter((_, i) => i % width === unit));
        expect(into).toBeCloseTo(outOf, 6);
      }
    }
  });

  test("in a network whose products no f64 holds", () => {
    using core = openSync();
    const net = network(core, Array.from({ length: 200 }, () => 4));
    for (const { weights } of net.layers) weights.copyFrom(weights.toArray().map((w) => 1000 * w));
    for (const layer of flows(core, net)) expect(total(layer)).toBeCloseTo(1, 5);
  });
});

test("without any path all scores are 0", () => {
  using core = openSync();
  const net = network(core, [3, 4, 2]);
  net.layers[1].mask = core.mask(2, 4);
  for (const layer of flows(core, net)) expect(total(layer)).toBe(0);
});

test("a weight of 0 on a path of great weights scores 0, not NaN, and no score is denormal", () => {
  using core = openSync();
  const net = network(core, [2, 2, 1]);
  net.load([[0, 1e-30, 1e-30, 1e38], [0, 0], [1e38, 1e-30], [0]].map((values) => Float32Array.from(values)));
  for (const layer of flows(core, net)) {
    for (const value of layer) expect(value === 0 || value >= 2 ** -126).toBe(true);
  }
});
