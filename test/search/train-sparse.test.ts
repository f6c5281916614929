import { describe, expect, test } from "vitest";
import { erdosRenyi } from "../../src/budget/erdos-renyi.js";
import { type Dataset, dataset } from "../../src/net/dataset.js";
import { evaluate } from "../../src/net/evaluate.js";
import { type Network, network } from "../../src/net/network.js";
import { adam, sgd } from "../../src/net/optimizer.js";
import { train } from "../../src/net/train.js";
import { openSync } from "../../src/open.js";
import { layerStatistics } from "../../src/saliency/layer-statistics.js";
import { type TrainSparseOptions, trainSparse } from "../../src/search/train-sparse.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [64, 48, 32, 4];
const SHAPES = [48 * 64, 32 * 48, 4 * 32];

function setting(seed = 3, count = 240): { net: Network; data: Dataset } {
  const core = openSync();
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const inputs = Uint8Array.from({ length: count * 64 }, (_, i) =>
    random.below((i % 64) >> 4 === labels[i >> 6] ? 256 : 160),
  );
  const data = dataset(core, inputs, labels, { features: 64, classes: 4 });
  return { net: network(core, SIZES, { seed: 1 }), data };
}

const BASE = { iterations: 60, batch: 40, sparsity: 0.9, updateEvery: 10, seed: 5 } as const;
const bitsOf = (net: Network) => net.layers.map(({ mask }) => mask?.toArray() ?? new Uint8Array(0));
const keptOf = (net: Network) => net.layers.map(({ kept }) => kept);

function expectPrunedAreZero(net: Network): void {
  for (const { weights, mask } of net.layers) {
    const bits = mask?.toArray();
    expect(weights.toArray().every((w, i) => bits?.[i] === 1 || Object.is(w, 0))).toBe(true);
  }
}

const OPTIMIZERS = [
  ["adam", adam({ learningRate: 0.01, weightDecay: 1e-4 })],
  ["sgd", sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 })],
] as const;

describe.each(OPTIMIZERS)("with %s", (_, optimizer) => {
  test.each([0.2, 0.9])(
    "updates that move nothing change nothing: the state is carried over (%d)",
    async (sparsity) => {
      const still = setting();
      await trainSparse(still.net, still.data, { ...BASE, sparsity, optimizer, method: "static" });
      const moved = setting();
      const options = { ...BASE, sparsity, optimizer, method: "rigl", fraction: 1e-9 } as const;
      const { updates } = await trainSparse(moved.net, moved.data, options);
      expect(updates).toEqual([]);
      expect(moved.net.parameters()).toEqual(still.net.parameters());
      const { net, data } = setting();
      for (const [l, layer] of net.layers.entries()) {
        layer.mask = net.core.mask(layer.outputs, layer.inputs, bitsOf(still.net)[l]);
      }
      const { iterations, batch, seed } = BASE;
      await train(net, data, { iterations, batch, seed, optimizer });
      expect(net.parameters()).toEqual(still.net.parameters());
    },
  );

  test("gradual pruning to nothing is training", async () => {
    const { net, data } = setting();
    await trainSparse(net, data, { ...BASE, sparsity: 0, optimizer, method: "gradual" });
    const plain = setting();
    const { iterations, batch, seed } = BASE;
    await train(plain.net, plain.data, { iterations, batch, seed, optimizer });
    expect(net.parameters()).toEqual(plain.net.parameters());
  });
});

test.each(["uniform", "erdos-renyi", [0.5, 0.25, 0]] as const)(
  "RigL keeps the counts of %j all the time",
  async (budget) => {
    const { net, data } = setting();
    const { updates } = await trainSparse(net, data, { ...BASE, budget, method: "rigl" });
    const total = SHAPES.reduce((sum, size) => sum + size, 0);
    const layers = [64, 48, 32].map((columns, l) => ({ rows: SIZES[l + 1], columns }));
    const zeros = {
      uniform: SHAPES.map((size) => Math.round(0.9 * size)),
      "erdos-renyi": erdosRenyi(layers, Math.round(0.9 * total)),
      list: [1536, 384, 0],
    }[typeof budget === "string" ? budget : "list"];
    const kept = SHAPES.map((size, l) => size - zeros[l]);
    expect(updates.map(({ iteration }) => iteration)).toEqual([10, 20, 30, 40]);
    for (const update of updates) {
      expect(update.kept).toEqual(kept);
      expect(update.grown).toEqual(update.dropped);
    }
    const fractions = updates.map(({ iteration }) => 0.15 * (1 + Math.cos((Math.PI * iteration) / 45)));
    expect(updates.map(({ dropped }) => dropped[0])).toEqual(
      fractions.map((share) => Math.round(share * kept[0])),
    );
    expect(keptOf(net)).toEqual(kept);
    expectPrunedAreZero(net);
  },
);

test("RigL drops the smallest weights and grows the largest gradients of the batch, by brute force", async () => {
  // A batch is all the data, so that its order does not matter.
  const options = { ...BASE, batch: 240, updateEvery: 10, method: "static" } as const;
  const before = setting();
  await trainSparse(before.net, before.data, { ...options, iterations: 10 });
  const bits = bitsOf(before.net);
  const weights = before.net.layers.map((layer) => layer.weights.toArray());
  for (const layer of before.net.layers) layer.setMask(undefined);
  const statistics = await layerStatistics(before.net, [0, 1, 2], ["gradients"], before.data, async () => {});
  const after = setting();
  const rigl = { ...options, method: "rigl", iterations: 12, updateUntil: 11, fraction: 1 } as const;
  const { updates } = await trainSparse(after.net, after.data, rigl);
  expect(updates.length).toBe(1);
  for (const [l, now] of bitsOf(after.net).entries()) {
    const gradient = statistics[l].gradients?.toArray() ?? new Float32Array(0);
    const places = [...now.keys()];
    const dropped = places.filter((at) => bits[l][at] === 1 && now[at] === 0);
    const grown = places.filter((at) => bits[l][at] === 0 && now[at] === 1);
    expect([dropped.length, grown.length]).toEqual([updates[0].dropped[l], updates[0].grown[l]]);
    const size = (at: number) => Math.abs(weights[l][at]);
    const slope = (at: number) => Math.abs(gradient[at]);
    const left = places.filter((at) => bits[l][at] === 1 && now[at] === 1);
    const free = places.filter((at) => bits[l][at] === 0 && now[at] === 0);
    expect(Math.max(...dropped.map(size))).toBeLessThanOrEqual(Math.min(...left.map(size)));
    // To rounding: the two sum up the samples in another order.
    expect(Math.max(...free.map(slope))).toBeLessThanOrEqual(Math.min(...grown.map(slope)) + 1e-7);
  }
});

test("what grows starts at 0, with no moments: one step of Adam moves it by one learning rate at most", async () => {
  const { net, data } = setting();
  const before = setting();
  const optimizer = adam({ learningRate: 1e-3 });
  await trainSparse(before.net, before.data, { ...BASE, optimizer, method: "static", iterations: 10 });
  const options = { ...BASE, optimizer, iterations: 12, updateUntil: 11, fraction: 1 };
  await trainSparse(net, data, { ...options, method: "rigl" });
  let grown = 0;
  for (const [l, now] of bitsOf(net).entries()) {
    const was = bitsOf(before.net)[l];
    net.layers[l].weights.toArray().forEach((w, at) => {
      if (now[at] === 0 || was[at] === 1) return;
      grown++;
      // m = 0.1 g and v = 0.001 g² at step 11: corrected, 0.1 / 0.69 over √(0.001 / 0.011).
      expect(Math.abs(w)).toBeLessThan(0.5e-3);
    });
  }
  expect(grown).toBeGreaterThan(0);
});

test("gradual pruning follows the cubic, ends exactly, and what is pruned stays pruned", async () => {
  const { net, data } = setting();
  const { updates, history } = await trainSparse(net, data, {
    ...BASE,
    method: "gradual",
    budget: "uniform",
    validation: data,
    evaluateEvery: 15,
  });
  expect(updates.map(({ iteration }) => iteration)).toEqual([10, 20, 30, 40]);
  const final = SHAPES.map((size) => size - Math.round(0.9 * size));
  for (const [r, { kept, grown }] of updates.entries()) {
    const left = (1 - (r + 1) / 4) ** 3;
    expect(kept).toEqual(SHAPES.map((size, l) => final[l] + Math.round((size - final[l]) * left)));
    expect(grown).toEqual([0, 0, 0]);
  }
  expect(keptOf(net)).toEqual(final);
  expectPrunedAreZero(net);
  expect(history.map(({ iteration }) => iteration)).toEqual([15, 30, 45, 60]);
  expect(history[3].validationLoss).toBe(evaluate(net, data).loss);
});

test("same seed, same bytes; masks that were there stay in; the memory is given back", async () => {
  const run = async () => {
    const { net, data } = setting();
    const bits = Uint8Array.from({ length: SHAPES[0] }, (_, i) => i % 2);
    net.layers[0].mask = net.core.mask(48, 64, bits);
    await trainSparse(net, data, { ...BASE, method: "static", budget: [0.75, 0.5, 0] });
    expect(keptOf(net)).toEqual([768, 768, 128]);
    expect(bitsOf(net)[0].every((bit, i) => bit === 0 || i % 2 === 1)).toBe(true);
    return net.parameters();
  };
  expect(await run()).toEqual(await run());
  const { net, data } = setting();
  const used: number[] = [];
  for (const iterations of [30, 300]) {
    using _scope = net.core.scope();
    await trainSparse(net, data, { ...BASE, iterations, method: "rigl" });
    for (const layer of net.layers) layer.setMask(undefined);
    used.push(net.core.memory.buffer.byteLength);
  }
  expect(used[1]).toBe(used[0]);
});

test("an abort leaves a masked network, and wrong options are refused", async () => {
  const { net, data } = setting();
  const wrong = (options: object) =>
    trainSparse(net, data, { ...BASE, method: "rigl", ...options } as TrainSparseOptions);
  await expect(wrong({ method: "magic" })).rejects.toThrow('"options.method" expected');
  await expect(wrong({ budget: "global" })).rejects.toThrow('"options.budget" expected');
  await expect(wrong({ sparsity: 2 })).rejects.toThrow(
    '"options.sparsity" expected a finite number from 0 to 1',
  );
  await expect(wrong({ updateUntil: 60 })).rejects.toThrow(
    '"options.updateUntil" expected an integer from 0 to 59',
  );
  await expect(wrong({ method: "gradual", updateUntil: 9 })).rejects.toThrow(
    "an integer from 10 to 59, got 9",
  );
  await expect(wrong({ startAt: 3 })).rejects.toThrow('got "startAt"');
  const stop = new AbortController();
  const stopped = wrong({
    iterations: 100_000,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await expect(stopped).rejects.toThrow("enough");
  expectPrunedAreZero(net);
  expect(net.layers[0].kernel).toBeDefined();
  expect(evaluate(net, data).accuracy).toBeGreaterThan(0);
});

test("data that do not fit the network are refused", async () => {
  const { net } = setting();
  const labels = new Uint8Array(40);
  const given = (core: Core, features: number, classes: number) =>
    dataset(core, new Uint8Array(40 * features), labels, { features, classes });
  using other = openSync();
  for (const [data, message] of [
    [given(net.core, 63, 4), "expected 64 features and 4 classes, as the network has, got 63 and 4"],
    [given(net.core, 64, 5), "got 64 and 5"],
    [given(other, 64, 4), '"data" expected one in the core of the others'],
    [net.core.scoped(() => ({ data: given(net.core, 64, 4) })).data, "whose scope has ended"],
  ] as const) {
    const refused = trainSparse(net, data, { ...BASE, method: "static" });
    await expect(refused).rejects.toThrow(message);
  }
});
