/**
 * The register tile of gemm: 4 rows × 8 columns in 8 accumulators.
 *
 *   a   packed 4 × kc panel: the 4 rows' elements of column k stand together    (pack.ts)
 *   b   packed kc × 8 strip: the 8 columns' elements of row k stand together
 *   c   4 × 8, `ldc` BYTES between rows
 *
 * 8 accumulators + 2 of b + 1 of a = 11 of V8's 15 registers. Measured at 384³: 4 × 8 reaches 95 % of 6 × 8
 * when fused, and 6 × 8 spills when not; one tile serves both variants.
 * Two steps of k an iteration: V8 in Node 20 does not unroll (+6 % there, 0 in Node 24, which does).
 */
import { madd } from "../simd";

/** What the accumulators hold before the first product. */
export const enum Start {
  Zero,
  Bias,
  C,
}

export function gemm_tile(
  kc: u32, a: usize, b: usize, c: usize, ldc: usize, start: Start, bias: usize, relu: bool,
): void {
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (start == Start.C) {
    s00 = v128.load(c); s01 = v128.load(c, 16);
    s10 = v128.load(c1); s11 = v128.load(c1, 16);
    s20 = v128.load(c2); s21 = v128.load(c2, 16);
    s30 = v128.load(c3); s31 = v128.load(c3, 16);
  } else if (start == Start.Bias) {
    s00 = v128.load32_splat(bias); s01 = s00;
    s10 = v128.load32_splat(bias, 4); s11 = s10;
    s20 = v128.load32_splat(bias, 8); s21 = s20;
    s30 = v128.load32_splat(bias, 12); s31 = s30;
  }

  const pair_end = a + ((<usize>(kc & ~1)) << 4);
  while (a < pair_end) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let ai = v128.load32_splat(a);
    s00 = madd<f32>(s00, ai, b0); s01 = madd<f32>(s01, ai, b1);
    ai = v128.load32_splat(a, 4);
    s10 = madd<f32>(s10, ai, b0); s11 = madd<f32>(s11, ai, b1);
    ai = v128.load32_splat(a, 8);
    s20 = madd<f32>(s20, ai, b0); s21 = madd<f32>(s21, ai, b1);
    ai = v128.load32_splat(a, 12);
    s30 = madd<f32>(s30, ai, b0); s31 = madd<f32>(s31, ai, b1);
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    ai = v128.load32_splat(a, 16);
    s00 = madd<f32>(s00, ai, b0); s01 = madd<f32>(s01, ai, b1);
    ai = v128.load32_splat(a, 20);
    s10 = madd<f32>(s10, ai, b0); s11 = madd<f32>(s11, ai, b1);
    ai = v128.load32_splat(a, 24);
    s20 = madd<f32>(s20, ai, b0); s21 = madd<f32>(s21, ai, b1);
    ai = v128.load32_splat(a, 28);
    s30 = madd<f32>(s30, ai, b0); s31 = madd<f32>(s31, ai, b1);
    a += 32; b += 64;
  }
  if (kc & 1) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let ai = v128.load32_splat(a);
    s00 = madd<f32>(s00, ai, b0); s01 = madd<f32>(s01, ai, b1);
    ai = v128.load32_splat(a, 4);
    s10 = madd<f32>(s10, ai, b0); s11 = madd<f32>(s11, ai, b1);
    ai = v128.load32_splat(a, 8);
    s20 = madd<f32>(s20, ai, b0); s21 = madd<f32>(s21, ai, b1);
    ai = v128.load32_splat(a, 12);
    s30 = madd<f32>(s30, ai, b0); s31 = madd<f32>(s31, ai, b1);
  }

  if (relu) {
    const zero = f32x4.splat(0);
    s00 = f32x4.pmax(s00, zero); s01 = f32x4.pmax(s01, zero);
    s10 = f32x4.pmax(s10, zero); s11 = f32x4.pmax(s11, zero);
    s20 = f32x4.pmax(s20, zero); s21 = f32x4.pmax(s21, zero);
    s30 = f32x4.pmax(s30, zero); s31 = f32x4.pmax(s31, zero);
  }
  v128.store(c, s00); v128.store(c, s01, 16);
  v128.store(c1, s10); v128.store(c1, s11, 16);
  v128.store(c2, s20); v128.store(c2, s21, 16);
  v128.store(c3, s30); v128.store(c3, s31, 16);
}
