/** Plain twin of assembly/planes/windows.ts. */

export function f32_planes_windows(
  m: number,
  yHeight: number,
  yWidth: number,
  rowStarts: Uint32Array,
  offsets: Uint32Array,
  values: Float32Array,
  x: Float32Array,
  xRow: number,
  y: Float32Array,
  yStride: number,
  bias: Float32Array | 0,
  residual: Float32Array | 0,
  rStride: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < m; i++)
    for (let row = 0; row < yHeight; row++)
      for (let column = 0; column < yWidth; column++) {
        let sum = bias ? bias[i] : 0;
        for (let entry = rowStarts[i]; entry < rowStarts[i + 1]; entry++)
          sum += values[entry] * x[(offsets[entry] + row * xRow) / 4 + column];
        const position = row * yWidth + column;
        if (residual) sum += residual[(i * rStride) / 4 + position];
        y[(i * yStride) / 4 + position] = Math.min(Math.max(sum, low), high);
      }
}
