/** From which share of zeros on compressed rows are faster than a dense product. Another choice gives other bits. */

/** What a tile of plain products reads of a plane: 32 positions. */
export const TILE_ROW_BYTES = 128;

/** What a tile of all rows reads has to fit there, or each entry waits for the next cache. */
const FIRST_CACHE_BYTES = 32_768;

/**
 * The share of weights below which compressed rows are faster than the dense product.
 *
 * Measured in Node 24 (Zen 4), time of compressed rows ÷ dense at density d: planes as they are, 64 × 64, 96 × 24 and
 * 240 × 40 weights at 28² to 56² positions, 0.1 + 1.05 d; 3 channels 3 × 3 at 112² and 128², at most 0.2 + d. Where a
 * tile leaves the first cache: 80 × 480 at 14², 1152 × 192 at 7² and 3 × 3 of 64 to 256 channels, 1.6 d to 1.9 d;
 * 192 × 1152 2.2 d; 64 channels 3 × 3 by stride 2, 2.6 d. Node 20 spills in the loop over entries: the bounds keep a
 * distance.
 *
 * @param tileBytes  of what a tile of positions reads, over all channels
 * @param isApart  whether its windows leave out rows
 */
export function sparseBelow(tileBytes: number, isApart = false): number {
  if (tileBytes <= FIRST_CACHE_BYTES) return 0.7;
  return isApart ? 0.35 : 0.45;
}

/**
 * The same for a matrix of m rows of activations.
 *
 * Measured as above. One row to three, one after the other: 4.5 d and more, at 256² to 1024² weights. Rows in panels,
 * there and back included: 4 rows 2.6 d, 8 rows 1.9 d, 40 to 128 rows 1.5 d to 1.7 d, up to 3072 × 768 weights.
 */
export function sparseRowsBelow(m: number): number {
  if (m < FEW_ROWS) return 0.2;
  return m < 8 ? 0.35 : m < 32 ? 0.45 : 0.55;
}

/** Below so many rows of activations a product goes row by row: a tile would be mostly empty. */
export const FEW_ROWS = 4;

/** Of 3 × 3 weights that Winograd's products serve, compressed rows are faster below this share. */
export const SPARSE_BELOW_WINOGRAD = 0.3;

/**
 * Whether Winograd's products are faster than those with patches, of 3 × 3 weights by stride 1.
 *
 * Measured as above, time of Winograd ÷ patches: 16 × 16 at 56², 32 × 64 at 61² and 64 × 64 at 28², 0.69; 128 × 128 at
 * 14², 0.62; 256 × 256 at 7² and 28², 0.55 and 0.50; with 3 or 8 channels or rows, 1.02 to 1.09.
 */
export const winogradPays = (channels: number, rows: number, [height, width]: readonly number[]): boolean =>
  Math.min(channels, rows) >= 16 && height >= 4 && width >= 6;
