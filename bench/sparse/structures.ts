/** Random structures for the benches of the sparse kernels. */
import type { Random } from "../../test/harness/random.js";

/** CSR: each column of a row is kept with probability 1 − percent / 100. */
export function csr(random: Random, rows: number, columns: number, percent: number) {
  const starts = new Uint32Array(rows + 1);
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (random.below(100) >= percent) kept.push(j);
    starts[i + 1] = kept.length;
  }
  return { starts, columns: kept, values: random.uniform(kept.length) };
}

/** A row-padded bit mask with the same sparsity. */
export function mask(random: Random, rows: number, columns: number, percent: number): Uint32Array {
  const words = Math.ceil(columns / 32);
  const bits = new Uint32Array(rows * words);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      if (random.below(100) >= percent) bits[i * words + (j >> 5)] |= 1 << (j & 31);
  return bits;
}

/** Kept weights that a sparsity of `percent` leaves, about. */
export const keptOf = (rows: number, columns: number, percent: number) =>
  Math.round(rows * columns * (1 - percent / 100));
