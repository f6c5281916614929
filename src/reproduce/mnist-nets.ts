/** What experiments share: pictures, and networks that learned them. */
import { readFileSync } from "node:fs";
import { loadMnist } from "../cli/mnist-files.js";
import { readSafetensors } from "../io/safetensors.js";
import { type Dataset, dataset } from "../net/dataset.js";
import { evaluate, type Runnable } from "../net/evaluate.js";
import { type Network, network } from "../net/network.js";
import { adam, type Optimizer, sgd, type Updates } from "../net/optimizer.js";
import { train } from "../net/train.js";
import type { Core } from "../tensor/core.js";
import type { Context } from "./contract.js";

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
export function contextIn(core: Core, effort: Pick<Context, "seeds" | "isQuick" | "workers">): Context {
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
