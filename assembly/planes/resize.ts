/**
 * y := R x Cᵀ of each plane, R and C with `taps` entries a row: resizing, f32.
 *
 *   x                channels planes of width columns, x_stride bytes apart
 *   y                channels planes of y_height × y_width, y_stride bytes apart; not x
 *   rows, columns    u32 of each output row or column, `row_taps` and `column_taps` of each: which of x it sees
 *   row_weights, column_weights   f32 of each
 *   scratch          width f32
 *
 * Pointers 4-byte aligned. Rows are blended first, then columns, each sum upwards over its taps: the same bits in every
 * engine (simd). One tap copies: its weight is not looked at.
 */
import { madd } from "../simd";

export function f32_planes_resize(
  channels: u32, width: u32, x: usize, x_stride: usize, y_height: u32, y_width: u32, y: usize, y_stride: usize,
  row_taps: u32, rows: usize, row_weights: usize, column_taps: u32, columns: usize, column_weights: usize,
  scratch: usize,
): void {
  assert(((x | x_stride | y | y_stride | rows | row_weights | columns | column_weights | scratch) & 3) == 0);
  for (let c: u32 = 0; c < channels; c++) {
    let index = rows, weight = row_weights, to = y;
    for (let row: u32 = 0; row < y_height; row++) {
      let line = x + (<usize>(load<u32>(index) * width) << 2);
      if (row_taps > 1) {
        blend(row_taps, width, x, index, weight, scratch);
        line = scratch;
      }
      pick(column_taps, y_width, line, columns, column_weights, to);
      index += (<usize>row_taps) << 2;
      weight += (<usize>row_taps) << 2;
      to += (<usize>y_width) << 2;
    }
    x += x_stride;
    y += y_stride;
  }
}

/** A weighted sum of rows. */
function blend(taps: u32, width: u32, x: usize, index: usize, weight: usize, to: usize): void {
  const end = (<usize>taps) << 2, row = (<usize>width) << 2;
  let at: usize = 0;
  for (; at + 16 <= row; at += 16) {
    let sum = f32x4.splat(0);
    for (let tap: usize = 0; tap < end; tap += 4) {
      sum = madd<f32>(sum, v128.load32_splat(weight + tap), v128.load(x + <usize>load<u32>(index + tap) * row + at));
    }
    v128.store(to + at, sum);
  }
  for (; at < row; at += 4) {
    let sum = f32x4.splat(0);
    for (let tap: usize = 0; tap < end; tap += 4) {
      const v = v128.load32_zero(x + <usize>load<u32>(index + tap) * row + at);
      sum = madd<f32>(sum, v128.load32_splat(weight + tap), v);
    }
    v128.store_lane<f32>(to + at, sum, 0);
  }
}

/** Weighted sums of a row's elements. */
function pick(taps: u32, n: u32, row: usize, index: usize, weight: usize, to: usize): void {
  const end = to + ((<usize>n) << 2);
  if (taps == 1) {
    for (; to < end; to += 4, index += 4) store<f32>(to, load<f32>(row + ((<usize>load<u32>(index)) << 2)));
    return;
  }
  const all = (<usize>taps) << 2;
  for (; to < end; to += 4) {
    let sum = f32x4.splat(0);
    for (let tap: usize = 0; tap < all; tap += 4) {
      const v = v128.load32_zero(row + ((<usize>load<u32>(index + tap)) << 2));
      sum = madd<f32>(sum, v128.load32_zero(weight + tap), v);
    }
    v128.store_lane<f32>(to, sum, 0);
    index += all;
    weight += all;
  }
}
