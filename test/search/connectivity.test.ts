import { expect, test } from "vitest";
import { dataset } from "../../src/net/dataset.js";
import { evaluate } from "../../src/net/evaluate.js";
import { network } from "../../src/net/network.js";
import { adam, sgd } from "../../src/net/optimizer.js";
import { train } from "../../src/net/train.js";
import { openSync } from "../../src/open.js";
import { type InstabilityOptions, instability, linearPath } from "../../src/search/connectivity.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

/** Four classes of 16-pixel pictures that can be told apart. */
function samples(core: Core, count: number, seed: number) {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) =>
    random.below((i % 16) >> 2 === labels[i >> 4] ? 256 : 160),
  );
  return dataset(core, inputs, labels, { features: 16, classes: 4 });
}

function setting() {
  const core = openSync();
  const net = network(core, [16, 24, 4], { seed: 1 });
  return { core, net, data: samples(core, 400, 1), test: samples(core, 400, 2) };
}

const OPTIONS: InstabilityOptions = { iterations: 200, batch: 20, optimizer: adam({ learningRate: 0.01 }) };

test("the line has the two ends at its ends, and between them what the mean weights give", () => {
  const { net, test: data } = setting();
  const before = net.parameters();
  const a = net.parameters().map((array) => array.map((value) => 2 * value));
  const b = network(net.core, net.sizes, { seed: 2 }).parameters();
  const path = linearPath(net, a, b, data, 3);
  expect(net.parameters()).toEqual(before);
  expect(path.map(({ alpha }) => alpha)).toEqual([0, 0.5, 1]);
  const middle = a.map((array, p) => array.map((value, i) => (value + b[p][i]) / 2));
  for (const [i, parameters] of [b, middle, a].entries()) {
    net.load(parameters);
    const { accuracy, loss } = evaluate(net, data);
    expect(path[i]).toMatchObject({ error: 1 - accuracy, loss });
  }
});

test("weights that were trained to the end are stable: the two are one", async () => {
  const { net, data, test } = setting();
  const found = await instability(net, data, test, { ...OPTIONS, from: 200, alphas: 5 });
  expect(found.ends[0]).toEqual(found.ends[1]);
  expect(found.path.length).toBe(5);
  expect(found).toMatchObject({ instability: 0, isStable: true });
});

test("the ends are trainings from step k on in other orders, and the network is left as it was", async () => {
  const { net, data, test } = setting();
  const before = net.parameters();
  const found = await instability(net, data, test, { ...OPTIONS, from: 50, seed: 7, seeds: [3, 4] });
  expect(net.parameters()).toEqual(before);
  for (const [i, seed] of [3, 4].entries()) {
    net.load(before);
    await train(net, data, { ...OPTIONS, iterations: 50, seed: 7 } as never);
    await train(net, data, { ...OPTIONS, startAt: 50, seed } as never);
    expect(found.ends[i]).toEqual(net.parameters());
  }
  expect(found.path.length).toBe(30);
  const errors = found.path.map(({ error }) => error);
  expect(found.instability).toBe(Math.max(...errors) - (errors[0] + errors[29]) / 2);
  expect(found.isStable).toBe(found.instability < 0.02);
});

test("a wild training is unstable from its start", async () => {
  const { net, data, test } = setting();
  const wild = { iterations: 300, batch: 5, optimizer: sgd({ learningRate: 0.8 }) };
  const found = await instability(net, data, test, wild);
  expect(found.instability).toBeGreaterThan(0.02);
  expect(found.isStable).toBe(false);
});

test("masks are those of the network, and both ends obey them", async () => {
  const { core, net, data, test } = setting();
  const bits = Uint8Array.from({ length: 24 * 16 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  net.layers[0].mask = core.mask(24, 16, bits);
  const { ends } = await instability(net, data, test, OPTIONS);
  for (const [weights] of ends) expect(weights.every((value, i) => bits[i] === 1 || value === 0)).toBe(true);
  expect(ends[0]).not.toEqual(ends[1]);
});

test("refuses what does not fit, and is as it was after an abort", async () => {
  const { net, data, test: held } = setting();
  const wrong = (options: object) =>
    instability(net, data, held, { ...OPTIONS, ...options } as InstabilityOptions);
  await expect(wrong({ seeds: [1, 1] })).rejects.toThrow(
    '"options.seeds" expected two different seeds, got 1, 1',
  );
  await expect(wrong({ from: 201 })).rejects.toThrow('"options.from" expected an integer from 0 to 200');
  await expect(wrong({ alphas: 1 })).rejects.toThrow('"options.alphas" expected an integer ≥ 2');
  await expect(wrong({ epochs: 1 })).rejects.toThrow('got "epochs"');
  const parameters = net.parameters();
  expect(() => linearPath(net, parameters, parameters.slice(1), held)).toThrow(
    '"b" expected an array of 4, got 3',
  );
  await expect(wrong({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect(net.parameters()).toEqual(parameters);
});
