/** A step of edge-popup against the step that trains all weights: LeNet-300-100 on MNIST, batches of 128. */
import { dataset, network, openSync, sgd, trainer } from "../src/index.js";
import { PopupTrainer, reserveMasks } from "../src/search/popup-trainer.js";
import { assertAccepted, binaries, type Variant } from "./binaries.js";
import { bench } from "./harness.js";
import type { Prepared } from "./measure.js";
import { lenet, SIZES } from "./rivals/lenet.js";

const BATCH = 128;
const STEP = { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 };

/** A core with the pictures in batches, and a random network whose masks are those of its first scores. */
function prepare(variant: Variant, kept: number) {
  assertAccepted(binaries[variant].bytes);
  const core = openSync({ variant });
  const given = lenet(0);
  const [images, labels] = [given.images, given.labels].map((parts) => {
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  });
  const data = dataset(core, images, labels, { features: SIZES[0], classes: SIZES[SIZES.length - 1] });
  const order = core.allocate(4 * data.count);
  core.u32(order, data.count).set(Uint32Array.from({ length: data.count }, (_, i) => i));
  const batches = Math.floor(data.count / BATCH);
  let count = 0;
  const nextBatch = () => order + 4 * BATCH * (count++ % batches);
  const net = network(core, SIZES, { init: "kaiming-constant", seed: 1 });
  for (const { weights } of net.layers) weights.copyFrom(weights.toArray().map((w) => w * Math.sqrt(1 / kept)));
  reserveMasks(net, net.layers.map(({ inputs, outputs }) => Math.round(kept * inputs * outputs)), BATCH);
  const popup = new PopupTrainer(net, BATCH, 1);
  return { core, data, net, popup, nextBatch, images, labels };
}

/** The output is the loss of the first step; the timed steps go on from there. */
function stepping(step: () => number, close: () => void): Prepared {
  const first = step();
  return { run: step, output: () => [first], close };
}

function popupStep(variant: Variant, kept: number): Prepared {
  const { core, data, popup, nextBatch } = prepare(variant, kept);
  return stepping(() => popup.stepOn(data, nextBatch(), STEP).loss, () => core.dispose());
}

/** All weights are trained, from what edge-popup begins with: the pruned ones at 0. */
function denseStep(variant: Variant, kept: number): Prepared {
  const { core, data, net, nextBatch } = prepare(variant, kept);
  for (const layer of net.layers) {
    layer.applyMask();
    layer.mask = undefined;
  }
  const steps = trainer(net, { optimizer: sgd(STEP), batch: BATCH });
  return stepping(() => steps.stepOn(data, nextBatch()), () => core.dispose());
}

/** The first loss, from plain loops in f64. */
function firstLoss(kept: number): number {
  const { core, net, images, labels } = prepare("simd", kept);
  const weights = net.layers.map(({ weights, mask }) => {
    const bits = mask?.toArray() ?? [];
    return weights.toArray().map((w, i) => w * bits[i]);
  });
  core.dispose();
  let loss = 0;
  for (let i = 0; i < BATCH; i++) {
    let values = Float64Array.from(images.subarray(i * SIZES[0], (i + 1) * SIZES[0]), (byte) => byte / 255);
    for (const [l, w] of weights.entries()) {
      values = Float64Array.from({ length: SIZES[l + 1] }, (_, o) => {
        const sum = values.reduce((s, x, j) => s + x * w[o * values.length + j], 0);
        return l < weights.length - 1 ? Math.max(0, sum) : sum;
      });
    }
    loss += (Math.log(values.reduce((s, value) => s + Math.exp(value), 0)) - values[labels[i]]) / BATCH;
  }
  return loss;
}

for (const kept of [0.1, 0.3, 0.5]) {
  bench({
    suite: "edge-popup",
    name: `step@${kept}`,
    quick: kept === 0.1,
    expected: () => ({ values: [firstLoss(kept)], bound: () => 1e-4 }),
    implementations: {
      simd: () => popupStep("simd", kept),
      relaxed: () => popupStep("relaxed", kept),
      "simd-train-dense": () => denseStep("simd", kept),
      "relaxed-train-dense": () => denseStep("relaxed", kept),
    },
  });
}
