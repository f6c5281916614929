/** What networks are made of, as plain data: layers in order, checked, with the shapes between them. */
import {
  checkArray,
  checkF32,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
  checkOptions,
  LEAST_F32,
} from "../check.js";
import { describe } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../errors.js";

/** Channels, height and width of a picture; its numbers stand channel after channel, row after row. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** A convolution: `outputs` filters of `kernel` rows and columns over all channels. */
export interface ConvDescription {
  readonly kind: "conv";
  /** Filters: channels that it gives. */
  readonly outputs: number;
  /** Rows and columns of the window. */
  readonly kernel: readonly [height: number, width: number];
  /** From one place of the window to the next, down and across. */
  readonly stride: number;
  /** Zeros around the picture, on each side. */
  readonly padding: number;
}

/** The largest or the mean of each size × size window. */
export interface PoolDescription {
  readonly kind: "pool";
  /** Which. */
  readonly of: "max" | "average";
  /** Rows and columns of a window. */
  readonly size: number;
  /** From one window to the next, down and across. */
  readonly stride: number;
}

/** Each channel minus its mean, divided by its deviation: of the batch in training, of running averages else. */
export interface BatchNormDescription {
  readonly kind: "batch-norm";
  /** Added to the variance. */
  readonly epsilon: number;
  /** Weight of the newest batch in the running averages. */
  readonly momentum: number;
}

/** A fully connected layer. */
export interface DenseDescription {
  readonly kind: "dense";
  /** Neurons. */
  readonly outputs: number;
}

/** One layer of a network. */
export type LayerDescription = ConvDescription | PoolDescription | BatchNormDescription | DenseDescription;

/**
 * A network. ReLU follows every convolution and fully connected layer but the last, whose outputs are logits; where a
 * batch normalisation comes next, it follows that.
 */
export interface NetworkDescription {
  /** Of a sample; [n, 1, 1] for n numbers that are no picture. */
  readonly input: ImageShape;
  /** Convolutions, pooling and batch normalisation first, then at least one fully connected layer. */
  readonly layers: readonly LayerDescription[];
}

/** What `conv` takes beside the filters. */
export interface ConvOptions {
  /** Rows and columns of the window, or one number for both. Default 3. */
  readonly kernel?: number | readonly [height: number, width: number];
  /** Default 1. */
  readonly stride?: number;
  /** Zeros on each side; "same" = half the window, rounded down. Default "same". */
  readonly padding?: number | "same";
}

/**
 * A convolution with a bias for each filter.
 *
 * @param outputs  filters
 * @param options  window, stride, padding
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit; "same" wants a square window
 */
export function conv(outputs: number, options?: ConvOptions): ConvDescription {
  const given = checkOptions("options", options, ["kernel", "stride", "padding"]);
  const { kernel = 3, padding = "same" } = given;
  const [height, width] =
    typeof kernel === "number" ? [kernel, kernel] : checkArray("options.kernel", kernel, 2);
  checkInteger("options.kernel", height, 1);
  checkInteger("options.kernel", width, 1);
  if (padding === "same" && height !== width) {
    throw new ArgumentTypeError('"options.padding" expected a number for a window that is not square');
  }
  return {
    kind: "conv",
    outputs: checkInteger("outputs", outputs, 1),
    kernel: [height, width],
    stride: checkInteger("options.stride", given.stride ?? 1, 1),
    padding: padding === "same" ? Math.floor(height / 2) : checkInteger("options.padding", padding, 0),
  };
}

/**
 * Pooling without padding; what is left beyond the last whole window is left out.
 *
 * @param of  "max" or "average"
 * @param size  rows and columns of the window
 * @param stride  default the size
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function pool(of: PoolDescription["of"], size = 2, stride = size): PoolDescription {
  checkOneOf("of", of, ["max", "average"]);
  return { kind: "pool", of, size: checkInteger("size", size, 1), stride: checkInteger("stride", stride, 1) };
}

/**
 * Batch normalisation without affine parameters (Ioffe & Szegedy 2015).
 *
 * @param options  epsilon, default 1e-5; momentum, default 0.1
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function batchNorm(options?: { epsilon?: number; momentum?: number }): BatchNormDescription {
  const { epsilon = 1e-5, momentum = 0.1 } = checkOptions("options", options, ["epsilon", "momentum"]);
  return {
    kind: "batch-norm",
    epsilon: checkF32("options.epsilon", epsilon, LEAST_F32),
    momentum: checkNumber("options.momentum", momentum, 0, 1),
  };
}

/**
 * A fully connected layer.
 *
 * @param outputs  neurons
 * @throws {ArgumentTypeError | ArgumentRangeError} when it is no integer ≥ 1
 */
export function dense(outputs: number): DenseDescription {
  return { kind: "dense", outputs: checkInteger("outputs", outputs, 1) };
}

/**
 * The description of a perceptron.
 *
 * @param sizes  neurons per layer, inputs first
 */
export function perceptron(sizes: readonly number[]): NetworkDescription {
  return { input: [sizes[0], 1, 1], layers: sizes.slice(1).map(dense) };
}

/** A layer in its place: what comes in and what goes out. */
export interface PlacedLayer<D extends LayerDescription = LayerDescription> {
  readonly description: D;
  readonly input: ImageShape;
  /** Of a fully connected layer: channels, 1, 1. */
  readonly output: ImageShape;
  /** Whether ReLU follows at once. */
  readonly relu: boolean;
}

/** Whether a network has fully connected layers alone. */
export function isPerceptron({ layers }: NetworkDescription): boolean {
  return layers.every(({ kind }) => kind === "dense");
}

/**
 * For what is not there for convolutions.
 *
 * @param network  that somebody wants it of
 * @param what  it is, for the message
 * @throws {ArgumentRangeError} when it is no perceptron
 */
export function checkPerceptron(network: NetworkDescription, what: string): void {
  if (isPerceptron(network)) return;
  const found = network.layers.find(({ kind }) => kind !== "dense")?.kind;
  throw new ArgumentRangeError(`"net" expected fully connected layers alone for ${what}, got a "${found}"`);
}

/** Convolutions and fully connected layers, in order: what has weights. */
export function weightedLayers(
  placed: readonly PlacedLayer[],
): PlacedLayer<ConvDescription | DenseDescription>[] {
  return placed.filter(
    (layer): layer is PlacedLayer<ConvDescription | DenseDescription> =>
      layer.description.kind === "conv" || layer.description.kind === "dense",
  );
}

/** Numbers of a sample: at the input, then behind each layer with weights. */
export function sizesOf(network: NetworkDescription): number[] {
  const weighted = weightedLayers(placeLayers(network));
  return [featuresOf(network.input), ...weighted.map(({ output }) => featuresOf(output))];
}

/** Numbers of a picture. */
export function featuresOf([channels, height, width]: ImageShape): number {
  return channels * height * width;
}

/**
 * Finds the shapes between the layers.
 *
 * @param network  as a caller gave it; every number is checked
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when something does not fit; names the layer
 */
export function placeLayers(network: NetworkDescription): PlacedLayer[] {
  const { input, layers } = checkOptions("network", network, ["input", "layers"]);
  if (!Array.isArray(input) || input.length !== 3) {
    throw new ArgumentTypeError(`"network.input" expected [channels, height, width], got ${describe(input)}`);
  }
  for (const [i, size] of input.entries()) checkInteger(`network.input[${i}]`, size, 1);
  if (!Array.isArray(layers) || layers.at(-1)?.kind !== "dense") {
    throw new ArgumentTypeError('"network.layers" expected an array that ends with a fully connected layer');
  }
  for (const [l, layer] of layers.entries()) checkObject(`network.layers[${l}]`, layer);
  let shape = input as ImageShape;
  return layers.map((description: LayerDescription, l) => {
    const name = `network.layers[${l}]`;
    const kind = checkOneOf(`${name}.kind`, description.kind, ["conv", "pool", "batch-norm", "dense"]);
    if (l > 0 && layers[l - 1].kind === "dense" && kind !== "dense") {
      throw new ShapeError(`"${name}" expected a fully connected layer behind another, got "${kind}"`);
    }
    const output = outputOf(name, description, shape);
    const placed = { description, input: shape, output, relu: isRelu(layers, l) };
    shape = output;
    return placed;
  });
}

function isRelu(layers: readonly LayerDescription[], l: number): boolean {
  const hasWeights = (at: number) => layers[at]?.kind === "conv" || layers[at]?.kind === "dense";
  if (layers[l].kind === "batch-norm") return hasWeights(l - 1);
  return hasWeights(l) && l < layers.length - 1 && layers[l + 1].kind !== "batch-norm";
}

function outputOf(name: string, description: LayerDescription, input: ImageShape): ImageShape {
  const [channels, height, width] = input;
  if (description.kind === "batch-norm") {
    checkF32(`${name}.epsilon`, description.epsilon, LEAST_F32);
    checkNumber(`${name}.momentum`, description.momentum, 0, 1);
    return input;
  }
  if (description.kind === "dense") return [checkInteger(`${name}.outputs`, description.outputs, 1), 1, 1];
  const stride = checkInteger(`${name}.stride`, description.stride, 1);
  const isConv = description.kind === "conv";
  const window = isConv ? description.kernel : [description.size, description.size];
  checkArray(`${name}.kernel`, window, 2);
  const padding = isConv ? checkInteger(`${name}.padding`, description.padding, 0) : 0;
  const [rows, columns] = [height, width].map((length, i) => {
    const side = checkInteger(`${name}.${isConv ? "kernel" : "size"}`, window[i], 1);
    if (side <= length + 2 * padding) return Math.floor((length + 2 * padding - side) / stride) + 1;
    const shape = `${height} × ${width}${padding ? `, padding ${padding}` : ""}`;
    throw new ShapeError(`"${name}" expected a window within ${shape}, got ${window.join(" × ")}`);
  });
  return [isConv ? checkInteger(`${name}.outputs`, description.outputs, 1) : channels, rows, columns];
}
