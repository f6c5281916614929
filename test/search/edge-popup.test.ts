import { describe, expect, test } from "vitest";
import { dataset } from "../../src/net/dataset.js";
import { conv, dense } from "../../src/net/description.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { type EdgePopupOptions, edgePopup } from "../../src/search/edge-popup.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [12, 40, 24, 3];

/** Three clouds that overlap a little. */
function clouds(core: Core, count: number, seed: number) {
  const random = new Random(seed);
  const centres = new Random(99).uniform(36);
  const labels = Uint8Array.from({ length: count }, () => random.below(3));
  const inputs = random.uniform(12 * count, -1.6, 1.6).map((noise, at) => {
    return noise + centres[12 * labels[Math.floor(at / 12)] + (at % 12)];
  });
  return dataset(core, inputs, labels, { features: 12, classes: 3 });
}

async function find(options: Partial<EdgePopupOptions> = {}) {
  const core = openSync();
  const found = await edgePopup(SIZES, clouds(core, 960, 1), {
    ...{ kept: 0.3, epochs: 8, batch: 32, seed: 4, validation: clouds(core, 500, 2) },
    ...options,
  });
  return { core, ...found };
}

test("finds what does the task in random weights, which stay as they are", async () => {
  const { core, network: net, masks, history } = await find();
  const drawn = network(core, SIZES, { init: "kaiming-constant", seed: 4 });
  const factor = Math.sqrt(1 / 0.3);
  for (const [l, layer] of net.layers.entries()) {
    const random = drawn.layers[l].weights.toArray().map((weight) => Math.fround(weight * factor));
    const bits = masks[l].toArray();
    const values = layer.weights.toArray();
    expect(values.every((value, i) => !bits[i] || value === random[i])).toBe(true);
    expect(layer.bias.toArray().every((bias) => bias === 0)).toBe(true);
  }
  expect(history[0].validationAccuracy).toBeLessThan(history[7].validationAccuracy as number);
  expect(history[7].validationAccuracy).toBeGreaterThan(0.85);
});

test.each([0, 0.1, 0.3, 0.5, 1])("keeps exact counts, those of the largest scores: %d", async (kept) => {
  const { masks, scores } = await find({ kept, epochs: 2 });
  for (const [l, mask] of masks.entries()) {
    const n = SIZES[l] * SIZES[l + 1];
    expect(mask.count).toBe(n - Math.round((1 - kept) * n));
    const bits = mask.toArray();
    const sizes = scores[l].map(Math.abs);
    const least = sizes.reduce((most, size, i) => (bits[i] ? Math.min(most, size) : most), Infinity);
    const most = sizes.reduce((all, size, i) => (bits[i] ? all : Math.max(all, size)), 0);
    expect(least).toBeGreaterThanOrEqual(most);
  }
});

test("all weights kept: the random network itself", async () => {
  const { core, network: net } = await find({ kept: 1, epochs: 1 });
  const x = new Random(5).uniform(12 * 40);
  const dense = network(core, SIZES, { init: "kaiming-constant", seed: 4 });
  expect(net.forward(x)).toEqual(dense.forward(x));
});

describe("the same seed", () => {
  test("gives the same bytes, watched or not; another one others", async () => {
    const [one, two, other] = [await find(), await find({ onProgress() {} }), await find({ seed: 5 })];
    expect(two.scores).toEqual(one.scores);
    expect(two.history).toEqual(one.history);
    expect(other.scores).not.toEqual(one.scores);
  });
});

test("stops when it is told to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(find({ signal, epochs: 500 })).rejects.toThrow("enough");
});

test.each<[object, string]>([
  [{ kept: 1.5 }, "kept"],
  [{ kept: [0.5] }, "kept"],
  [{ batch: 0 }, "batch"],
  [{ init: "zeros" }, "init"],
  [{ rate: 1 }, "rate"],
])("refuses %j", async (options, message) => {
  await expect(find(options as never)).rejects.toThrow(message);
});

test("refuses a network with convolutions", async () => {
  const core = openSync();
  const net = network(core, { input: [1, 4, 3], layers: [conv(2), dense(2)] });
  const data = dataset(core, new Uint8Array(12), new Uint8Array(1), { features: 12, classes: 2 });
  await expect(edgePopup(net, data, { kept: 0.5, batch: 1 })).rejects.toThrow(
    '"net" expected fully connected layers alone for edgePopup, got a "conv"',
  );
});
