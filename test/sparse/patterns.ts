/** Random masks of every format's pattern. */
import type { FormatName } from "../../src/sparse/contract.js";
import type { Random } from "../harness/random.js";

/** The aligned tile of a pattern, rows × columns, and how many of its weights at most are kept. */
const TILES: Record<FormatName, [rows: number, columns: number, kept: number]> = {
  csr: [1, 1, 1],
  "block-4x1": [4, 1, 4],
  "block-1x4": [1, 4, 4],
  "2:4": [1, 4, 2],
  "1:4": [1, 4, 1],
  "4:8": [1, 8, 4],
};

/**
 * One 0 or 1 a weight. Each tile is kept, as far as the pattern allows, with probability `density`; those of the
 * first row of tiles never, those of the second always.
 */
export function patternBits(
  random: Random, name: FormatName, rows: number, columns: number, density: number,
): Uint8Array {
  const [tileRows, tileColumns, most] = TILES[name];
  const bits = new Uint8Array(rows * columns);
  for (let i = 0; i < rows; i += tileRows)
    for (let j = 0; j < columns; j += tileColumns) {
      const chance = i === 0 && rows > tileRows ? 0 : i === tileRows ? 1 : density;
      if (random.below(1000) >= 1000 * chance) continue;
      const places = [];
      for (let r = i; r < Math.min(i + tileRows, rows); r++)
        for (let c = j; c < Math.min(j + tileColumns, columns); c++) places.push(r * columns + c);
      // Draws without putting back.
      for (let left = most; left > 0 && places.length > 0; left--)
        bits[places.splice(random.below(places.length), 1)[0]] = 1;
    }
  return bits;
}
