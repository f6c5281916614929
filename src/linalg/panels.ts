/** Sizes of the buffers that the dense kernels work on (assembly/dense/panels.ts, pack.ts, gemm.ts). */

/** Bytes of scratch space that a product needs: a packed block of B and the edge tile. */
export const GEMM_SCRATCH_BYTES = 32896;

/** Flags of the products. */
export const ACCUMULATE = 1;
export const RELU = 2;

/** Samples of a batch in panels, padding included: the last panel is rounded up to 4, except to 1. */
export function paddedBatch(batch: number): number {
  const rest = batch % 32;
  return batch - rest + (rest === 1 ? 1 : Math.ceil(rest / 4) * 4);
}

/** Bytes of `features × batch` activations in panels. */
export function panelsBytes(features: number, batch: number): number {
  return 4 * features * paddedBatch(batch);
}

/** Bytes of a packed m × k matrix. */
export function packedBytes(m: number, k: number): number {
  return 16 * Math.ceil(m / 4) * k;
}
