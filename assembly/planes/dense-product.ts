/**
 * Dense products over planes around the 4 × 8 tile, f32: Y := clamp(A X + bias + residual).
 *
 *   packed_a     A, m × k, packed by dense/pack.ts
 *   x            k planes x_stride bytes apart; or, for convolutions, what taps and offsets (patches.ts) lead to
 *   y            m planes, y_stride bytes apart
 *   bias         m; 0 (null) = none
 *   residual     m planes r_stride bytes apart, added before the clamp; 0 (null) = none
 *   low, high    the clamp; −∞ and ∞ for none
 *   scratch      32,896 bytes, 16-byte aligned
 *
 * Blocks of 32 positions × 256 of k are packed where they stay in L1 (32 KiB); the sum over k runs upwards. y overlaps
 * no other operand. Pointers 4-byte aligned. Work 2·m·k·positions flops.
 */
import { Start, gemm_tile } from "../dense/gemm-tile";
import { pack_b_rows } from "../dense/pack";
import { clamp } from "./finish";
import { gather_patches } from "./patches";

const K_BLOCK: u32 = 256;
const COLUMN_BLOCK: u32 = 32;
const EDGE_AT: usize = 32768;

export function f32_planes_gemm(
  m: u32, positions: u32, k: u32, packed_a: usize, x: usize, x_stride: usize, y: usize, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: f32, high: f32, scratch: usize,
): void {
  assert(((packed_a | x | y | bias | residual) & 3) == 0 && ((x_stride | y_stride) & 3) == 0);
  for (let j: u32 = 0; j < positions; j += COLUMN_BLOCK) {
    const n = min(COLUMN_BLOCK, positions - j), at = (<usize>j) << 2;
    let start = bias ? Start.Bias : Start.Zero, kk: u32 = 0;
    do {
      const kc = min(K_BLOCK, k - kk);
      pack_b_rows(kc, n, x + <usize>kk * x_stride + at, <u32>(x_stride >> 2), scratch);
      tiles(m, n, kc, k, packed_a + ((<usize>kk) << 4), y + at, y_stride, start, bias, scratch);
      start = Start.C;
      kk += K_BLOCK;
    } while (kk < k);
    finish_block(m, n, y + at, y_stride, residual ? residual + at : 0, r_stride, low, high);
  }
}

/** A convolution: row r of X at position p is what lies taps[r] + offsets[p] bytes from x. */
export function f32_planes_conv(
  m: u32, positions: u32, k: u32, packed_a: usize, x: usize, taps: usize, offsets: usize, y: usize, y_stride: usize,
  bias: usize, residual: usize, r_stride: usize, low: f32, high: f32, scratch: usize,
): void {
  assert(((packed_a | x | taps | offsets | y | bias | residual) & 3) == 0 && (y_stride & 3) == 0);
  for (let j: u32 = 0; j < positions; j += COLUMN_BLOCK) {
    const n = min(COLUMN_BLOCK, positions - j), at = (<usize>j) << 2;
    let start = bias ? Start.Bias : Start.Zero, kk: u32 = 0;
    do {
      const kc = min(K_BLOCK, k - kk);
      gather_patches(kc, n, x, taps + ((<usize>kk) << 2), offsets + at, scratch, 32, (<usize>kc) << 5);
      tiles(m, n, kc, k, packed_a + ((<usize>kk) << 4), y + at, y_stride, start, bias, scratch);
      start = Start.C;
      kk += K_BLOCK;
    } while (kk < k);
    finish_block(m, n, y + at, y_stride, residual ? residual + at : 0, r_stride, low, high);
  }
}

/** Y's tiles for one packed block of X; `panel` is the k-length of A's panels. */
function tiles(
  m: u32, n: u32, kc: u32, panel: u32, a: usize, y: usize, y_stride: usize, start: Start, bias: usize, packed_b: usize,
): void {
  for (let i: u32 = 0; i < m; i += 4) {
    const a_panel = a + ((<usize>i * panel) << 2);
    const y_row = y + <usize>i * y_stride;
    const bias_row = bias ? bias + ((<usize>i) << 2) : 0;
    for (let j: u32 = 0; j < n; j += 8) {
      const b_strip = packed_b + ((<usize>j * kc) << 2);
      const at = y_row + ((<usize>j) << 2);
      if (i + 4 <= m && j + 8 <= n) {
        gemm_tile(kc, a_panel, b_strip, at, y_stride, start, bias_row, false);
      } else {
        const edge = packed_b + EDGE_AT;
        const rows = min<u32>(4, m - i), columns = min<u32>(8, n - j);
        if (start != Start.Zero) {
          for (let r: u32 = 0; r < rows; r++) for (let c: u32 = 0; c < columns; c++) {
            const value = start == Start.C ? load<f32>(at + <usize>r * y_stride + ((<usize>c) << 2))
              : load<f32>(bias_row + ((<usize>r) << 2));
            store<f32>(edge + ((<usize>(8 * r + c)) << 2), value);
          }
        }
        gemm_tile(kc, a_panel, b_strip, edge, 32, start == Start.Zero ? Start.Zero : Start.C, 0, false);
        for (let r: u32 = 0; r < rows; r++) for (let c: u32 = 0; c < columns; c++) {
          store<f32>(at + <usize>r * y_stride + ((<usize>c) << 2), load<f32>(edge + ((<usize>(8 * r + c)) << 2)));
        }
      }
    }
  }
}

/** Adds the residual and clamps n ≤ 32 positions of all rows, which are still in cache. */
function finish_block(
  m: u32, n: u32, y: usize, y_stride: usize, residual: usize, r_stride: usize, low: f32, high: f32,
): void {
  if (residual == 0 && low == -Infinity && high == Infinity) return;
  const least = f32x4.splat(low), most = f32x4.splat(high);
  for (let i: u32 = 0; i < m; i++) {
    let j: u32 = 0;
    for (; j + 4 <= n; j += 4) {
      const at = (<usize>j) << 2;
      let v = v128.load(y + at);
      if (residual) v = f32x4.add(v, v128.load(residual + at));
      v128.store(y + at, clamp(v, least, most));
    }
    for (; j < n; j++) {
      const at = (<usize>j) << 2;
      let v = load<f32>(y + at);
      if (residual) v += load<f32>(residual + at);
      store<f32>(y + at, v < low ? low : v > high ? high : v);
    }
    y += y_stride;
    if (residual) residual += r_stride;
  }
}
