import { describe, expect, test } from "vitest";
import { panelsBytes } from "../../src/linalg/panels.js";
import { dataset } from "../../src/net/dataset.js";
import { batchNorm, conv, dense, pool } from "../../src/net/description.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { NetworkShape } from "../../src/search/masks.js";
import { PopupLayer } from "../../src/search/popup-layer.js";
import { PopupTrainer, reserveMasks } from "../../src/search/popup-trainer.js";
import { Random } from "../harness/random.js";
import { lossOf } from "../net/conv-twin.js";

const PLAIN = { learningRate: 1, momentum: 0, weightDecay: 0 };

/** A step of all scores against central differences of the relaxed network w · |s| at |s| = mask. */
function compareWithDifferences(shape: NetworkShape, batch: number, kept: number, zeros: number): void {
  const random = new Random(batch);
  const core = openSync();
  const net = network(core, shape, { init: "kaiming-normal", seed: 4 });
  // Without a bias, a neuron that sees only zeros would stand on the kink of its ReLU.
  for (const { bias } of net.layers) bias.copyFrom(random.uniform(bias.columns));
  const [features, classes] = [net.sizes[0], net.sizes[net.sizes.length - 1]];
  const inputs = random.uniform(batch * features).map((x) => (random.below(100) < 100 * zeros ? 0 : x));
  const samples = Array.from({ length: batch }, (_, i) => [
    ...inputs.subarray(i * features, (i + 1) * features),
  ]);
  const labels = Uint8Array.from({ length: batch }, () => random.below(classes));
  const counts = net.layers.map((layer) => Math.round(kept * layer.inputs * layer.outputs));
  reserveMasks(net, counts, batch);
  const trainer = new PopupTrainer(net, batch, 7);
  const masks = net.layers.map(({ mask }) => [...(mask?.toArray() ?? [])]);
  const before = trainer.layers.map((layer) => layer.scores());
  const indices = core.allocate(4 * batch);
  core.u32(indices, batch).set(Array.from({ length: batch }, (_, i) => i));
  const { loss } = trainer.stepOn(dataset(core, inputs, labels, { features, classes }), indices, PLAIN);
  const parameters = net.parameters().map((values) => [...values]);
  const lossWith = (masks: readonly number[][]) => {
    const masked = parameters.map((values, i) =>
      i % 2 === 0 && i < 2 * masks.length ? values.map((w, j) => w * masks[i / 2][j]) : values,
    );
    return lossOf(net.description, masked, samples, labels);
  };
  expect(loss).toBeCloseTo(lossWith(masks), 5);
  for (const [l, layer] of trainer.layers.entries()) {
    const after = layer.scores();
    for (const [i, bit] of masks[l].entries()) {
      const [up, down] = [1e-6, -1e-6].map((by) => {
        const moved = masks.map((mask) => [...mask]);
        moved[l][i] = bit + by;
        return lossWith(moved);
      });
      const slope = ((up - down) / 2e-6) * Math.sign(before[l][i]);
      expect(Math.abs(before[l][i] - after[i] - slope), `layer ${l}, weight ${i}`).toBeLessThan(2e-6);
    }
  }
}

describe("a step of the scores is the slope of the relaxed network, masked weights included", () => {
  test.each([
    ["dense inputs, compressed rows", 0.3, 0],
    ["inputs mostly 0", 0.3, 0.8],
    ["dense products", 0.9, 0.8],
  ])("%s", (_, kept, zeros) => {
    compareWithDifferences([9, 6, 3], 5, kept, zeros);
    compareWithDifferences([5, 34, 4, 2], 33, kept, zeros);
  });
  test.each([
    ["compressed rows", 0.3],
    ["dense products", 0.9],
  ])("of convolutions, pooling and batch norm: %s", (_, kept) => {
    const layers = [conv(3), batchNorm(), conv(4, { stride: 2 }), pool("max"), dense(5), dense(3)];
    compareWithDifferences({ input: [2, 9, 8], layers }, 3, kept, 0.5);
    compareWithDifferences({ input: [1, 5, 5], layers: [conv(2), pool("average"), dense(2)] }, 33, kept, 0);
  });
});

/** One neuron with n inputs and random scores, one sample. */
function neuron(seed: number, n: number, kept: number) {
  const random = new Random(seed);
  const core = openSync();
  const net = network(core, [n, 1], { init: "kaiming-normal", seed });
  const [layer] = net.layers;
  reserveMasks(net, [kept], 1);
  const scores = core.matrix(1, n, random.uniform(n));
  const popup = new PopupLayer(layer, scores, 1, true);
  const x = core.allocate(panelsBytes(n, 1));
  const inputs = random.uniform(n);
  core.f32(x, n).set(inputs);
  const dy = core.matrix(1, 1, [seed % 2 ? 1 : -1]);
  const weights = layer.weights.toArray();
  const output = () => popup.mask.toArray().reduce((sum, bit, j) => sum + bit * weights[j] * inputs[j], 0);
  return { popup, x, dy, output, random };
}

test("swap lemma: a swap of two edges lowers a loss that is linear in the neuron's input", () => {
  let swaps = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { popup, x, dy, output } = neuron(seed, 12, 5);
    for (let step = 0; step < 5; step++) {
      const before = output();
      popup.weightsBackward(1, x, dy.ptr, false);
      popup.update({ ...PLAIN, learningRate: 0.05 });
      const changed = popup.select();
      expect(popup.mask.count).toBe(5);
      if (changed === 0) expect(output()).toBe(before);
      if (changed !== 2) continue;
      swaps++;
      expect(dy.view()[0] * (output() - before)).toBeLessThan(0);
    }
  }
  expect(swaps).toBeGreaterThan(50);
});

test("the mask is the scores of largest magnitude after every step, wherever they move", () => {
  const { popup, x, dy, random } = neuron(3, 300, 90);
  for (let step = 0; step < 60; step++) {
    popup.weightsBackward(1, x, dy.ptr, false);
    // Every tenth step is a jump that the guess does not follow.
    popup.update({
      learningRate: step % 10 === 9 ? 40 : 0.01 * random.below(10),
      momentum: 0.5,
      weightDecay: 0.01,
    });
    popup.select();
    const sizes = [...popup.scores()].map(Math.abs);
    const least = [...sizes].sort((a, b) => b - a)[89];
    expect([...popup.mask.toArray()]).toEqual(sizes.map((size) => (size >= least ? 1 : 0)));
  }
});
