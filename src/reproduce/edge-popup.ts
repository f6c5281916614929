/** Edge-popup: how well random weights do, by how many of them are kept; and why swaps of edges help. */
import { dataset } from "../net/dataset.js";
import { network } from "../net/network.js";
import { STREAM, seedWords } from "../random.js";
import { type EdgePopupOptions, edgePopup } from "../search/edge-popup.js";
import { PopupLayer } from "../search/popup-layer.js";
import { reserveMasks } from "../search/popup-trainer.js";
import type { Core } from "../tensor/core.js";
import type { Context, Experiment } from "./contract.js";
import { percent, testAccuracy } from "./mnist-nets.js";

const PAPER = "Ramanujan et al. 2019, What's Hidden in a Randomly Weighted Neural Network?";
const SIZES = [784, 300, 100, 10];
const SHAPE = { features: 784, classes: 10 };

/** Test accuracy of what is found in LeNet-300-100 with all 60,000 pictures. */
async function accuracyOf(context: Context, options: EdgePopupOptions): Promise<number> {
  const { core, mnist } = context;
  using _scope = core.scope();
  const data = dataset(core, mnist.trainImages, mnist.trainLabels, SHAPE);
  const { network: net } = await edgePopup(SIZES, data, options);
  return testAccuracy(context, net);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The headline: a good network is hidden in a random one. */
export const untrainedAccuracy: Experiment = {
  name: "edge-popup",
  paper: PAPER,
  result: "LeNet-300-100 on MNIST, no weight trained: test accuracy with 30 and 50 % of the weights kept",
  published: "no figure on MNIST; the method in PyTorch, one seed, 10 epochs: 97.33 and 96.85 %",
  differs: "MNIST and a small network for ImageNet and ResNets; with --quick 2 epochs",
  async run(context) {
    const epochs = context.isQuick ? 2 : 10;
    const least = context.isQuick ? [0.945, 0.94] : [0.972, 0.965];
    const means: number[] = [];
    for (const kept of [0.3, 0.5]) {
      const accuracies: number[] = [];
      for (let seed = 0; seed < context.seeds; seed++) {
        accuracies.push(await accuracyOf(context, { kept, epochs, seed }));
      }
      means.push(mean(accuracies));
    }
    return {
      measured: `${means.map(percent).join(" and ")} %, ${epochs} epochs, mean of ${context.seeds}`,
      holds: means.every((accuracy, i) => accuracy >= least[i]),
    };
  },
};

const SHARES = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9];
const QUICK_SHARES = [0.02, 0.1, 0.5];
const CURVES = [
  { name: "signed constant, scaled", init: "kaiming-constant", scaled: true },
  { name: "signed constant", init: "kaiming-constant", scaled: false },
  { name: "normal, scaled", init: "kaiming-normal", scaled: true },
] as const;

/** How many to keep, and what scaling is for. */
export const sharesKept: Experiment = {
  name: "edge-popup-shares",
  paper: PAPER,
  result: "accuracy against the share kept, with and without the factor √(1 / k), and with normal weights",
  published:
    "best in between, near 50 % for CIFAR-10; the signed constant beats normal weights; scaling helps",
  differs: "MNIST, where a tenth is enough; 2 epochs a point (1 with --quick); inits compared from 10 % on",
  async run(context) {
    const epochs = context.isQuick ? 1 : 2;
    const shares = context.isQuick ? QUICK_SHARES : SHARES;
    const curves: number[][] = [];
    for (const { init, scaled } of CURVES) {
      const curve: number[] = [];
      for (const kept of shares) curve.push(await accuracyOf(context, { kept, epochs, init, scaled }));
      curves.push(curve);
    }
    const [scaled, unscaled, normal] = curves;
    const best = scaled.indexOf(Math.max(...scaled));
    const tenth = shares.indexOf(0.1);
    const isInside = best > 0 && best < shares.length - 1;
    const shown = CURVES.map(({ name }, c) => `${name} ${curves[c].map(percent).join(" ")}`);
    const figure = {
      title: "Edge-popup: random weights, none trained",
      x: "% of the weights kept",
      y: "% of the test pictures right",
      series: CURVES.map(({ name }, c) => ({
        name,
        points: shares.map((kept, i) => [100 * kept, 100 * curves[c][i]] as const),
      })),
    };
    return {
      measured: `k = ${shares.map((kept) => 100 * kept).join(" ")} %: ${shown.join("; ")}`,
      holds:
        isInside &&
        scaled[tenth] > unscaled[tenth] + 0.01 &&
        mean(scaled.slice(tenth)) > mean(normal.slice(tenth)),
      figures: [figure],
    };
  },
};

const NEURONS = 500;
const INPUTS = 12;
const KEPT = 5;

/** Steps of a neuron whose loss is ± its input: what each swap of two edges added to the loss. */
function swapsOf(core: Core, seed: number): number[] {
  using _scope = core.scope();
  const net = network(core, [INPUTS, 1], { init: "kaiming-normal", seed });
  reserveMasks(net, [KEPT], 1);
  const [layer] = net.layers;
  const drawn = core.matrix(2, INPUTS);
  core.kernels.f32_random_uniform(2 * INPUTS, -1, 1, ...seedWords(seed), STREAM.trials, 0, drawn.ptr);
  const values = drawn.toArray();
  const scores = core.matrix(1, INPUTS, values.subarray(INPUTS));
  const slope = seed % 2 === 0 ? 1 : -1;
  const dy = core.matrix(1, 1, [slope]);
  const popup = new PopupLayer(layer, scores, 1, true);
  const weights = layer.weights.toArray();
  const input = () => popup.mask.toArray().reduce((sum, bit, j) => sum + bit * weights[j] * values[j], 0);
  const rises: number[] = [];
  for (let step = 0; step < 10; step++) {
    const before = input();
    popup.weightsBackward(1, drawn.ptr, dy.ptr, false);
    popup.update({ learningRate: 0.05, momentum: 0, weightDecay: 0 });
    if (popup.select() === 2) rises.push(slope * (input() - before));
  }
  return rises;
}

/** Why it works: an edge that replaces another lowers the loss. */
export const swapLemma: Experiment = {
  name: "swap-lemma",
  paper: PAPER,
  result: `swaps of two edges in ${NEURONS} neurons by plain gradient descent, loss linear in the neuron's input`,
  published: "each swap lowers the loss",
  async run({ core }) {
    const rises = Array.from({ length: NEURONS }, (_, seed) => swapsOf(core, seed)).flat();
    const failures = rises.filter((rise) => rise >= 0).length;
    const figure = {
      title: "Edge-popup: what each swap of two edges does to the loss",
      x: "swaps, the most helpful first",
      y: "change of the loss",
      series: [
        { name: "a swap", points: rises.sort((a, b) => a - b).map((rise, i) => [i + 1, rise] as const) },
      ],
    };
    return {
      measured: `${rises.length} swaps, ${failures} do not`,
      holds: rises.length > 100 && failures === 0,
      figures: [figure],
    };
  },
};
