/**
 * Activations inside the core, f32: features × batch in panels of 32 samples.
 *
 * Panel p holds samples 32p … 32p+31 and starts at element 32·p·features; it is a row-major features × w
 * block, w = 32. In the last panel, with r samples left, w = r rounded up to 4 (r = 1: w = 1).
 * So one weight multiplies a run of samples, and no power-of-two stride makes features share cache sets.
 * Padding lanes of inputs are +0; those of outputs hold finite garbage, those of loss gradients +0.
 */
import { store_transposed_4x4 } from "../simd";

/** Samples a panel has room for, when `rest` samples are left (0 when none). */
// @ts-ignore: decorator
@inline
export function panel_width(rest: u32): u32 {
  return rest >= 32 ? 32 : rest == 1 ? 1 : (rest + 3) & ~3;
}

/**
 * x, batch × features row-major with leading dimension ldx ≥ features, into panels y; padding lanes +0.
 * Pointers 4-byte aligned, no overlap. Traffic 8 bytes an element.
 */
export function f32_panels_from_rows(features: u32, batch: u32, x: usize, ldx: u32, y: usize): void {
  assert(ldx >= features);
  assert(((x | y) & 3) == 0);
  const step = (<usize>ldx) << 2;
  const vector_end = features & ~3;
  for (let s: u32 = 0; s < batch; s += 32) {
    const samples = min<u32>(32, batch - s);
    const width = panel_width(batch - s);
    const group_end = samples & ~3;
    for (let i: u32 = 0; i < group_end; i += 4) {
      const r0 = x + <usize>(s + i) * step, r1 = r0 + step, r2 = r1 + step, r3 = r2 + step;
      const to = y + ((<usize>i) << 2);
      for (let f: u32 = 0; f < vector_end; f += 4) {
        const at = (<usize>f) << 2;
        store_transposed_4x4(
          v128.load(r0 + at), v128.load(r1 + at), v128.load(r2 + at), v128.load(r3 + at),
          to + ((<usize>f * width) << 2), (<usize>width) << 2,
        );
      }
      for (let f = vector_end; f < features; f++) copy_samples(f, 4, 4, r0, step, to, width);
    }
    if (group_end < width) {
      const rest = x + <usize>(s + group_end) * step;
      const to = y + ((<usize>group_end) << 2);
      for (let f: u32 = 0; f < features; f++) {
        copy_samples(f, samples - group_end, width - group_end, rest, step, to, width);
      }
    }
    y += (<usize>features * width) << 2;
  }
}

/** Panels x back into y, batch × features row-major with leading dimension ldy ≥ features. */
export function f32_rows_from_panels(features: u32, batch: u32, x: usize, y: usize, ldy: u32): void {
  assert(ldy >= features);
  assert(((x | y) & 3) == 0);
  const step = (<usize>ldy) << 2;
  const vector_end = features & ~3;
  for (let s: u32 = 0; s < batch; s += 32) {
    const samples = min<u32>(32, batch - s);
    const width = panel_width(batch - s);
    const row = (<usize>width) << 2;
    const group_end = samples & ~3;
    for (let i: u32 = 0; i < samples; i += 4) {
      const from = x + ((<usize>i) << 2);
      const to = y + <usize>(s + i) * step;
      let f: u32 = 0;
      if (i < group_end) {
        for (; f < vector_end; f += 4) {
          const r0 = from + <usize>f * row, r1 = r0 + row, r2 = r1 + row, r3 = r2 + row;
          store_transposed_4x4(
            v128.load(r0), v128.load(r1), v128.load(r2), v128.load(r3), to + ((<usize>f) << 2), step,
          );
        }
      }
      for (; f < features; f++) {
        for (let c: u32 = 0; c < min<u32>(4, samples - i); c++) {
          const value = load<f32>(from + <usize>f * row + ((<usize>c) << 2));
          store<f32>(to + <usize>c * step + ((<usize>f) << 2), value);
        }
      }
    }
    x += <usize>features * row;
  }
}

/** Feature f of `count` samples, `step` bytes apart, into a run of `length` lanes; the rest +0. */
// @ts-ignore: decorator
@inline
function copy_samples(
  f: u32, count: u32, length: u32, x: usize, step: usize, to: usize, width: u32,
): void {
  const run = to + ((<usize>f * width) << 2);
  for (let c: u32 = 0; c < length; c++) {
    const value = c < count ? load<f32>(x + <usize>c * step + ((<usize>f) << 2)) : 0;
    store<f32>(run + ((<usize>c) << 2), value);
  }
}
