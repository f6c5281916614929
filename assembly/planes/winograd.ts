/**
 * Winograd's F(2 × 2, 3 × 3), f32: a 3 × 3 convolution by stride 1 as 16 products, of 4/9 of the multiplications. The
 * transforms on both sides of the products, for one row of tiles of 2 × 2 outputs:
 *
 *   in    Bᵀ d B of the 4 × 4 inputs of each tile
 *   out   Aᵀ m A of the 16 products, then bias, residual and clamp
 *
 *   x        channels bordered planes of two phases (border.ts) from the tiles' first row on: rows x_row bytes apart,
 *            the odd columns x_run bytes behind the even ones, planes x_stride bytes apart; tiles + 1 of each are read
 *   v, m     16 parts, part bytes apart, of channels (rows) planes, stride bytes apart
 *   tiles    a multiple of 4; those beyond y_width are left out
 *   y        rows planes, y_stride bytes apart, from the tiles' first row on; y_rows (1 or 2) rows of y_width
 *   bias     rows; 0 (null) = none
 *   residual rows planes as y, r_stride bytes apart, added before the clamp; 0 (null) = none
 *   scratch  32 bytes
 *
 * Part 4·r + c is row r, column c of a tile. Sums are those of the definition in another order, a few roundings more.
 * Where an input is not finite, all outputs of its tile may be NaN. Outputs overlap no operand. Pointers are
 * 4-byte aligned.
 *
 * Source: Lavin and Gray, Fast algorithms for convolutional neural networks (2015), §4.1.
 */
import { clamp } from "./finish";

export function f32_planes_winograd_in(
  channels: u32, tiles: u32, x: usize, x_row: usize, x_run: usize, x_stride: usize, v: usize, v_part: usize,
  v_stride: usize,
): void {
  assert(((x | v | x_row | x_run) & 3) == 0 && (tiles & 3) == 0);
  for (let c: u32 = 0; c < channels; c++) {
    let even = x, odd = x + x_run, to = v;
    for (let j: u32 = 0; j < tiles; j += 4) {
      // Bᵀ d: of each column (even, odd, next even, next odd) d0 − d2, d1 + d2, d2 − d1, d1 − d3.
      let e0 = v128.load(even), n0 = v128.load(even, 4), o0 = v128.load(odd), l0 = v128.load(odd, 4);
      let at = even + x_row * 2, by = odd + x_row * 2;
      const e2 = v128.load(at), n2 = v128.load(at, 4), o2 = v128.load(by), l2 = v128.load(by, 4);
      parts(f32x4.sub(e0, e2), f32x4.sub(o0, o2), f32x4.sub(n0, n2), f32x4.sub(l0, l2), to, v_part);
      at = even + x_row, by = odd + x_row;
      const e1 = v128.load(at), n1 = v128.load(at, 4), o1 = v128.load(by), l1 = v128.load(by, 4);
      const next = to + v_part * 4;
      parts(f32x4.add(e1, e2), f32x4.add(o1, o2), f32x4.add(n1, n2), f32x4.add(l1, l2), next, v_part);
      const third = next + v_part * 4;
      parts(f32x4.sub(e2, e1), f32x4.sub(o2, o1), f32x4.sub(n2, n1), f32x4.sub(l2, l1), third, v_part);
      at = even + x_row * 3, by = odd + x_row * 3;
      e0 = v128.load(at), n0 = v128.load(at, 4), o0 = v128.load(by), l0 = v128.load(by, 4);
      const fourth = third + v_part * 4;
      parts(f32x4.sub(e1, e0), f32x4.sub(o1, o0), f32x4.sub(n1, n0), f32x4.sub(l1, l0), fourth, v_part);
      even += 16;
      odd += 16;
      to += 16;
    }
    x += x_stride;
    v += v_stride;
  }
}

/** A row of (Bᵀ d) B, to four parts. */
// @ts-ignore: decorator
@inline
function parts(t0: v128, t1: v128, t2: v128, t3: v128, to: usize, part: usize): void {
  v128.store(to, f32x4.sub(t0, t2));
  v128.store(to + part, f32x4.add(t1, t2));
  v128.store(to + part * 2, f32x4.sub(t2, t1));
  v128.store(to + part * 3, f32x4.sub(t1, t3));
}

export function f32_planes_winograd_out(
  rows: u32, tiles: u32, m: usize, m_part: usize, m_stride: usize, y: usize, y_rows: u32, y_width: u32, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: f32, high: f32, scratch: usize,
): void {
  assert(((m | y | bias | residual | scratch) & 3) == 0 && (tiles & 3) == 0 && y_rows <= 2);
  const least = f32x4.splat(low), most = f32x4.splat(high), row = (<usize>y_width) << 2;
  for (let i: u32 = 0; i < rows; i++) {
    const b = bias ? v128.load32_splat(bias + ((<usize>i) << 2)) : f32x4.splat(0);
    for (let j: u32 = 0; j < tiles && j << 1 < y_width; j += 4) {
      const from = m + ((<usize>j) << 2), at = (<usize>j) << 3;
      const count = min<u32>(8, y_width - (j << 1));
      // Aᵀ m A: of rows and columns m0 + m1 + m2 and m1 − m2 − m3.
      const s0 = top(from, m_part), s1 = top(from + m_part, m_part);
      const s2 = top(from + m_part * 2, m_part), s3 = top(from + m_part * 3, m_part);
      const add = residual ? residual + at : 0;
      outputs(s0, s1, s2, s3, b, count, y + at, add, least, most, scratch);
      if (y_rows < 2) continue;
      const t0 = bottom(from, m_part), t1 = bottom(from + m_part, m_part);
      const t2 = bottom(from + m_part * 2, m_part), t3 = bottom(from + m_part * 3, m_part);
      outputs(t0, t1, t2, t3, b, count, y + row + at, add ? add + row : 0, least, most, scratch);
    }
    m += m_stride;
    y += y_stride;
    if (residual) residual += r_stride;
  }
}

// @ts-ignore: decorator
@inline
function top(m: usize, part: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(m), v128.load(m + part * 4)), v128.load(m + part * 8));
}

// @ts-ignore: decorator
@inline
function bottom(m: usize, part: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(m + part * 4), v128.load(m + part * 8)), v128.load(m + part * 12));
}

/** A row of four tiles: count ≤ 8 positions. */
// @ts-ignore: decorator
@inline
function outputs(
  s0: v128, s1: v128, s2: v128, s3: v128, bias: v128, count: u32, y: usize, residual: usize, low: v128, high: v128,
  scratch: usize,
): void {
  const even = f32x4.add(f32x4.add(f32x4.add(s0, s1), s2), bias);
  const odd = f32x4.add(f32x4.sub(f32x4.sub(s1, s2), s3), bias);
  let first = v128.shuffle<f32>(even, odd, 0, 4, 1, 5), second = v128.shuffle<f32>(even, odd, 2, 6, 3, 7);
  if (count == 8) {
    if (residual) {
      first = f32x4.add(first, v128.load(residual));
      second = f32x4.add(second, v128.load(residual, 16));
    }
    v128.store(y, clamp(first, low, high));
    v128.store(y, clamp(second, low, high), 16);
    return;
  }
  v128.store(scratch, first);
  v128.store(scratch, second, 16);
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    let value = v128.load32_zero(scratch + at);
    if (residual) value = f32x4.add(value, v128.load32_zero(residual + at));
    v128.store_lane<f32>(y + at, clamp(value, low, high), 0);
  }
}
