/** Plain twins of assembly/planes/dense-product.ts. */

/** What is added to a product before it is stored. */
type Finish = readonly [
  y: Float32Array,
  yStride: number,
  bias: Float32Array | 0,
  residual: Float32Array | 0,
  rStride: number,
  low: number,
  high: number,
];

/** Packed weights times what `at` says of row k of X at a position. */
function product(
  m: number,
  positions: number,
  k: number,
  packedA: Float32Array,
  at: (row: number, position: number) => number,
  [y, yStride, bias, residual, rStride, low, high]: Finish,
): void {
  for (let i = 0; i < m; i++)
    for (let position = 0; position < positions; position++) {
      let sum = bias ? bias[i] : 0;
      for (let row = 0; row < k; row++)
        sum += packedA[((i >> 2) * k + row) * 4 + (i & 3)] * at(row, position);
      if (residual) sum += residual[(i * rStride) / 4 + position];
      y[(i * yStride) / 4 + position] = Math.min(Math.max(sum, low), high);
    }
}

export function f32_planes_gemm(
  m: number,
  positions: number,
  k: number,
  packedA: Float32Array,
  x: Float32Array,
  xStride: number,
  ...finish: Finish
): void {
  product(m, positions, k, packedA, (row, position) => x[(row * xStride) / 4 + position], finish);
}

export function f32_planes_conv(
  m: number,
  positions: number,
  k: number,
  packedA: Float32Array,
  x: Float32Array,
  taps: Uint32Array,
  offsets: Uint32Array,
  ...finish: Finish
): void {
  product(m, positions, k, packedA, (row, position) => x[(taps[row] + offsets[position]) / 4], finish);
}
