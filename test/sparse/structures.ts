/** Random CSR structures and panels for the tests of the sparse kernels. */
import { paddedBatch } from "../../src/reference/dense/panels.js";
import type { Random } from "../harness/random.js";

export const nan = (length: number) => new Float32Array(length).fill(NaN);

/** Batches at which a panel's width, or the number of panels, changes. */
export const batches = [0, 1, 2, 3, 4, 5, 12, 20, 27, 31, 32, 33, 36, 60, 64, 65];

export interface Csr {
  starts: Uint32Array;
  columns: number[];
  values: Float32Array;
}

/** Each column of a row is kept with probability `density`; some rows are empty, some are full. */
export function csr(random: Random, m: number, n: number, density: number): Csr {
  const starts = new Uint32Array(m + 1);
  const columns: number[] = [];
  for (let i = 0; i < m; i++) {
    const threshold = i % 5 === 2 ? 0 : i % 5 === 4 ? 1 : density;
    for (let j = 0; j < n; j++) if (random.below(1000) < threshold * 1000) columns.push(j);
    starts[i + 1] = columns.length;
  }
  return { starts, columns, values: random.uniform(columns.length) };
}

export const indices = {
  u16: (list: number[]) => Uint16Array.from(list),
  u32: (list: number[]) => Uint32Array.from(list),
};

/** Panels whose padding lanes are 0, as those of inputs and of loss gradients are. */
export function panels(random: Random, features: number, batch: number): Float32Array {
  const x = random.uniform(features * paddedBatch(batch));
  const first = batch & ~31;
  const width = paddedBatch(batch) - first;
  for (let f = 0; f < features; f++)
    for (let s = batch - first; s < width; s++) x[first * features + f * width + s] = 0;
  return x;
}

/** Rows of kept bits: the first row empty, the last one full, the others thin; nothing beyond the columns. */
export function sparseMask(random: Random, m: number, n: number, ldm: number): Uint32Array {
  const mask = new Uint32Array(m * ldm);
  for (let i = 1; i < m; i++)
    for (let j = 0; j < n; j++)
      if (i === m - 1 || random.below(5) === 0) mask[i * ldm + (j >> 5)] |= 1 << (j & 31);
  return mask;
}

/** Slots with random places; in the last group they stay below n, rows beyond m are +0. */
export function nOfM(random: Random, m: number, n: number, slots: number, group: number) {
  const row = Math.ceil(n / group) * slots;
  const length = Math.ceil(m / 4) * row;
  const codes = group === 4 ? new Uint8Array(length) : new Uint16Array(length);
  const values = new Float32Array(4 * length);
  for (let i = 0; i < m; i++)
    for (let slot = 0; slot < row; slot++) {
      const at = (i >> 2) * row + slot;
      const places = Math.min(group, n - Math.floor(slot / slots) * group);
      codes[at] |= random.below(places) << ((i & 3) * (group >> 1));
      values[4 * at + (i & 3)] = random.uniform(1)[0];
    }
  return { codes, values };
}
