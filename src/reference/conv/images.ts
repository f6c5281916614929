/** Plain twins of assembly/conv/images.ts. */
import { panelIndex, panelWidth } from "../dense/panels.js";

/** Elements of images: the lanes of the last one included. */
export function imagesLength(channels: number, positions: number, batch: number): number {
  return channels * positions * 32 * Math.ceil(batch / 32);
}

/** Element of channel c at a position of sample s in images. */
export function imageIndex(
  channels: number,
  positions: number,
  c: number,
  position: number,
  s: number,
): number {
  const image = Math.floor(s / 32);
  return ((image * positions + position) * channels + c) * 32 + (s % 32);
}

export function f32_images_from_panels(
  channels: number,
  positions: number,
  batch: number,
  x: Float32Array,
  y: Float32Array,
): void {
  y.fill(0);
  for (let s = 0; s < batch; s++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < positions; i++)
        y[imageIndex(channels, positions, c, i, s)] =
          x[panelIndex(channels * positions, batch, c * positions + i, s)];
}

export function f32_panels_from_images(
  channels: number,
  positions: number,
  batch: number,
  x: Float32Array,
  y: Float32Array,
): void {
  const padded = batch - (batch % 32) + panelWidth(batch % 32);
  for (let s = 0; s < padded; s++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < positions; i++)
        y[panelIndex(channels * positions, batch, c * positions + i, s)] =
          x[imageIndex(channels, positions, c, i, s)];
}
