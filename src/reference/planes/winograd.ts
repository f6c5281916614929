/** Plain twins of assembly/planes/winograd.ts. */

/** Of three and four numbers, as Bᵀ d and Aᵀ m have it. */
const inward = ([a, b, c, d]: readonly number[]): number[] => [a - c, b + c, c - b, b - d];
const outward = ([a, b, c, d]: readonly number[]): number[] => [a + b + c, b - c - d];

/** f along the columns of 4 × 4 numbers, then along the rows of what that gives. */
function bothWays(tile: readonly number[], f: (line: readonly number[]) => number[]): number[][] {
  const columns = [0, 1, 2, 3].map((column) => f([0, 1, 2, 3].map((row) => tile[4 * row + column])));
  return columns[0].map((_, row) => f(columns.map((column) => column[row])));
}

export function f32_planes_winograd_in(
  channels: number,
  tiles: number,
  x: Float32Array,
  xRow: number,
  xRun: number,
  xStride: number,
  v: Float32Array,
  vPart: number,
  vStride: number,
): void {
  for (let c = 0; c < channels; c++)
    for (let tile = 0; tile < tiles; tile++) {
      const at = (row: number, column: number) =>
        x[(c * xStride + row * xRow + (column & 1) * xRun) / 4 + tile + (column >> 1)];
      const d = Array.from({ length: 16 }, (_, part) => at(part >> 2, part & 3));
      const parts = bothWays(d, inward).flat();
      for (let part = 0; part < 16; part++) v[(part * vPart + c * vStride) / 4 + tile] = parts[part];
    }
}

export function f32_planes_winograd_out(
  rows: number,
  tiles: number,
  m: Float32Array,
  mPart: number,
  mStride: number,
  y: Float32Array,
  yRows: number,
  yWidth: number,
  yStride: number,
  bias: Float32Array | 0,
  residual: Float32Array | 0,
  rStride: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < rows; i++)
    for (let position = 0; position < Math.min(2 * tiles, yWidth); position++) {
      const products = Array.from(
        { length: 16 },
        (_, part) => m[(part * mPart + i * mStride) / 4 + (position >> 1)],
      );
      const sums = bothWays(products, outward);
      for (let row = 0; row < yRows; row++) {
        const to = row * yWidth + position;
        let sum = sums[row][position & 1] + (bias ? bias[i] : 0);
        if (residual) sum += residual[(i * rStride) / 4 + to];
        y[(i * yStride) / 4 + to] = Math.min(Math.max(sum, low), high);
      }
    }
}
