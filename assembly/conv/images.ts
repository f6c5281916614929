/**
 * Activations of convolutions, f32: images of 32 samples.
 *
 * Image p holds samples 32p … 32p+31 and starts at element 32·p·positions·channels; it is a row-major
 * positions × channels × 32 block, positions = height × width. All of one position is then a panel of channels
 * (dense/panels.ts), so a product over patches reads and writes images as they are. The last image has 32 lanes
 * too, whatever is left; its padding lanes follow the rules of panels: inputs +0, outputs finite garbage, loss
 * gradients +0.
 *
 * Below, panels hold features in the order of channels × positions, as datasets and fully connected layers have
 * them. Pointers 4-byte aligned, no overlap. Traffic 8 bytes an element.
 */
import { panel_width } from "../dense/panels";

/** Panels x, channels·positions features × batch, into images y; lanes without a sample +0. */
export function f32_images_from_panels(channels: u32, positions: u32, batch: u32, x: usize, y: usize): void {
  assert(((x | y) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const samples = min<u32>(32, batch - s);
    const row = (<usize>width) << 2;
    for (let position: u32 = 0; position < positions; position++) {
      let from = x + <usize>position * row;
      for (let c: u32 = 0; c < channels; c++) {
        copy_lanes(from, y, samples);
        memory.fill(y + ((<usize>samples) << 2), 0, (<usize>(32 - samples)) << 2);
        from += <usize>positions * row;
        y += 128;
      }
    }
    x += <usize>channels * positions * row;
  }
}

/** Images x back into panels y, channels·positions features × batch; padding lanes are copied. */
export function f32_panels_from_images(channels: u32, positions: u32, batch: u32, x: usize, y: usize): void {
  assert(((x | y) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const row = (<usize>width) << 2;
    for (let position: u32 = 0; position < positions; position++) {
      let to = y + <usize>position * row;
      for (let c: u32 = 0; c < channels; c++) {
        copy_lanes(x, to, width);
        to += <usize>positions * row;
        x += 128;
      }
    }
    y += <usize>channels * positions * row;
  }
}

/** All ones in those of lanes first … first + 3 that hold one of `samples` samples. */
// @ts-ignore: decorator
@inline
export function lanes_below(samples: u32, first: u32): v128 {
  return i32x4.gt_u(i32x4.splat(samples), i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)));
}

// @ts-ignore: decorator
@inline
function copy_lanes(from: usize, to: usize, lanes: u32): void {
  const quads = (<usize>(lanes & ~3)) << 2;
  let at: usize = 0;
  for (; at < quads; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < (<usize>lanes) << 2; at += 4) store<f32>(to + at, load<f32>(from + at));
}
