import { expect, test } from "vitest";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { pruneByMagnitude } from "../../src/search/run-job.js";

const LENET = [784, 300, 100, 10];
const RATES = [0.2, 0.2, 0.1];

test("the ladder of densities is the published one, exact to the weight, and masks only shrink", () => {
  const core = openSync();
  const net = network(core, LENET, { seed: 1 });
  const expected = [235_200, 30_000, 1000];
  for (let round = 1; round <= 20; round++) {
    const masks = pruneByMagnitude(net, RATES);
    for (const [l, layer] of net.layers.entries()) {
      const next = core.mask(layer.outputs, layer.inputs, masks[l]);
      expected[l] -= Math.round(RATES[l] * expected[l]);
      expect(next.count).toBe(expected[l]);
      if (layer.mask) {
        const before = layer.mask.words();
        expect(next.words().every((word, i) => (word & ~before[i]) === 0)).toBe(true);
      }
      layer.mask = next;
    }
    const kept = net.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const published = (265_200 * 0.8 ** round + 1000 * 0.9 ** round) / 266_200;
    expect(kept / 266_200).toBeCloseTo(published, 4);
  }
});

test("the smallest weights go, ties by lower index", () => {
  const core = openSync();
  const net = network(core, [4, 2]);
  net.layers[0].weights.copyFrom([3, -1, 1, 2, -1, 4, 0.5, 1]);
  const [words] = pruneByMagnitude(net, [0.5]);
  expect(core.mask(2, 4, words).toArray()).toEqual(Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 1));
});
