/** Networks of the papers, for pictures of 28 × 28 numbers and ten classes. */
import { conv, dense, type LayerDescription, type NetworkDescription, pool } from "./description.js";

const SHAPE = [1, 28, 28] as const;
const OUTPUT = dense(10);

/** As many pairs of convolutions, each pair followed by max pooling. */
const pairs = (...channels: number[]): LayerDescription[] =>
  channels.flatMap((outputs) => [conv(outputs), conv(outputs), pool("max")]);

const convNet = (...channels: number[]): NetworkDescription => ({
  input: SHAPE,
  layers: [...pairs(...channels), dense(128), dense(128), OUTPUT],
});

/**
 * - conv-2, conv-4, conv-6: Frankle & Carbin 2019, figure 2, with a quarter of the channels (16, 32, 64 for 64, 128,
 *   256) and half of the hidden neurons (128 for 256), as MNIST is smaller and easier than CIFAR-10;
 * - lenet-5: LeCun et al. 1998, figure 2, with ReLU, max pooling, full connections from the 6 to the 16 maps, and a
 *   padding of 2 for its input of 32 × 32;
 * - lenet-300-100: the multi-layer perceptron of both papers.
 */
export const NETWORKS = {
  "conv-2": convNet(16),
  "conv-4": convNet(16, 32),
  "conv-6": convNet(16, 32, 64),
  "lenet-5": {
    input: SHAPE,
    layers: [
      ...[conv(6, { kernel: 5 }), pool("max"), conv(16, { kernel: 5, padding: 0 }), pool("max")],
      ...[dense(120), dense(84), OUTPUT],
    ],
  },
  "lenet-300-100": { input: SHAPE, layers: [dense(300), dense(100), OUTPUT] },
} satisfies Record<string, NetworkDescription>;

/** The name of a network of `NETWORKS`. */
export type NetworkName = keyof typeof NETWORKS;
