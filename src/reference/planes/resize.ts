/** Plain twin of assembly/planes/resize.ts. */
export function f32_planes_resize(
  channels: number,
  width: number,
  x: Float32Array,
  xStride: number,
  yHeight: number,
  yWidth: number,
  y: Float32Array,
  yStride: number,
  rowTaps: number,
  rows: Uint32Array,
  rowWeights: Float32Array,
  columnTaps: number,
  columns: Uint32Array,
  columnWeights: Float32Array,
  _scratch?: Float32Array,
): void {
  const weight = (taps: number, weights: Float32Array, at: number) => (taps === 1 ? 1 : weights[at]);
  for (let c = 0; c < channels; c++)
    for (let row = 0; row < yHeight; row++)
      for (let column = 0; column < yWidth; column++) {
        let sum = 0;
        for (let j = column * columnTaps; j < (column + 1) * columnTaps; j++) {
          let blended = 0;
          for (let i = row * rowTaps; i < (row + 1) * rowTaps; i++)
            blended += weight(rowTaps, rowWeights, i) * x[(c * xStride) / 4 + rows[i] * width + columns[j]];
          sum += weight(columnTaps, columnWeights, j) * blended;
        }
        y[(c * yStride) / 4 + row * yWidth + column] = sum;
      }
}
