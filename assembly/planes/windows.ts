/**
 * Sparse products over windows that slide on bordered planes, f32: Y := clamp(A X + bias + residual), where entry
 * (row i, channel c, window element k) adds its weight times channel c shifted by k. No patches are built.
 *
 *   row_starts   m + 1 u32: entries row_starts[i] … row_starts[i + 1] belong to row i
 *   offsets      u32 of each entry: bytes from x to what the window at the first position sees there (border.ts)
 *   values       f32 of each entry
 *   x            bordered planes; the next position reads 4 bytes further, the next row of positions x_row bytes
 *   y            m planes of y_height × y_width, y_stride bytes apart
 *   bias         m; 0 (null) = none
 *   residual     m planes as y, r_stride bytes apart, added before the clamp; 0 (null) = none
 *   low, high    the clamp; −∞ and ∞ for none
 *
 * Tiles of 4 rows × 8 positions, 8 accumulators; the last rows and columns reach back over positions done before, so y
 * overlaps no other operand. Planes of fewer than 4 columns go one position at a time. Pointers 4-byte aligned.
 * Work 2·entries·positions flops.
 */
import { madd } from "../simd";
import { finish } from "./finish";

export function f32_planes_windows(
  m: u32, y_height: u32, y_width: u32, row_starts: usize, offsets: usize, values: usize, x: usize, x_row: usize,
  y: usize, y_stride: usize, bias: usize, residual: usize, r_stride: usize, low: f32, high: f32,
): void {
  assert(((row_starts | offsets | values | x | y | bias | residual) & 3) == 0 && (x_row & 3) == 0);
  if (y_height == 0 || y_width == 0) return;
  if (y_width < 4) {
    narrow(
      m, y_height, y_width, row_starts, offsets, values, x, x_row, y, y_stride, bias, residual, r_stride, low, high,
    );
    return;
  }
  const least = f32x4.splat(low), most = f32x4.splat(high);
  const y_row = (<usize>y_width) << 2;
  const width: u32 = min<u32>(8, y_width), step = (<usize>(width - 4)) << 2;
  const height: u32 = y_height < 4 ? 1 : 4;
  for (let r: u32 = 0; r < y_height; r += height) {
    const row = min(r, y_height - height);
    for (let c: u32 = 0; c < y_width; c += width) {
      const column = min(c, y_width - width);
      const from = x + <usize>row * x_row + ((<usize>column) << 2);
      const at = <usize>row * y_row + ((<usize>column) << 2), to = y + at;
      const add = residual ? residual + at : 0;
      if (height == 1) {
        tiles(1, false, m, row_starts, offsets, values, from, x_row, step,
          to, y_row, y_stride, bias, add, r_stride, least, most);
      } else if (width < 8) {
        tiles(4, false, m, row_starts, offsets, values, from, x_row, step,
          to, y_row, y_stride, bias, add, r_stride, least, most);
      } else {
        tiles(4, true, m, row_starts, offsets, values, from, x_row, 16,
          to, y_row, y_stride, bias, add, r_stride, least, most);
      }
    }
  }
}

/** A tile of all rows: two vectors `step` bytes apart in each of `height` rows. Height and `wide` are constants. */
// @ts-ignore: decorator
@inline
function tiles(
  height: u32, wide: bool, m: u32, row_starts: usize, offsets: usize, values: usize, x: usize, x_row: usize,
  step: usize, y: usize, y_row: usize, y_stride: usize, bias: usize, residual: usize, r_stride: usize,
  low: v128, high: v128,
): void {
  const first = load<u32>(row_starts);
  let offset = offsets + ((<usize>first) << 2), value = values + ((<usize>first) << 2);
  for (let i: u32 = 0; i < m; i++) {
    row_starts += 4;
    const end = values + ((<usize>load<u32>(row_starts)) << 2);
    let s00 = f32x4.splat(0);
    if (bias) {
      s00 = v128.load32_splat(bias);
      bias += 4;
    }
    let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    while (value < end) {
      const w = v128.load32_splat(value);
      let at = x + load<u32>(offset);
      s00 = madd<f32>(s00, w, v128.load(at));
      s01 = madd<f32>(s01, w, wide ? v128.load(at, 16) : v128.load(at + step));
      if (height == 4) {
        at += x_row;
        s10 = madd<f32>(s10, w, v128.load(at));
        s11 = madd<f32>(s11, w, wide ? v128.load(at, 16) : v128.load(at + step));
        at += x_row;
        s20 = madd<f32>(s20, w, v128.load(at));
        s21 = madd<f32>(s21, w, wide ? v128.load(at, 16) : v128.load(at + step));
        at += x_row;
        s30 = madd<f32>(s30, w, v128.load(at));
        s31 = madd<f32>(s31, w, wide ? v128.load(at, 16) : v128.load(at + step));
      }
      value += 4;
      offset += 4;
    }
    pair(s00, s01, y, step, residual, low, high);
    if (height == 4) {
      pair(s10, s11, y + y_row, step, residual ? residual + y_row : 0, low, high);
      pair(s20, s21, y + y_row * 2, step, residual ? residual + y_row * 2 : 0, low, high);
      pair(s30, s31, y + y_row * 3, step, residual ? residual + y_row * 3 : 0, low, high);
    }
    y += y_stride;
    if (residual) residual += r_stride;
  }
}

/** Two vectors of a row; the second may overlap the first, and has the same sums there. */
// @ts-ignore: decorator
@inline
function pair(a: v128, b: v128, y: usize, step: usize, residual: usize, low: v128, high: v128): void {
  v128.store(y, finish(a, residual, low, high));
  v128.store(y + step, finish(b, residual ? residual + step : 0, low, high));
}

function narrow(
  m: u32, y_height: u32, y_width: u32, row_starts: usize, offsets: usize, values: usize, x: usize, x_row: usize,
  y: usize, y_stride: usize, bias: usize, residual: usize, r_stride: usize, low: f32, high: f32,
): void {
  for (let i: u32 = 0; i < m; i++) {
    const start = load<u32>(row_starts), end = load<u32>(row_starts, 4);
    const b: f32 = bias ? load<f32>(bias + ((<usize>i) << 2)) : 0;
    for (let r: u32 = 0; r < y_height; r++) for (let c: u32 = 0; c < y_width; c++) {
      const from = x + <usize>r * x_row + ((<usize>c) << 2), at = (<usize>(r * y_width + c)) << 2;
      let sum = b;
      for (let p = start; p < end; p++) {
        const entry = (<usize>p) << 2;
        sum += load<f32>(values + entry) * load<f32>(from + load<u32>(offsets + entry));
      }
      if (residual) sum += load<f32>(residual + at);
      store<f32>(y + at, sum < low ? low : sum > high ? high : sum);
    }
    row_starts += 4;
    y += y_stride;
    if (residual) residual += r_stride;
  }
}
