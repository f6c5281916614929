import { expect, test } from "vitest";
import { dataset } from "../../src/net/dataset.js";
import { linear } from "../../src/net/linear.js";
import { network } from "../../src/net/network.js";
import { adam, sgd } from "../../src/net/optimizer.js";
import { trainer } from "../../src/net/trainer.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";

const SIZES = [40, 33, 17, 4];

/** A network with half of its weights pruned, forced to one kernel or left to the choice. */
function masked(kernel?: "dense" | "csr", share = 0.5) {
  const core = openSync();
  const net = network(core, SIZES, { seed: 2 });
  const random = new Random(5);
  for (const layer of net.layers) {
    const length = layer.outputs * layer.inputs;
    const bits = Uint8Array.from({ length }, () => (random.below(1000) < 1000 * share ? 1 : 0));
    layer.setMask(core.mask(layer.outputs, layer.inputs, bits), kernel);
  }
  return { core, net };
}

function batchOf(count: number) {
  const random = new Random(9);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  return { inputs: Uint8Array.from({ length: count * 40 }, () => random.below(256)), labels };
}

test.each([1, 4, 33, 60])(
  "a step on kept weights is the masked dense step, to rounding (batch %i)",
  (batch) => {
    const { inputs, labels } = batchOf(batch);
    const [dense, sparse] = (["dense", "csr"] as const).map((kernel) => {
      const { net } = masked(kernel);
      const steps = trainer(net, { batch, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
      const losses = [0, 1, 2].map(() => steps.step(inputs, labels));
      return { losses, parameters: net.parameters() };
    });
    for (const [i, loss] of dense.losses.entries()) expect(sparse.losses[i]).toBeCloseTo(loss, 5);
    for (const [p, array] of dense.parameters.entries()) {
      array.forEach((w, i) => {
        expect(sparse.parameters[p][i]).toBeCloseTo(w, 5);
      });
    }
  },
);

test("pruned weights stay +0 and kept ones move", () => {
  const { net } = masked("csr", 0.1);
  const before = net.parameters();
  const { inputs, labels } = batchOf(60);
  const steps = trainer(net, { optimizer: adam({ weightDecay: 1e-3 }) });
  for (let i = 0; i < 20; i++) steps.step(inputs, labels);
  for (const [l, layer] of net.layers.entries()) {
    const kept = layer.mask?.toArray() ?? [];
    layer.weights.toArray().forEach((w, i) => {
      if (kept[i]) expect(w).not.toBe(before[2 * l][i]);
      else expect(Object.is(w, 0)).toBe(true);
    });
  }
});

test("same seed, same bytes; 3,000 sparse steps leave the memory as it was", () => {
  const run = () => {
    const { core, net } = masked("csr", 0.2);
    const { inputs, labels } = batchOf(60);
    const steps = trainer(net);
    steps.step(inputs, labels);
    const before = [core.memory.buffer.byteLength, core.freeBytes];
    for (let i = 0; i < 3000; i++) steps.step(inputs, labels);
    expect([core.memory.buffer.byteLength, core.freeBytes]).toEqual(before);
    return net.parameters();
  };
  expect(run()).toEqual(run());
});

test("weights, forward products and further training agree on the newest values", () => {
  const { core, net } = masked("csr", 0.3);
  const { inputs, labels } = batchOf(60);
  const data = dataset(core, inputs, labels, { features: 40, classes: 4 });
  expect(data.count).toBe(60);
  const steps = trainer(net);
  const x = new Random(1).uniform(40 * 7);
  const start = net.forward(x);
  steps.step(inputs, labels);
  const trained = net.forward(x);
  expect(trained).not.toEqual(start);
  const copy = masked("csr", 0.3).net;
  copy.load(net.parameters());
  expect(copy.forward(x)).toEqual(trained);
  net.layers[0].weights.fill(0);
  net.layers[0].changed();
  expect(net.forward(x)).not.toEqual(trained);
});

test("a mask that keeps no more than the last one is packed in its place", () => {
  const core = openSync();
  const random = new Random(4);
  const weights = random.uniform(300 * 784);
  const bits = Uint8Array.from(weights, () => (random.below(10) < 4 ? 1 : 0));
  const layer = linear(core, weights, { inputs: 784, outputs: 300, mask: core.mask(300, 784, bits) });
  const x = random.uniform(784 * 5);
  const mask = core.mask(300, 784);
  const used = () => core.memory.buffer.byteLength - core.freeBytes;
  layer.forward(x);
  const before = used();
  for (const share of [9, 5, 2]) {
    mask.copyFrom(bits.map((bit, at) => (bit && (at * 7919) % 10 < share ? 1 : 0)));
    layer.mask = mask;
    expect(layer.kernel).toBe("csr");
    const dense = linear(openSync(), weights, { inputs: 784, outputs: 300 });
    dense.setMask(dense.core.mask(300, 784, mask), "dense");
    const [got, want] = [layer.forward(x), dense.forward(x)];
    got.forEach((y, i) => {
      expect(y).toBeCloseTo(want[i], 4);
    });
  }
  expect(used()).toBe(before);
});

test("a layer takes the kernel that costs least for the batch, or the one it is told", () => {
  const core = openSync();
  const random = new Random(3);
  const weights = random.uniform(64 * 64);
  const mask = (share: number) =>
    core.mask(
      64,
      64,
      Uint8Array.from({ length: 4096 }, () => (random.below(100) < share ? 1 : 0)),
    );
  const shape = { inputs: 64, outputs: 64 };
  expect(linear(core, weights, shape).kernel).toBe("dense");
  expect(linear(core, weights, { ...shape, mask: mask(97) }).kernel).toBe("dense");
  const thin = linear(core, weights, { ...shape, mask: mask(10) });
  expect([1, 4, 32, 60].map((batch) => thin.kernelFor(batch))).toEqual(["csr", "csr", "csr", "csr"]);
  const half = linear(core, weights, { ...shape, mask: mask(50) });
  expect([half.kernelFor(1), half.kernel]).toEqual(["dense", "csr"]);
  expect(linear(core, weights, { ...shape, mask: mask(10), kernel: "dense" }).kernel).toBe("dense");
  const blocks = Uint8Array.from({ length: 4096 }, (_, at) => (((at % 64) + (at >> 8)) % 5 === 0 ? 1 : 0));
  expect(linear(core, weights, { ...shape, mask: core.mask(64, 64, blocks) }).kernel).toBe("block-4x1");
  const inPairs = Uint8Array.from({ length: 4096 }, (_, at) => ((at + (at >> 6)) % 4 < 2 ? 1 : 0));
  const pairs = core.mask(64, 64, inPairs);
  expect(linear(core, weights, { ...shape, mask: pairs, kernel: "2:4" }).kernel).toBe("2:4");
  expect(() => linear(core, weights, { ...shape, kernel: "csr" })).toThrow('"kernel" expected "dense"');
  expect(() => linear(core, weights, { ...shape, mask: mask(50), kernel: "2:4" })).toThrow('pattern "2:4"');
});
