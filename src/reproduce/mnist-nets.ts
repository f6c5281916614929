/** Networks on MNIST: trained, judged, and pruned in one shot. */
import { readFileSync } from "node:fs";
import { loadMnist } from "../cli/mnist-files.js";
import { readSafetensors } from "../io/safetensors.js";
import { type Dataset, dataset } from "../net/dataset.js";
import { evaluate, type Runnable } from "../net/evaluate.js";
import { type Network, network } from "../net/network.js";
import { adam, type Optimizer, sgd, type Updates } from "../net/optimizer.js";
import { train } from "../net/train.js";
import { prune } from "../prune/prune.js";
import { layerStatistics } from "../saliency/layer-statistics.js";
import { obd as criterion } from "../saliency/obd.js";
import type { Core } from "../tensor/core.js";
import type { Context, Experiment } from "./contract.js";

const SIZES = [784, 40, 20, 10];
const TRAINED = 55_000;
const SHAPE = { features: 784, classes: 10 };

/** Two digits after the point. */
export const percent = (share: number) => (100 * share).toFixed(2);

type Pictures = Pick<Context, "core" | "mnist">;

/** The first training pictures, in the innermost open scope. */
export const trainingData = ({ core, mnist }: Pictures, count = TRAINED): Dataset =>
  dataset(core, mnist.trainImages.subarray(0, 784 * count), mnist.trainLabels.subarray(0, count), SHAPE);

/** The 10,000 test pictures, in the innermost open scope. */
export const testData = ({ core, mnist }: Pictures): Dataset =>
  dataset(core, mnist.testImages, mnist.testLabels, SHAPE);

/** Share of the 10,000 test pictures that a network puts in their class. */
export function testAccuracy(context: Context, net: Runnable): number {
  return context.core.scoped(() => evaluate(net, testData(context)).accuracy);
}

/** The test pictures as numbers from 0 to 1. */
export function testPictures({ mnist }: Context): Float32Array {
  return Float32Array.from(mnist.testImages, (value) => value / 255);
}

/** LeNet-300-100 as PyTorch trained it. */
export function lenet(core: Core): Network {
  const file = new URL("../../test/fixtures/lenet-300-100-mnist.safetensors", import.meta.url);
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(file)));
  const net = network(core, [784, 300, 100, 10]);
  const names = [0, 2, 4].flatMap((l) => [`${l}.weight`, `${l}.bias`]);
  net.load(names.map((name) => tensors.get(name)?.data as Float32Array));
  return net;
}

/** The network of Pensia et al., from what PyTorch starts with, U(−b, b), b² = 1 / inputs; five epochs, not ten. */
const BIAS_FREE = [784, 500, 10];
const RATES = [0.1, 0.1, 0.1, 0.05, 0.01];

async function trainWithoutBiases(context: Context, net: Network): Promise<void> {
  const { core } = context;
  using _scope = core.scope();
  for (const { weights } of net.layers) {
    const values = weights.view();
    values.forEach((value, at) => {
      values[at] = value / Math.sqrt(6);
    });
  }
  const data = trainingData(context);
  const epoch = Math.floor(TRAINED / 64);
  for (const [e, learningRate] of RATES.entries()) {
    const optimizer = freezingBiases(net, sgd({ learningRate, momentum: 0.9, weightDecay: 5e-4 }));
    await train(net, data, { startAt: e * epoch, iterations: (e + 1) * epoch, batch: 64, optimizer });
  }
}

/** An optimiser that leaves the biases of a network as they are. */
export function freezingBiases(net: Network, optimizer: Optimizer): Optimizer {
  const frozen = new Set(net.layers.map(({ bias }) => bias.ptr));
  const begin = (): Updates => {
    const updates = optimizer.begin();
    return {
      advance: () => updates.advance(),
      update(kernels, n, parameters, gradient, state) {
        if (!frozen.has(parameters)) updates.update(kernels, n, parameters, gradient, state);
      },
    };
  };
  return { ...optimizer, begin };
}

/** What all experiments share. */
export function contextIn(core: Core, effort: Pick<Context, "seeds" | "isQuick">): Context {
  const mnist = loadMnist();
  const mlpnet = once(
    () => network(core, SIZES, { seed: 1 }),
    async (net) => {
      using _scope = core.scope();
      await train(net, trainingData(context), { iterations: 6000, batch: 60, optimizer: adam() });
    },
  );
  const withoutBiases = once(
    () => network(core, BIAS_FREE, { init: "kaiming-uniform", seed: 1 }),
    (net) => trainWithoutBiases(context, net),
  );
  const context: Context = { core, mnist, ...effort, mlpnet, withoutBiases };
  return context;
}

/** Trains a network when it is first asked for, and gives copies of it from then on. */
function once(make: () => Network, teach: (net: Network) => Promise<void>): () => Promise<Network> {
  let trained: Float32Array[] | undefined;
  return async () => {
    const net = make();
    if (!trained) {
      await teach(net);
      trained = net.parameters();
    }
    net.load(trained);
    return net;
  };
}

/** Optimal Brain Damage: the sum of the saliencies says what deletions cost, as long as they are few. */
export const obdPrediction: Experiment = {
  paper: "LeCun, Denker & Solla 1990, Optimal Brain Damage",
  result: "predicted against true increase of the training loss, by parameters deleted",
  published: "they agree up to about 30 % deleted",
  async run(context) {
    const { core } = context;
    using _scope = core.scope();
    const data = trainingData(context, 10_000);
    const net = await context.mlpnet();
    const before = evaluate(net, data).loss;
    const layers = net.layers.map((_, l) => l);
    const statistics = await layerStatistics(net, layers, ["curvature"], data, async () => {});
    const saliencies = net.layers.flatMap(({ weights }, index) => {
      const out = core.matrix(weights.rows, weights.columns);
      criterion.score({ weights, index, seed: 0, ...statistics[index] }, out);
      return [...out.view()];
    });
    saliencies.sort((a, b) => a - b);
    const calibration = context.mnist.trainImages.subarray(0, 784 * 10_000);
    const rows: { share: number; predicted: number; increase: number }[] = [];
    for (const share of [0.1, 0.2, 0.3, 0.4, 0.6]) {
      const pruned = await context.mlpnet();
      await prune(pruned, { method: "obd", budget: "global", sparsity: share, calibration });
      const predicted = saliencies
        .slice(0, Math.round(share * saliencies.length))
        .reduce((sum, s) => sum + s, 0);
      rows.push({ share, predicted, increase: evaluate(pruned, data).loss - before });
    }
    const shown = rows.map(
      ({ share, predicted, increase }) =>
        `${100 * share} %: ${predicted.toExponential(1)} / ${increase.toExponential(1)}`,
    );
    // Up to 30 % both say "next to nothing": less than a hundredth of the loss. Beyond, the truth rises faster.
    const isNear = rows
      .slice(0, 3)
      .every(({ predicted, increase }) => Math.max(predicted, increase) < before / 100);
    const figure = {
      title: "Optimal Brain Damage: what deletions cost",
      x: "parameters deleted, %",
      y: "increase of the training loss",
      isYLogarithmic: true,
      series: (["predicted", "increase"] as const).map((kind) => ({
        name: kind === "increase" ? "true" : kind,
        points: rows.map((row) => [100 * row.share, row[kind]] as const).filter(([, y]) => y > 0),
      })),
    };
    const measured = `loss ${before.toExponential(1)}; ${shown.join(", ")}`;
    return { measured, holds: isNear, figures: [figure] };
  },
};

/** Optimal Brain Damage: most of the parameters go without a loss, with training between deletions. */
export const obdRetraining: Experiment = {
  paper: "LeCun, Denker & Solla 1990, Optimal Brain Damage",
  result: "test error after deleting 60 % of the parameters, with retraining",
  published: "unchanged",
  async run(context) {
    using _scope = context.core.scope();
    const data = trainingData(context);
    const net = await context.mlpnet();
    const before = testAccuracy(context, net);
    const calibration = context.mnist.trainImages.subarray(0, 784 * 5_000);
    for (const sparsity of [0.2, 0.4, 0.6]) {
      await prune(net, { method: "obd", budget: "global", sparsity, calibration });
      await train(net, data, { iterations: 2000, batch: 60, optimizer: adam({ learningRate: 5e-4 }) });
    }
    const after = testAccuracy(context, net);
    const measured = `${percent(1 - before)} % → ${percent(1 - after)} %`;
    return { measured, holds: after >= before - 0.002 };
  },
};

/** One shot to 95 % on MLPNet: what second-order information is worth. */
export const mlpnet: Experiment = {
  paper: "Singh & Alistarh 2020, WoodFisher",
  result: "MLPNet 784-40-20-10 at a sparsity of 95 % in one shot: test accuracy",
  published: "dense 93.97; block WoodFisher 84.18, K-FAC 81.26, diagonal Fisher 19.88",
  async run(context) {
    using _scope = context.core.scope();
    const labels = context.mnist.trainLabels.subarray(0, 2048);
    const calibration = context.mnist.trainImages.subarray(0, 784 * 2048);
    const accuracies = new Map<string, number>([["dense", testAccuracy(context, await context.mlpnet())]]);
    for (const method of ["exact-obs", "fisher", "diagonal-fisher", "magnitude"] as const) {
      const net = await context.mlpnet();
      await prune(net, { method, budget: "global", sparsity: 0.95, calibration, labels });
      accuracies.set(method, testAccuracy(context, net));
    }
    const of = (name: string) => accuracies.get(name) ?? Number.NaN;
    return {
      measured: [...accuracies].map(([name, accuracy]) => `${name} ${percent(accuracy)}`).join(", "),
      holds: ["exact-obs", "fisher"].every(
        (name) => of(name) > of("diagonal-fisher") && of(name) > of("magnitude"),
      ),
    };
  },
};

/** LeNet-300-100 as PyTorch trained it: the errors of its first layer that the published OBC code gets. */
export const lenetFirstLayer: Experiment = {
  paper: "Frantar & Alistarh 2022, Optimal Brain Compression",
  result: "LeNet-300-100 on MNIST, first layer by exact OBS: relative output error at 50, 70, 90, 95, 98 %",
  published: "6.7e-5, 5.0e-4, 6.4e-3, 2.0e-2, 6.3e-2 (its own code)",
  async run({ core, mnist }) {
    using _scope = core.scope();
    const net = lenet(core);
    const calibration = mnist.trainImages.subarray(0, 784 * 2048);
    const published = [6.7e-5, 5.0e-4, 6.4e-3, 2.0e-2, 6.3e-2];
    const pruned = await prune(net, { sparsity: 0, calibration });
    const errors: number[] = [];
    for (const sparsity of [0.5, 0.7, 0.9, 0.95, 0.98]) {
      errors.push((await pruned.at(sparsity)).layers[0].relativeError ?? Number.NaN);
    }
    return {
      measured: errors.map((error) => error.toExponential(2)).join(", "),
      holds: errors.every((error, i) => error <= 1.01 * published[i]),
    };
  },
};
