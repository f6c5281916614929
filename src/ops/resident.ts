/** Weights as kernels read them, in a core's memory for as long as a model lives. */
import type { Lowering } from "./contract.js";

/** Bytes of scratch that the dense product needs. */
export const TILE_SCRATCH = 32_896;

/** Copies f32 to memory of the model's. */
export function putFloats({ core, resident }: Lowering, values: ArrayLike<number>): number {
  const ptr = resident(4 * values.length);
  core.f32(ptr, values.length).set(values);
  return ptr;
}

/** Copies u32 to memory of the model's. */
export function putIntegers({ core, resident }: Lowering, values: ArrayLike<number>): number {
  const ptr = resident(4 * values.length);
  core.u32(ptr, values.length).set(values);
  return ptr;
}

/** The share of numbers that are not 0. */
export function densityOf(values: ArrayLike<number>): number {
  let kept = 0;
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) kept++;
  return values.length === 0 ? 0 : kept / values.length;
}

/** Compressed rows of a matrix, rows × columns; columns as they are, for offsets that are known later. */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** The entries of a matrix that are not 0. */
export function sparseRows(rows: number, columns: number, values: ArrayLike<number>): SparseRows {
  const starts = new Uint32Array(rows + 1);
  let count = 0;
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) count++;
  const sparse = { starts, columns: new Uint32Array(count), values: new Float32Array(count) };
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (value === 0) continue;
      sparse.columns[to] = column;
      sparse.values[to++] = value;
    }
    starts[row + 1] = to;
  }
  return sparse;
}

/** Packs a matrix for the tile of the dense product. */
export function packDense(
  lowering: Lowering,
  rows: number,
  columns: number,
  values: ArrayLike<number>,
): number {
  const { core } = lowering;
  const packed = lowering.resident(16 * Math.ceil(rows / 4) * columns);
  core.scoped(() => {
    const plain = core.allocate(4 * values.length);
    core.f32(plain, values.length).set(values);
    core.kernels.f32_pack_a(rows, columns, plain, columns, 0, 0, packed);
  });
  return packed;
}
