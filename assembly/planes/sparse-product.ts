/**
 * Sparse products over planes, CSR, f32: Y := clamp(A X + bias + residual).
 *
 *   row_starts   m + 1 u32: entries row_starts[i] … row_starts[i + 1] belong to row i
 *   offsets      u32 of each entry: bytes from x to the plane that it multiplies; any multiple of 4
 *   values       f32 of each entry
 *   x            planes of `positions` f32; a shifted window of a padded plane serves as well as a plane
 *   y            m planes, y_stride bytes apart
 *   bias         m, or 0 (null) for none
 *   residual     m planes as y, r_stride bytes apart, added before the clamp; 0 (null) = none
 *   low, high    the clamp; −∞ and ∞ for none
 *
 * Any number of positions, planes contiguous or apart. y overlaps no other operand: the last positions of a row may
 * be computed twice. Pointers 4-byte aligned. A missing weight multiplies nothing. Work 2·nnz·positions flops.
 *
 * Inner step: one weight × 8 vectors of 32 positions: 10 loads, 8 mul, 8 add. What is left below 32 positions is done
 * in one pass that reaches back over positions done before, since a pass of few sums waits for its additions.
 */
import { madd } from "../simd";
import { finish } from "./finish";

export function f32_planes_spmm(
  m: u32, positions: u32, row_starts: usize, offsets: usize, values: usize, x: usize, y: usize, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: f32, high: f32,
): void {
  assert(((row_starts | offsets | values | x | y | bias | residual) & 3) == 0);
  const least = f32x4.splat(low), most = f32x4.splat(high);
  let done: u32 = 0;
  while (done < positions) {
    const rest = positions - done;
    const width: u32 = rest > 16 && positions >= 32 ? 32 : rest > 8 && positions >= 16 ? 16
      : rest > 4 && positions >= 8 ? 8 : positions >= 4 ? 4 : 1;
    const from = min(done, positions - width);
    const at = (<usize>from) << 2;
    const add = residual ? residual + at : 0;
    const here = x + at, to = y + at;
    if (width == 32) rows(8, m, row_starts, offsets, values, here, to, y_stride, bias, add, r_stride, least, most);
    else if (width == 16) rows(4, m, row_starts, offsets, values, here, to, y_stride, bias, add, r_stride, least, most);
    else if (width == 8) rows(2, m, row_starts, offsets, values, here, to, y_stride, bias, add, r_stride, least, most);
    else if (width == 4) rows(1, m, row_starts, offsets, values, here, to, y_stride, bias, add, r_stride, least, most);
    else single(m, row_starts, offsets, values, here, to, y_stride, bias, add, r_stride, low, high);
    done = from + width;
  }
}

/** 4·vectors positions of all rows; `vectors` is a constant at every call. */
// @ts-ignore: decorator
@inline
function rows(
  vectors: i32, m: u32, row_starts: usize, offsets: usize, values: usize, x: usize, y: usize, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: v128, high: v128,
): void {
  const first = load<u32>(row_starts);
  let offset = offsets + ((<usize>first) << 2), value = values + ((<usize>first) << 2);
  for (let i: u32 = 0; i < m; i++) {
    row_starts += 4;
    const end = values + ((<usize>load<u32>(row_starts)) << 2);
    let s0 = f32x4.splat(0);
    if (bias) {
      s0 = v128.load32_splat(bias);
      bias += 4;
    }
    let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    while (value < end) {
      const w = v128.load32_splat(value), at = x + load<u32>(offset);
      s0 = madd<f32>(s0, w, v128.load(at));
      if (vectors > 1) s1 = madd<f32>(s1, w, v128.load(at, 16));
      if (vectors > 2) {
        s2 = madd<f32>(s2, w, v128.load(at, 32));
        s3 = madd<f32>(s3, w, v128.load(at, 48));
      }
      if (vectors > 4) {
        s4 = madd<f32>(s4, w, v128.load(at, 64));
        s5 = madd<f32>(s5, w, v128.load(at, 80));
        s6 = madd<f32>(s6, w, v128.load(at, 96));
        s7 = madd<f32>(s7, w, v128.load(at, 112));
      }
      value += 4;
      offset += 4;
    }
    v128.store(y, finish(s0, residual, low, high));
    if (vectors > 1) v128.store(y, finish(s1, residual ? residual + 16 : 0, low, high), 16);
    if (vectors > 2) {
      v128.store(y, finish(s2, residual ? residual + 32 : 0, low, high), 32);
      v128.store(y, finish(s3, residual ? residual + 48 : 0, low, high), 48);
    }
    if (vectors > 4) {
      v128.store(y, finish(s4, residual ? residual + 64 : 0, low, high), 64);
      v128.store(y, finish(s5, residual ? residual + 80 : 0, low, high), 80);
      v128.store(y, finish(s6, residual ? residual + 96 : 0, low, high), 96);
      v128.store(y, finish(s7, residual ? residual + 112 : 0, low, high), 112);
    }
    y += y_stride;
    if (residual) residual += r_stride;
  }
}

/** One position of all rows, where there are fewer than four. */
function single(
  m: u32, row_starts: usize, offsets: usize, values: usize, x: usize, y: usize, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: f32, high: f32,
): void {
  let p = load<u32>(row_starts);
  for (let i: u32 = 0; i < m; i++) {
    row_starts += 4;
    let sum: f32 = bias ? load<f32>(bias + ((<usize>i) << 2)) : 0;
    for (const end = load<u32>(row_starts); p < end; p++) {
      const at = (<usize>p) << 2;
      sum += load<f32>(values + at) * load<f32>(x + load<u32>(offsets + at));
    }
    if (residual) sum += load<f32>(residual + <usize>i * r_stride);
    sum = sum < low ? low : sum > high ? high : sum;
    store<f32>(y + <usize>i * y_stride, sum);
  }
}
