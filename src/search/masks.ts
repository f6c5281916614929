/** Masks outside a core: packed words per layer, laid out as in tensor/mask.ts. */
import { checkInteger, checkObject } from "../check.js";
import {
  featuresOf,
  type NetworkDescription,
  perceptron,
  placeLayers,
  weightedLayers,
} from "../net/description.js";

/** A layer with weights. */
export interface LayerShape {
  /** "conv1", …, "fc1", "fc2", …, "output". */
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs; of a convolution, numbers of a patch. */
  readonly columns: number;
  /** Of a convolution: rows and columns of its window. */
  readonly kernel?: readonly [height: number, width: number];
}

/** Neurons per layer, inputs first, or what a network is made of. */
export type NetworkShape = readonly number[] | NetworkDescription;

/**
 * The layers that have weights.
 *
 * @param shape  of the network
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when it is none
 */
export function layersOf(shape: NetworkShape): LayerShape[] {
  if (Array.isArray(shape)) for (const [i, size] of shape.entries()) checkInteger(`sizes[${i}]`, size, 1);
  const description = Array.isArray(shape) ? perceptron(shape) : checkObject("sizes", shape);
  const weighted = weightedLayers(placeLayers(description as NetworkDescription));
  const convolutions = weighted.filter(({ description: { kind } }) => kind === "conv").length;
  return weighted.map(({ description, input }, l) => {
    const rows = description.outputs;
    if (description.kind === "conv") {
      const { kernel } = description;
      return { name: `conv${l + 1}`, rows, columns: input[0] * kernel[0] * kernel[1], kernel };
    }
    const name = l === weighted.length - 1 ? "output" : `fc${l + 1 - convolutions}`;
    return { name, rows, columns: featuresOf(input) };
  });
}

/**
 * Masks that keep everything.
 *
 * @param shape  of the network
 */
export function fullMasks(shape: NetworkShape): Uint32Array[] {
  return layersOf(shape).map(({ rows, columns }) => {
    const strideWords = Math.ceil(columns / 32);
    const words = new Uint32Array(rows * strideWords).fill(0xffffffff);
    const lastWord = 0xffffffff >>> (strideWords * 32 - columns);
    for (let i = 1; i <= rows; i++) words[i * strideWords - 1] = lastWord;
    return words;
  });
}

/**
 * Weights that each layer keeps after some rounds: every round prunes round(rate · kept).
 *
 * @param shape  of the network
 * @param rates  share of the kept weights that a round prunes, per layer
 * @param rounds  from 0
 */
export function keptAfter(shape: NetworkShape, rates: readonly number[], rounds: number): number[] {
  return layersOf(shape).map(({ rows, columns }, l) => {
    let kept = rows * columns;
    for (let round = 0; round < rounds; round++) kept -= Math.round(rates[l] * kept);
    return kept;
  });
}

/**
 * How many weights a mask keeps.
 *
 * @param words  of one layer
 */
export function countKept(words: Uint32Array): number {
  let count = 0;
  for (let word of words) for (; word !== 0; word &= word - 1) count++;
  return count;
}

/**
 * One byte per weight, row by row: 1 = kept.
 *
 * @param words  of one layer
 * @param layer  its shape
 */
export function bitsOf(words: Uint32Array, { rows, columns }: LayerShape): Uint8Array {
  const strideWords = Math.ceil(columns / 32);
  return Uint8Array.from({ length: rows * columns }, (_, at) => {
    const column = at % columns;
    const word = words[((at - column) / columns) * strideWords + (column >>> 5)];
    return (word >>> (column & 31)) & 1;
  });
}

/**
 * The words of a mask, as `bitsOf` takes them.
 *
 * @param bits  one byte per weight, row by row: 1 = kept
 * @param layer  its shape
 */
export function wordsOf(bits: Uint8Array, { rows, columns }: LayerShape): Uint32Array {
  const strideWords = Math.ceil(columns / 32);
  const words = new Uint32Array(rows * strideWords);
  for (const [at, bit] of bits.entries()) {
    const column = at % columns;
    words[((at - column) / columns) * strideWords + (column >>> 5)] |= bit << (column & 31);
  }
  return words;
}

/**
 * Parameters with the pruned weights set to +0; the others stay.
 *
 * @param parameters  weights and biases, layer by layer (weights, bias, weights, …), then what else there is
 * @param masks  words per layer
 * @param shape  of the network
 * @returns copies
 */
export function maskedParameters(
  parameters: readonly Float32Array[],
  masks: readonly Uint32Array[],
  shape: NetworkShape,
): Float32Array[] {
  const layers = layersOf(shape);
  const masked = layers.flatMap((layer, l) => {
    const bits = bitsOf(masks[l], layer);
    const [weights, bias] = [parameters[2 * l], parameters[2 * l + 1]];
    return [weights.map((weight, i) => (bits[i] === 1 ? weight : 0)), bias.slice()];
  });
  return [...masked, ...parameters.slice(2 * layers.length).map((rest) => rest.slice())];
}
