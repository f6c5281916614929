/** A multi-layer perceptron in f64, sample by sample, as the papers write it: the oracle of the statistics. */
import { dataset } from "../../src/net/dataset.js";
import { type Network, network } from "../../src/net/network.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

export const SIZES = [7, 6, 5, 3];

/** A network with biases and, in its middle layer, a mask over weights that are not 0. */
export function maskedNetwork(core: Core, sizes = SIZES): Network {
  const random = new Random(3);
  const net = network(core, sizes, { seed: 5 });
  for (const layer of net.layers) layer.bias.copyFrom(random.uniform(layer.outputs, -0.1, 0.1));
  const { outputs, inputs } = net.layers[1];
  net.layers[1].mask = core.mask(outputs, inputs).copyFrom(random.bits(outputs * Math.ceil(inputs / 32)));
  return net;
}

export interface Samples {
  readonly x: Float32Array;
  readonly labels: Uint8Array;
}

/** Samples of which input 2 is always 0. */
export function someSamples(count: number, sizes = SIZES): Samples {
  const random = new Random(11);
  const classes = sizes[sizes.length - 1];
  const x = random.uniform(count * sizes[0]).map((value, i) => (i % sizes[0] === 2 ? 0 : value));
  return { x, labels: Uint8Array.from({ length: count }, () => random.below(classes)) };
}

export function dataOf(net: Network, { x, labels }: Samples) {
  return dataset(net.core, x, labels, { features: net.sizes[0], classes: net.sizes[net.sizes.length - 1] });
}

/** The layers' parameters, pruned weights 0. */
export interface Plain {
  readonly sizes: readonly number[];
  readonly weights: readonly Float64Array[];
  readonly kept: readonly Uint8Array[];
  readonly biases: readonly Float64Array[];
}

export function plainOf(net: Network): Plain {
  const kept = net.layers.map(({ mask, outputs, inputs }) =>
    mask ? mask.toArray() : new Uint8Array(outputs * inputs).fill(1),
  );
  return {
    sizes: net.sizes,
    kept,
    weights: net.layers.map(({ weights }, l) => Float64Array.from(weights.toArray(), (w, i) => w * kept[l][i])),
    biases: net.layers.map(({ bias }) => Float64Array.from(bias.toArray())),
  };
}

export const withWeights = (plain: Plain, weights: readonly Float64Array[]): Plain => ({ ...plain, weights });

/** Inputs of each layer, then the probabilities. */
export function activations({ sizes, weights, biases }: Plain, x: ArrayLike<number>): number[][] {
  const all = [Array.from(x)];
  for (const [l, bias] of biases.entries()) {
    const z = Array.from(bias, (b, i) => all[l].reduce((sum, v, j) => sum + weights[l][i * sizes[l] + j] * v, b));
    all.push(l < biases.length - 1 ? z.map((v) => Math.max(0, v)) : softmax(z));
  }
  return all;
}

function softmax(z: readonly number[]): number[] {
  const top = Math.max(...z);
  const weights = z.map((v) => Math.exp(v - top));
  const sum = weights.reduce((s, w) => s + w, 0);
  return weights.map((w) => w / sum);
}

/** What runs backwards: at the softmax, and from a layer's outputs to its open inputs, by weights or their squares. */
function backwards(plain: Plain, a: readonly number[][], top: readonly number[], power: 1 | 2): number[][] {
  const { sizes, weights } = plain;
  const all = [Array.from(top)];
  for (let l = weights.length - 1; l > 0; l--) {
    const below = a[l].map((v, j) =>
      v > 0 ? all[0].reduce((sum, d, i) => sum + weights[l][i * sizes[l] + j] ** power * d, 0) : 0,
    );
    all.unshift(below);
  }
  return all;
}

/** Mean over the samples of one matrix a layer; 0 where pruned. */
function meanOver(plain: Plain, { x, labels }: Samples, of: (x: Float32Array, label: number) => number[][]) {
  const sums = plain.weights.map((weights) => new Float64Array(weights.length));
  const inputs = plain.sizes[0];
  for (const [s, label] of labels.entries()) {
    for (const [l, values] of of(x.subarray(s * inputs, (s + 1) * inputs), label).entries()) {
      for (const [i, value] of values.entries()) sums[l][i] += (value * plain.kept[l][i]) / labels.length;
    }
  }
  return sums;
}

const outer = (y: readonly number[], x: readonly number[]) => y.flatMap((u) => x.map((v) => u * v));

/** The gradient of one sample's loss. */
function gradientOf(plain: Plain, x: Float32Array, label: number): number[][] {
  const a = activations(plain, x);
  const top = a[a.length - 1].map((p, c) => p - Number(c === label));
  return backwards(plain, a, top, 1).map((d, l) => outer(d, a[l]));
}

export const gradients = (plain: Plain, samples: Samples) =>
  meanOver(plain, samples, (x, label) => gradientOf(plain, x, label));

export const squaredGradients = (plain: Plain, samples: Samples) =>
  meanOver(plain, samples, (x, label) => gradientOf(plain, x, label).map((g) => g.map((v) => v * v)));

/** Optimal Brain Damage, pattern by pattern: A at the softmax is p(1 − p), h = A x². */
export const curvature = (plain: Plain, samples: Samples) =>
  meanOver(plain, samples, (x) => {
    const a = activations(plain, x);
    const top = a[a.length - 1].map((p) => p * (1 - p));
    return backwards(plain, a, top, 2).map((d, l) => outer(d, a[l].map((v) => v * v)));
  });

/** Mean square of the inputs of each layer. */
export function inputSquares(plain: Plain, { x, labels }: Samples): Float64Array[] {
  const sums = plain.sizes.slice(0, -1).map((size) => new Float64Array(size));
  const inputs = plain.sizes[0];
  for (const s of labels.keys()) {
    const a = activations(plain, x.subarray(s * inputs, (s + 1) * inputs));
    for (const [l, sum] of sums.entries()) for (const [j, v] of a[l].entries()) sum[j] += (v * v) / labels.length;
  }
  return sums;
}

/** Mean cross-entropy, in nats. */
export function loss(plain: Plain, { x, labels }: Samples): number {
  const inputs = plain.sizes[0];
  return labels.reduce((sum, label, s) => {
    const a = activations(plain, x.subarray(s * inputs, (s + 1) * inputs));
    return sum - Math.log(a[a.length - 1][label]) / labels.length;
  }, 0);
}

/** By need. */
export const statistics = { gradients, squaredGradients, curvature, inputSquares };
