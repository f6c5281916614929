/**
 * Y := scale · X[indices]ᵀ: picks samples of bytes (pictures) and lays them out in panels (dense/panels.ts).
 *
 *   x        samples × features, u8, row-major
 *   indices  batch sample numbers (u32)
 *   y        features × batch in panels, f32; padding lanes +0; 4-byte aligned
 *
 * Traffic 5 bytes an element, about 0.4 cycles an element: 16 features of 4 samples are interleaved as bytes
 * and widened afterwards.
 */
import { panel_width } from "../dense/panels";

export function f32_panels_from_bytes(
  features: u32, batch: u32, x: usize, indices: usize, scale: f32, y: usize,
): void {
  assert(((indices | y) & 3) == 0);
  const vector_end = features & ~15;
  const factor = f32x4.splat(scale);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const row = (<usize>width) << 2;
    for (let i: u32 = 0; i < width; i += 4) {
      const lanes = min<u32>(4, min(width, batch - s) - i);
      const at = indices + ((<usize>(s + i)) << 2);
      let to = y + ((<usize>i) << 2);
      let f: u32 = 0;
      if (lanes == 4) {
        const r0 = x + <usize>load<u32>(at) * features, r1 = x + <usize>load<u32>(at, 4) * features;
        const r2 = x + <usize>load<u32>(at, 8) * features, r3 = x + <usize>load<u32>(at, 12) * features;
        for (; f < vector_end; f += 16) {
          const v0 = v128.load(r0 + f), v1 = v128.load(r1 + f), v2 = v128.load(r2 + f), v3 = v128.load(r3 + f);
          const low01 = interleave_low(v0, v1), low23 = interleave_low(v2, v3);
          const high01 = interleave_high(v0, v1), high23 = interleave_high(v2, v3);
          widen_4(v128.shuffle<i16>(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11), factor, to, row);
          widen_4(v128.shuffle<i16>(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15), factor, to + row * 4, row);
          widen_4(v128.shuffle<i16>(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11), factor, to + row * 8, row);
          widen_4(v128.shuffle<i16>(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15), factor, to + row * 12, row);
          to += row << 4;
        }
      }
      for (; f < features; f++) {
        for (let c: u32 = 0; c < min<u32>(4, width - i); c++) {
          const byte = c < lanes ? load<u8>(x + <usize>load<u32>(at + ((<usize>c) << 2)) * features + f) : 0;
          store<f32>(to + ((<usize>c) << 2), scale * <f32>byte);
        }
        to += row;
      }
    }
    y += <usize>features * row;
  }
}

// @ts-ignore: decorator
@inline
function interleave_low(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function interleave_high(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 4 features × 4 samples of bytes into 4 rows of f32. */
// @ts-ignore: decorator
@inline
function widen_4(bytes: v128, factor: v128, to: usize, row: usize): void {
  const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), factor));
  v128.store(to + row, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), factor));
  v128.store(to + row * 2, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), factor));
  v128.store(to + row * 3, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), factor));
}
