/** Plain twins of assembly/conv/pool.ts. Sums in f64. */
import { imageIndex } from "./images.js";

/** Calls back for each window with its element of y and those of x, rows first. */
function forEachWindow(
  [channels, height, width, size, stride, images]: readonly number[],
  visit: (at: number, window: number[]) => void,
): void {
  const rows = Math.floor((height - size) / stride) + 1;
  const columns = Math.floor((width - size) / stride) + 1;
  for (let s = 0; s < 32 * images; s++)
    for (let c = 0; c < channels; c++)
      for (let oy = 0; oy < rows; oy++)
        for (let ox = 0; ox < columns; ox++) {
          const window = Array.from({ length: size * size }, (_, i) => {
            const [y, x] = [oy * stride + Math.floor(i / size), ox * stride + (i % size)];
            return imageIndex(channels, height * width, c, y * width + x, s);
          });
          visit(imageIndex(channels, rows * columns, c, oy * columns + ox, s), window);
        }
}

export function f32_max_pool(
  channels: number,
  height: number,
  width: number,
  size: number,
  stride: number,
  images: number,
  x: Float32Array,
  y: Float32Array,
  winners: Uint32Array | 0,
): void {
  forEachWindow([channels, height, width, size, stride, images], (at, window) => {
    const values = window.map((i) => x[i]);
    const nan = values.findIndex((value) => Number.isNaN(value));
    const winner = nan >= 0 ? nan : values.indexOf(Math.max(...values));
    y[at] = values[winner];
    if (winners) winners[at] = winner;
  });
}

export function f32_max_pool_gradient(
  channels: number,
  height: number,
  width: number,
  size: number,
  stride: number,
  images: number,
  winners: Uint32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  forEachWindow([channels, height, width, size, stride, images], (at, window) => {
    dx[window[winners[at]]] += dy[at];
  });
}

export function f32_average_pool(
  channels: number,
  height: number,
  width: number,
  size: number,
  stride: number,
  images: number,
  x: Float32Array,
  y: Float32Array,
): void {
  forEachWindow([channels, height, width, size, stride, images], (at, window) => {
    y[at] = window.reduce((sum, i) => sum + x[i], 0) / window.length;
  });
}

export function f32_average_pool_gradient(
  channels: number,
  height: number,
  width: number,
  size: number,
  stride: number,
  images: number,
  dy: Float32Array,
  dx: Float32Array,
): void {
  forEachWindow([channels, height, width, size, stride, images], (at, window) => {
    for (const i of window) dx[i] += dy[at] / window.length;
  });
}
