/**
 * The plain twin of a training step: typed arrays, loops in the order of the rows, pruned weights multiplied
 * by 0. Its cost does not depend on the mask.
 */
import type { Prepared } from "../measure.js";
import { ADAM, BATCH, type Lenet, SIZES, training } from "./lenet.js";

interface Parameter {
  value: Float32Array;
  gradient: Float32Array;
  moment1: Float32Array;
  moment2: Float32Array;
}

interface Layer {
  inputs: number;
  outputs: number;
  weights: Parameter;
  bias: Parameter;
  mask?: Float32Array;
  /** Weights ⊙ mask; the weights themselves where nothing is pruned. */
  kept: Float32Array;
  y: Float32Array;
  dy: Float32Array;
}

export function trainJs({ weights, masks, images, labels }: Lenet): Prepared {
  const layers = weights.map((values, index): Layer => {
    const inputs = SIZES[index];
    const outputs = SIZES[index + 1];
    const own = parameter(values.slice());
    const mask = masks?.[index];
    return {
      inputs,
      outputs,
      weights: own,
      bias: parameter(new Float32Array(outputs)),
      mask,
      kept: mask ? new Float32Array(values.length) : own.value,
      y: new Float32Array(BATCH * outputs),
      dy: new Float32Array(BATCH * outputs),
    };
  });
  const last = layers[layers.length - 1];
  const x = new Float32Array(BATCH * SIZES[0]);
  let steps = 0;

  return training((batch) => {
    for (let i = 0; i < x.length; i++) x[i] = images[batch][i] / 255;
    for (const [index, layer] of layers.entries()) {
      if (layer.mask) multiply(layer.weights.value, layer.mask, layer.kept);
      forward(layer, index ? layers[index - 1].y : x);
      if (layer !== last) relu(layer.y);
    }
    const loss = softmaxCrossEntropy(last, labels[batch]);
    steps++;
    for (let index = layers.length - 1; index >= 0; index--) {
      const below = layers[index - 1];
      weightGradient(layers[index], below ? below.y : x);
      if (below) inputGradient(layers[index], below.y, below.dy);
    }
    for (const layer of layers) {
      if (layer.mask) multiply(layer.weights.gradient, layer.mask, layer.weights.gradient);
      adam(layer.weights, steps);
      adam(layer.bias, steps);
    }
    return loss;
  });
}

function parameter(value: Float32Array): Parameter {
  const zeros = () => new Float32Array(value.length);
  return { value, gradient: zeros(), moment1: zeros(), moment2: zeros() };
}

function multiply(a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i];
}

function relu(y: Float32Array): void {
  for (let i = 0; i < y.length; i++) if (y[i] < 0) y[i] = 0;
}

/** Y = X · Wᵀ + bias */
function forward({ inputs, outputs, kept, bias, y }: Layer, x: Float32Array): void {
  for (let b = 0; b < BATCH; b++)
    for (let o = 0; o < outputs; o++) {
      let sum = bias.value[o];
      for (let i = 0; i < inputs; i++) sum += kept[o * inputs + i] * x[b * inputs + i];
      y[b * outputs + o] = sum;
    }
}

/** Mean loss of the batch; its gradient goes to dy. */
function softmaxCrossEntropy({ outputs, y, dy }: Layer, labels: Uint8Array): number {
  let loss = 0;
  for (let b = 0; b < BATCH; b++) {
    const row = b * outputs;
    let max = Number.NEGATIVE_INFINITY;
    for (let o = 0; o < outputs; o++) max = Math.max(max, y[row + o]);
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += Math.exp(y[row + o] - max);
    for (let o = 0; o < outputs; o++) dy[row + o] = Math.exp(y[row + o] - max) / sum / BATCH;
    dy[row + labels[b]] -= 1 / BATCH;
    loss += max + Math.log(sum) - y[row + labels[b]];
  }
  return loss / BATCH;
}

/** dW = dYᵀ · X and the sums of dY for the bias */
function weightGradient({ inputs, outputs, weights, bias, dy }: Layer, x: Float32Array): void {
  const { gradient } = weights;
  gradient.fill(0);
  bias.gradient.fill(0);
  for (let o = 0; o < outputs; o++)
    for (let b = 0; b < BATCH; b++) {
      const d = dy[b * outputs + o];
      bias.gradient[o] += d;
      for (let i = 0; i < inputs; i++) gradient[o * inputs + i] += d * x[b * inputs + i];
    }
}

/** dX = dY · W where the unit below was above 0 */
function inputGradient({ inputs, outputs, kept, dy }: Layer, x: Float32Array, dx: Float32Array): void {
  dx.fill(0);
  for (let b = 0; b < BATCH; b++) {
    for (let o = 0; o < outputs; o++) {
      const d = dy[b * outputs + o];
      for (let i = 0; i < inputs; i++) dx[b * inputs + i] += d * kept[o * inputs + i];
    }
    for (let i = 0; i < inputs; i++) if (!(x[b * inputs + i] > 0)) dx[b * inputs + i] = 0;
  }
}

function adam({ value, gradient, moment1, moment2 }: Parameter, step: number): void {
  const { rate, beta1, beta2, epsilon } = ADAM;
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    moment1[i] = beta1 * moment1[i] + (1 - beta1) * g;
    moment2[i] = beta2 * moment2[i] + (1 - beta2) * g * g;
    value[i] -= (rate * (moment1[i] / correction1)) / (Math.sqrt(moment2[i] / correction2) + epsilon);
  }
}
