/** Plain twin of assembly/planes/pool.ts. */
export function f32_planes_pool(
  isMax: number,
  channels: number,
  height: number,
  width: number,
  x: Float32Array,
  xStride: number,
  yHeight: number,
  yWidth: number,
  y: Float32Array,
  yStride: number,
  kHeight: number,
  kWidth: number,
  sHeight: number,
  sWidth: number,
  dHeight: number,
  dWidth: number,
  top: number,
  left: number,
  counts: Float32Array | 0,
): void {
  for (let c = 0; c < channels; c++)
    for (let row = 0; row < yHeight; row++)
      for (let column = 0; column < yWidth; column++) {
        let best = isMax ? -Infinity : 0;
        for (let ky = 0; ky < kHeight; ky++)
          for (let kx = 0; kx < kWidth; kx++) {
            const [line, place] = [row * sHeight + ky * dHeight - top, column * sWidth + kx * dWidth - left];
            if (line < 0 || line >= height || place < 0 || place >= width) continue;
            const value = x[(c * xStride) / 4 + line * width + place];
            best = isMax ? Math.max(best, value) : Math.fround(best + value);
          }
        const at = row * yWidth + column;
        y[(c * yStride) / 4 + at] = counts ? best / counts[at] : best;
      }
}
