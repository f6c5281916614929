/** Plain twins of assembly/planes/border.ts. */

export function f32_planes_border(
  channels: number,
  height: number,
  width: number,
  x: Float32Array,
  xStride: number,
  y: Float32Array,
  yHeight: number,
  yWidth: number,
  yStride: number,
  top: number,
  left: number,
  phases: number,
): void {
  for (let c = 0; c < channels; c++)
    for (let row = 0; row < yHeight; row++)
      for (let column = 0; column < yWidth * phases; column++) {
        const [fromRow, fromColumn] = [row - top, column - left];
        const isInside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
        const to = (row * phases + (column % phases)) * yWidth + Math.floor(column / phases);
        y[(c * yStride) / 4 + to] = isInside ? x[(c * xStride) / 4 + fromRow * width + fromColumn] : 0;
      }
}

export function f32_planes_interleave(
  channels: number,
  height: number,
  width: number,
  x: Float32Array,
  xStride: number,
  y: Float32Array,
  yWidth: number,
  yStride: number,
  stepY: number,
  stepX: number,
): void {
  for (let c = 0; c < channels; c++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        y[(c * yStride) / 4 + row * stepY * yWidth + column * stepX] =
          x[(c * xStride) / 4 + row * width + column];
}
