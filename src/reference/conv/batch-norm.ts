/** Plain twins of assembly/conv/batch-norm.ts, in f64. */
import { imageIndex } from "./images.js";

/** The elements of a channel that hold samples. */
function elementsOf(channels: number, positions: number, batch: number, c: number): number[] {
  const all: number[] = [];
  for (let s = 0; s < batch; s++)
    for (let i = 0; i < positions; i++) all.push(imageIndex(channels, positions, c, i, s));
  return all;
}

export function f64_batch_statistics(
  channels: number,
  positions: number,
  batch: number,
  x: Float32Array,
  mean: Float64Array,
  variance: Float64Array,
): void {
  for (let c = 0; c < channels; c++) {
    const own = elementsOf(channels, positions, batch, c);
    const n = Math.max(1, own.length);
    mean[c] = own.reduce((sum, at) => sum + x[at], 0) / n;
    variance[c] = own.reduce((sum, at) => sum + (x[at] - mean[c]) ** 2, 0) / n;
  }
}

export function f32_normalise(
  channels: number,
  positions: number,
  batch: number,
  x: Float32Array,
  mean: Float32Array,
  factor: Float32Array,
  flags: number,
  y: Float32Array,
): void {
  for (let c = 0; c < channels; c++)
    for (const at of elementsOf(channels, positions, 32 * Math.ceil(batch / 32), c)) {
      const value = (x[at] - mean[c]) * factor[c];
      y[at] = flags & 2 && value < 0 ? 0 : value;
    }
}

export function f32_batch_norm_gradient(
  channels: number,
  positions: number,
  batch: number,
  x: Float32Array,
  mean: Float32Array,
  factor: Float32Array,
  dy: Float32Array,
  _sums: Float64Array,
  dx: Float32Array,
): void {
  const gradients = Float64Array.from(dy);
  dx.fill(0);
  for (let c = 0; c < channels; c++) {
    const own = elementsOf(channels, positions, batch, c);
    const normal = (at: number) => (x[at] - mean[c]) * factor[c];
    const even = own.reduce((sum, at) => sum + gradients[at], 0) / own.length;
    const along = own.reduce((sum, at) => sum + gradients[at] * normal(at), 0) / own.length;
    for (const at of own) dx[at] = factor[c] * (gradients[at] - even - normal(at) * along);
  }
}
