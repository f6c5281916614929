/** Masks outside a core: packed words per layer, laid out as in tensor/mask.ts. */

/** A layer of a stack of fully connected ones. */
export interface LayerShape {
  /** "fc1", "fc2", …, "output". */
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
}

/**
 * The layers between the given sizes.
 *
 * @param sizes  neurons per layer, inputs first
 */
export function layersOf(sizes: readonly number[]): LayerShape[] {
  return sizes.slice(1).map((rows, l) => ({
    name: l === sizes.length - 2 ? "output" : `fc${l + 1}`,
    rows,
    columns: sizes[l],
  }));
}

/**
 * Masks that keep everything.
 *
 * @param sizes  neurons per layer, inputs first
 */
export function fullMasks(sizes: readonly number[]): Uint32Array[] {
  return layersOf(sizes).map(({ rows, columns }) => {
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
 * @param sizes  neurons per layer, inputs first
 * @param rates  share of the kept weights that a round prunes, per layer
 * @param rounds  from 0
 */
export function keptAfter(sizes: readonly number[], rates: readonly number[], rounds: number): number[] {
  return layersOf(sizes).map(({ rows, columns }, l) => {
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
 * Parameters with the pruned weights set to +0; biases stay.
 *
 * @param parameters  weights and biases, layer by layer (weights, bias, weights, …)
 * @param masks  words per layer
 * @param sizes  neurons per layer, inputs first
 * @returns copies
 */
export function maskedParameters(
  parameters: readonly Float32Array[],
  masks: readonly Uint32Array[],
  sizes: readonly number[],
): Float32Array[] {
  return layersOf(sizes).flatMap((layer, l) => {
    const bits = bitsOf(masks[l], layer);
    const [weights, bias] = [parameters[2 * l], parameters[2 * l + 1]];
    return [weights.map((weight, i) => (bits[i] === 1 ? weight : 0)), bias.slice()];
  });
}
