import { describe, expect, test } from "vitest";
import { type Dataset, dataset } from "../../src/net/dataset.js";
import { evaluate } from "../../src/net/evaluate.js";
import { type Network, network } from "../../src/net/network.js";
import { adam, type Optimizer, sgd } from "../../src/net/optimizer.js";
import { type TrainOptions, train } from "../../src/net/train.js";
import { trainer } from "../../src/net/trainer.js";
import { openSync } from "../../src/open.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [16, 12, 4];

/** Four classes of 16-pixel pictures that can be told apart. */
function samples(core: Core, count: number, seed: number) {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const isOwn = (i % 16) >> 2 === labels[i >> 4];
    return random.below(isOwn ? 256 : 64);
  });
  return dataset(core, inputs, labels, { features: 16, classes: 4 });
}

async function run(
  optimizer: Optimizer,
  maskBits?: (length: number) => Uint8Array,
  extra?: Partial<TrainOptions>,
) {
  const core = openSync();
  const data = samples(core, 400, 1);
  const net = network(core, SIZES, { seed: 9 });
  if (maskBits) {
    for (const layer of net.layers) {
      const { outputs, inputs } = layer;
      layer.mask = core.mask(outputs, inputs, maskBits(outputs * inputs));
    }
  }
  const result = await train(net, data, { iterations: 60, batch: 20, seed: 3, optimizer, ...extra });
  return { core, net, data, ...result };
}

describe.each([
  ["adam", adam({ learningRate: 0.01, weightDecay: 1e-4 })],
  ["sgd", sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 })],
] as const)("training with %s", (_, optimizer) => {
  test("learns", async () => {
    const { core, net } = await run(optimizer, undefined, { iterations: 300 });
    expect(evaluate(net, samples(core, 500, 2)).accuracy).toBeGreaterThan(0.9);
  });

  test("same seed, same bytes; another order, others", async () => {
    const first = (await run(optimizer)).net.parameters();
    expect((await run(optimizer)).net.parameters()).toEqual(first);
    expect((await run(optimizer, undefined, { seed: 4 })).net.parameters()).not.toEqual(first);
  });

  test("a mask of ones gives the bits of no mask", async () => {
    const unmasked = (await run(optimizer)).net.parameters();
    expect((await run(optimizer, (length) => new Uint8Array(length).fill(1))).net.parameters()).toEqual(
      unmasked,
    );
  });

  test("pruned weights stay exactly +0", async () => {
    const random = new Random(6);
    const masks = (length: number) => Uint8Array.from({ length }, () => random.below(2));
    const { net } = await run(optimizer, masks);
    for (const layer of net.layers) {
      const kept = layer.mask?.toArray() ?? [];
      layer.weights.toArray().forEach((w, i) => {
        if (!kept[i]) expect(Object.is(w, 0)).toBe(true);
      });
      expect(layer.weights.toArray().filter((w) => w !== 0).length).toBe(layer.kept);
    }
  });
});

test("the snapshot holds the parameters of its step", async () => {
  const { snapshot } = await run(adam(), undefined, { snapshotAt: 25 });
  expect(snapshot).toEqual((await run(adam(), undefined, { iterations: 25 })).net.parameters());
  const { snapshot: start } = await run(adam(), undefined, { snapshotAt: 0 });
  expect(start).toEqual(network(openSync(), SIZES, { seed: 9 }).parameters());
});

test("a training that begins at the snapshot's step ends as the whole one does", async () => {
  const plain = sgd({ learningRate: 0.1 });
  const { net, snapshot } = await run(plain, undefined, { snapshotAt: 25 });
  const core = openSync();
  const rewound = network(core, SIZES);
  rewound.load(snapshot ?? []);
  const rest = { iterations: 60, startAt: 25, batch: 20, seed: 3, optimizer: plain };
  await train(rewound, samples(core, 400, 1), rest);
  expect(rewound.parameters()).toEqual(net.parameters());
});

test("looks at the validation set on time and at the end", async () => {
  const core = openSync();
  const net = network(core, SIZES, { seed: 9 });
  const { history } = await train(net, samples(core, 100, 1), {
    iterations: 25,
    batch: 10,
    validation: samples(core, 50, 2),
    evaluateEvery: 10,
  });
  expect(history.map((look) => look.iteration)).toEqual([10, 20, 25]);
  expect(history[2].validationLoss).toBe(evaluate(net, samples(core, 50, 2)).loss);
});

test("an aborted training rejects with the reason and gives its memory back", async () => {
  const core = openSync();
  const data = samples(core, 100, 1);
  const net = network(core, SIZES);
  const free = () => core.memory.buffer.byteLength - core.freeBytes;
  const used = free();
  const reason = new Error("enough");
  await expect(
    train(net, data, { iterations: 10, batch: 10, signal: AbortSignal.abort(reason) }),
  ).rejects.toBe(reason);
  expect(free()).toBe(used);
});

test("10,000 steps leave the memory as it was", async () => {
  const core = openSync();
  const net = network(core, SIZES, { seed: 1 });
  const data = samples(core, 200, 1);
  const steps = trainer(net, { batch: 20 });
  const order = core.allocate(80);
  core.u32(order, 20).forEach((_, i, all) => {
    all[i] = i * 7;
  });
  steps.stepOn(data, order);
  const [size, free] = [core.memory.buffer.byteLength, core.freeBytes];
  for (let i = 0; i < 10_000; i++) steps.stepOn(data, order);
  expect([core.memory.buffer.byteLength, core.freeBytes]).toEqual([size, free]);
});

test("f32 samples train like the bytes they stand for", async () => {
  const core = openSync();
  const random = new Random(1);
  const bytes = Uint8Array.from({ length: 20 * 16 }, () => random.below(256));
  const labels = Uint8Array.from({ length: 20 }, () => random.below(4));
  const [a, b] = [0, 1].map(() => network(core, SIZES, { seed: 2 }));
  const floats = Float32Array.from(bytes, (byte) => byte * Math.fround(1 / 255));
  expect(trainer(a, { batch: 20 }).step(bytes, labels)).toBe(trainer(b, { batch: 20 }).step(floats, labels));
  expect(a.parameters()).toEqual(b.parameters());
});

test("a label that is no class is named", () => {
  const make = () =>
    dataset(openSync(), new Uint8Array(6), Uint8Array.of(0, 1, 4), { features: 2, classes: 4 });
  expect(make).toThrow('"labels" expected classes below 4, got 4 at index 2');
});

describe("data that do not fit the network are refused before a kernel reads them", () => {
  const make = (core: Core, features: number, classes: number) => {
    const labels = Uint8Array.from({ length: 20 }, (_, i) => i % classes);
    return dataset(core, new Uint8Array(20 * features).fill(7), labels, { features, classes });
  };
  const calls: Record<string, (net: Network, data: Dataset, fine: Dataset) => unknown> = {
    evaluate: (net, data) => evaluate(net, data),
    train: (net, data) => train(net, data, { iterations: 1, batch: 4 }),
    "train, for its validation": (net, data, fine) =>
      train(net, fine, { iterations: 1, batch: 4, validation: data }),
    "a trainer's step": (net, data) => trainer(net, { batch: 4 }).stepOn(data, net.core.allocate(16)),
  };

  test.each(Object.keys(calls))("by %s", async (by) => {
    using core = openSync();
    const net = network(core, SIZES, { seed: 1 });
    const fine = make(core, 16, 4);
    const error = async (data: unknown) => {
      const before = net.parameters();
      const refused = await (async () => calls[by](net, data as Dataset, fine))().catch((cause) => cause);
      expect(net.parameters()).toEqual(before);
      return refused;
    };
    const shape = (found: string) => expect.objectContaining({ code: "ERR_SHAPE", message: found });
    const expected = "expected 16 features and 4 classes, as the network has";
    const name = by.endsWith("validation") ? "options.validation" : "data";
    for (const [features, classes] of [
      [15, 4],
      [17, 4],
      [16, 3],
      [16, 5],
    ]) {
      const found = `"${name}" ${expected}, got ${features} and ${classes}`;
      expect(await error(make(core, features, classes))).toEqual(shape(found));
    }
    using other = openSync();
    expect(await error(make(other, 16, 4))).toMatchObject({ code: "ERR_RANGE" });
    expect(await error({ ...fine })).toMatchObject({ code: "ERR_TYPE" });
    const ended = core.scoped(() => ({ data: make(core, 16, 4) }));
    expect(await error(ended.data)).toMatchObject({ code: "ERR_DISPOSED" });
  });

  test("samples of a step: other lengths, other kinds, labels that are no class", () => {
    using core = openSync();
    const steps = trainer(network(core, SIZES, { seed: 1 }), { batch: 2 });
    const labels = Uint8Array.of(0, 3);
    for (let round = 0; round < 2; round++) {
      expect(() => steps.step(new Uint8Array(31), labels)).toThrow('"inputs" expected 32 values');
      expect(() => steps.step(new Uint8Array(48), Uint8Array.of(0, 1, 2))).toThrow('"labels" expected 2');
      expect(() => steps.step(new Uint8Array(32), Uint8Array.of(0, 4))).toThrow('"labels" expected classes');
      expect(() => steps.step(new Float64Array(32) as never, labels)).toThrow('"inputs" expected Uint8Array');
      expect(steps.step(new Uint8Array(32), labels)).toBeGreaterThan(0);
    }
    expect(() => steps.step(new Float32Array(32), labels)).toThrow('"inputs" expected Uint8Array, got');
  });

  test("a first step in a scope does not tie the next ones to it", () => {
    using core = openSync();
    const steps = trainer(network(core, SIZES, { seed: 1 }), { batch: 2 });
    const step = () => steps.step(new Uint8Array(32).fill(9), Uint8Array.of(0, 3));
    const losses = [core.scoped(step), core.scoped(step), step()];
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });
});
