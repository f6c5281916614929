import { expect, test } from "vitest";
import { dataset } from "../../src/net/dataset.js";
import { network } from "../../src/net/network.js";
import { sgd } from "../../src/net/optimizer.js";
import { train } from "../../src/net/train.js";
import { openSync } from "../../src/open.js";
import type { Context } from "../../src/reproduce/contract.js";
import { freezingBiases } from "../../src/reproduce/mnist-nets.js";
import { malachFailures, orseauFailures } from "../../src/reproduce/strong-tickets.js";
import { goldenRatio, successTable } from "../../src/reproduce/subset-sums.js";

test.each([goldenRatio, successTable(8000), orseauFailures(200), malachFailures(100)])(
  "$result: holds, the same each time",
  async ({ run }) => {
    using core = openSync();
    const outcome = await run({ core } as Context);
    expect(outcome.holds, outcome.measured).toBe(true);
    using other = openSync();
    expect(await run({ core: other } as Context)).toEqual(outcome);
  },
);

test("the golden ratio is the threshold", async () => {
  using core = openSync();
  const { measured } = await goldenRatio.run({ core } as Context);
  const ratios = [...measured.matchAll(/g = [\d.]+: ([\d.e+]+)/g)].map(([, ratio]) => Number(ratio));
  expect(ratios).toHaveLength(4);
  // The ends of the intervals reach the bound, but for rounding; below the ratio nothing is near it.
  for (const ratio of ratios.slice(0, 2)) expect(ratio).toBeCloseTo(1, 2);
  for (const ratio of ratios.slice(2)) expect(ratio).toBeGreaterThan(100);
});

test("fewer neurons than the formula asks for fail more and more", async () => {
  using core = openSync();
  const { measured } = await orseauFailures(100).run({ core } as Context);
  const failing = [...measured.matchAll(/(\d+)(?=[;,]|$)/g)].map(([, count]) => Number(count));
  expect(failing).toHaveLength(4);
  expect(failing).toEqual([...failing].sort((a, b) => a - b));
  expect(failing[0]).toBe(0);
  expect(failing[3]).toBeGreaterThan(50);
});

test("frozen biases stay as they are, and nothing else changes in a step", async () => {
  using core = openSync();
  const inputs = Float32Array.from({ length: 40 }, (_, at) => ((at * 7) % 11) / 11);
  const labels = Uint8Array.from({ length: 10 }, (_, s) => s % 2);
  const data = dataset(core, inputs, labels, { features: 4, classes: 2 });
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 });
  const after = async (iterations: number, isFrozen: boolean) => {
    const net = network(core, [4, 3, 2], { seed: 1 });
    net.layers[0].bias.copyFrom([0.5, -0.25, 0]);
    const options = {
      iterations,
      batch: 5,
      optimizer: isFrozen ? freezingBiases(net, optimizer) : optimizer,
    };
    await train(net, data, options);
    return net.parameters();
  };
  const start = await after(0, false);
  const [weights, bias, weights2, bias2] = await after(1, true);
  const plain = await after(1, false);
  expect([weights, weights2]).toEqual([plain[0], plain[2]]);
  expect(plain[3]).not.toEqual(start[3]);
  expect([bias, bias2]).toEqual([start[1], start[3]]);
  const later = await after(5, true);
  expect([later[1], later[3]]).toEqual([start[1], start[3]]);
  expect(later[0]).not.toEqual(weights);
});
