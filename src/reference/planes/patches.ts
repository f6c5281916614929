/** Plain twin of assembly/planes/patches.ts. */

export function f32_planes_gather(
  rows: number,
  n: number,
  x: Float32Array,
  taps: Uint32Array,
  offsets: Uint32Array,
  y: Float32Array,
): void {
  const width = Math.ceil(n / 8) * 8;
  for (let row = 0; row < rows; row++)
    for (let position = 0; position < width; position++)
      y[32 * row + position] = position < n ? x[(taps[row] + offsets[position]) / 4] : 0;
}
