/**
 * Matrix-vector products, f32: y := [y +] A x [+ bias], then ReLU if asked; or with Aᵀ.
 *
 *   a       m × n row-major, leading dimension lda ≥ n; or packed in panels of 4 rows (pack.ts)
 *   x, y    contiguous; y overlaps no other operand and may hold NaN on entry unless accumulated into
 *   bias    m; 0 (null) = none; read only when y is not accumulated into
 *   flags   bit 0: accumulate into y; bit 1: ReLU (NaN stays NaN)
 *
 * Pointers are in bytes, 4-byte aligned. Work 2mn flops, traffic 4mn bytes: memory-bound outside cache.
 */
import { f32_hsum, madd } from "../simd";

/** Row by row, 4 rows at a time: 8 accumulators, 10 loads for 8 multiply-adds. */
export function f32_gemv(
  m: u32, n: u32, a: usize, lda: u32, x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(lda >= n);
  assert(((a | x | y | bias) & 3) == 0);
  const step = (<usize>lda) << 2;
  const vector_end = x + ((<usize>(n & ~7)) << 2);
  for (let i: u32 = 0; i < m; i += 4) {
    const rows = min<u32>(4, m - i);
    // Missing rows read the last one again; what they give is not stored.
    let r0 = a + <usize>i * step;
    let r1 = rows > 1 ? r0 + step : r0, r2 = rows > 2 ? r1 + step : r0, r3 = rows > 3 ? r2 + step : r0;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    let at = x;
    for (; at < vector_end; at += 32) {
      const x0 = v128.load(at), x1 = v128.load(at, 16);
      s0 = madd<f32>(s0, v128.load(r0), x0); t0 = madd<f32>(t0, v128.load(r0, 16), x1);
      s1 = madd<f32>(s1, v128.load(r1), x0); t1 = madd<f32>(t1, v128.load(r1, 16), x1);
      s2 = madd<f32>(s2, v128.load(r2), x0); t2 = madd<f32>(t2, v128.load(r2, 16), x1);
      s3 = madd<f32>(s3, v128.load(r3), x0); t3 = madd<f32>(t3, v128.load(r3, 16), x1);
      r0 += 32; r1 += 32; r2 += 32; r3 += 32;
    }
    const tail = n & 7;
    finish_row(f32_hsum(f32x4.add(s0, t0)), tail, r0, at, y, bias, i, flags);
    if (rows > 1) finish_row(f32_hsum(f32x4.add(s1, t1)), tail, r1, at, y, bias, i + 1, flags);
    if (rows > 2) finish_row(f32_hsum(f32x4.add(s2, t2)), tail, r2, at, y, bias, i + 2, flags);
    if (rows > 3) finish_row(f32_hsum(f32x4.add(s3, t3)), tail, r3, at, y, bias, i + 3, flags);
  }
}

/** y (n) := [y +] Aᵀ x (m): 32 columns at a time stay in 8 accumulators. */
export function f32_gemv_transposed(
  m: u32, n: u32, a: usize, lda: u32, x: usize, y: usize, flags: u32,
): void {
  assert(lda >= n);
  assert(((a | x | y) & 3) == 0);
  const step = (<usize>lda) << 2;
  const x_end = x + ((<usize>m) << 2);
  let j: u32 = 0;
  for (; j + 32 <= n; j += 32) {
    const to = y + ((<usize>j) << 2);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    if (flags & 1) {
      s0 = v128.load(to); s1 = v128.load(to, 16); s2 = v128.load(to, 32); s3 = v128.load(to, 48);
      s4 = v128.load(to, 64); s5 = v128.load(to, 80); s6 = v128.load(to, 96); s7 = v128.load(to, 112);
    }
    let row = a + ((<usize>j) << 2);
    for (let at = x; at < x_end; at += 4) {
      const xi = v128.load32_splat(at);
      s0 = madd<f32>(s0, v128.load(row), xi); s1 = madd<f32>(s1, v128.load(row, 16), xi);
      s2 = madd<f32>(s2, v128.load(row, 32), xi); s3 = madd<f32>(s3, v128.load(row, 48), xi);
      s4 = madd<f32>(s4, v128.load(row, 64), xi); s5 = madd<f32>(s5, v128.load(row, 80), xi);
      s6 = madd<f32>(s6, v128.load(row, 96), xi); s7 = madd<f32>(s7, v128.load(row, 112), xi);
      row += step;
    }
    v128.store(to, s0); v128.store(to, s1, 16); v128.store(to, s2, 32); v128.store(to, s3, 48);
    v128.store(to, s4, 64); v128.store(to, s5, 80); v128.store(to, s6, 96); v128.store(to, s7, 112);
  }
  for (; j + 4 <= n; j += 4) {
    const to = y + ((<usize>j) << 2);
    let sum = flags & 1 ? v128.load(to) : f32x4.splat(0);
    let row = a + ((<usize>j) << 2);
    for (let at = x; at < x_end; at += 4, row += step) {
      sum = madd<f32>(sum, v128.load(row), v128.load32_splat(at));
    }
    v128.store(to, sum);
  }
  for (; j < n; j++) {
    const to = y + ((<usize>j) << 2);
    let sum: f32 = flags & 1 ? load<f32>(to) : 0;
    let row = a + ((<usize>j) << 2);
    for (let at = x; at < x_end; at += 4, row += step) sum += load<f32>(row) * load<f32>(at);
    store<f32>(to, sum);
  }
}

/**
 * From a packed A, 8 panels (32 rows) at a time: 9 loads for 8 multiply-adds, and the sum over k runs upwards
 * as in gemm, so that in variant `simd` one sample gives the same bits alone and in a batch.
 */
export function f32_gemv_packed(
  m: u32, k: u32, packed_a: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((packed_a | x | y | bias) & 3) == 0);
  const panel = (<usize>k) << 4;
  const panels = (m + 3) >> 2;
  const x_end = x + ((<usize>k) << 2);
  const quad_end = x + ((<usize>(k & ~3)) << 2);
  for (let p: u32 = 0; p < panels; p += 8) {
    // Panels beyond the last read the last one again; what they give is not stored.
    const last = packed_a + <usize>(panels - 1) * panel;
    let a0 = packed_a + <usize>p * panel;
    let a1 = min(a0 + panel, last), a2 = min(a1 + panel, last), a3 = min(a2 + panel, last);
    let a4 = min(a3 + panel, last), a5 = min(a4 + panel, last), a6 = min(a5 + panel, last);
    let a7 = min(a6 + panel, last);
    const i = p << 2;
    let s0 = start(m, i, y, bias, flags), s1 = start(m, i + 4, y, bias, flags);
    let s2 = start(m, i + 8, y, bias, flags), s3 = start(m, i + 12, y, bias, flags);
    let s4 = start(m, i + 16, y, bias, flags), s5 = start(m, i + 20, y, bias, flags);
    let s6 = start(m, i + 24, y, bias, flags), s7 = start(m, i + 28, y, bias, flags);
    let at = x;
    let xk: v128;
    // Four steps an iteration, a cache line of each panel: the 8 pointer bumps would cost a fifth otherwise.
    for (; at < quad_end; at += 16) {
      xk = v128.load32_splat(at);
      s0 = madd<f32>(s0, v128.load(a0), xk); s1 = madd<f32>(s1, v128.load(a1), xk);
      s2 = madd<f32>(s2, v128.load(a2), xk); s3 = madd<f32>(s3, v128.load(a3), xk);
      s4 = madd<f32>(s4, v128.load(a4), xk); s5 = madd<f32>(s5, v128.load(a5), xk);
      s6 = madd<f32>(s6, v128.load(a6), xk); s7 = madd<f32>(s7, v128.load(a7), xk);
      xk = v128.load32_splat(at, 4);
      s0 = madd<f32>(s0, v128.load(a0, 16), xk); s1 = madd<f32>(s1, v128.load(a1, 16), xk);
      s2 = madd<f32>(s2, v128.load(a2, 16), xk); s3 = madd<f32>(s3, v128.load(a3, 16), xk);
      s4 = madd<f32>(s4, v128.load(a4, 16), xk); s5 = madd<f32>(s5, v128.load(a5, 16), xk);
      s6 = madd<f32>(s6, v128.load(a6, 16), xk); s7 = madd<f32>(s7, v128.load(a7, 16), xk);
      xk = v128.load32_splat(at, 8);
      s0 = madd<f32>(s0, v128.load(a0, 32), xk); s1 = madd<f32>(s1, v128.load(a1, 32), xk);
      s2 = madd<f32>(s2, v128.load(a2, 32), xk); s3 = madd<f32>(s3, v128.load(a3, 32), xk);
      s4 = madd<f32>(s4, v128.load(a4, 32), xk); s5 = madd<f32>(s5, v128.load(a5, 32), xk);
      s6 = madd<f32>(s6, v128.load(a6, 32), xk); s7 = madd<f32>(s7, v128.load(a7, 32), xk);
      xk = v128.load32_splat(at, 12);
      s0 = madd<f32>(s0, v128.load(a0, 48), xk); s1 = madd<f32>(s1, v128.load(a1, 48), xk);
      s2 = madd<f32>(s2, v128.load(a2, 48), xk); s3 = madd<f32>(s3, v128.load(a3, 48), xk);
      s4 = madd<f32>(s4, v128.load(a4, 48), xk); s5 = madd<f32>(s5, v128.load(a5, 48), xk);
      s6 = madd<f32>(s6, v128.load(a6, 48), xk); s7 = madd<f32>(s7, v128.load(a7, 48), xk);
      a0 += 64; a1 += 64; a2 += 64; a3 += 64; a4 += 64; a5 += 64; a6 += 64; a7 += 64;
    }
    for (; at < x_end; at += 4) {
      xk = v128.load32_splat(at);
      s0 = madd<f32>(s0, v128.load(a0), xk); s1 = madd<f32>(s1, v128.load(a1), xk);
      s2 = madd<f32>(s2, v128.load(a2), xk); s3 = madd<f32>(s3, v128.load(a3), xk);
      s4 = madd<f32>(s4, v128.load(a4), xk); s5 = madd<f32>(s5, v128.load(a5), xk);
      s6 = madd<f32>(s6, v128.load(a6), xk); s7 = madd<f32>(s7, v128.load(a7), xk);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; a5 += 16; a6 += 16; a7 += 16;
    }
    finish(m, i, s0, y, flags); finish(m, i + 4, s1, y, flags);
    finish(m, i + 8, s2, y, flags); finish(m, i + 12, s3, y, flags);
    finish(m, i + 16, s4, y, flags); finish(m, i + 20, s5, y, flags);
    finish(m, i + 24, s6, y, flags); finish(m, i + 28, s7, y, flags);
  }
}

/** What the sums of rows i … i + 3 start from; lanes beyond m are +0. */
function start(m: u32, i: u32, y: usize, bias: usize, flags: u32): v128 {
  const from = flags & 1 ? y : bias;
  if (from == 0 || i >= m) return f32x4.splat(0);
  const at = from + ((<usize>i) << 2);
  if (i + 4 <= m) return v128.load(at);
  let lanes = v128.load32_zero(at);
  if (i + 1 < m) lanes = f32x4.replace_lane(lanes, 1, load<f32>(at, 4));
  if (i + 2 < m) lanes = f32x4.replace_lane(lanes, 2, load<f32>(at, 8));
  return lanes;
}

/** Stores the sums of rows i … i + 3, those below m. */
function finish(m: u32, i: u32, sum: v128, y: usize, flags: u32): void {
  if (i >= m) return;
  if (flags & 2) sum = f32x4.pmax(sum, f32x4.splat(0));
  const to = y + ((<usize>i) << 2);
  if (i + 4 <= m) {
    v128.store(to, sum);
    return;
  }
  store<f32>(to, f32x4.extract_lane(sum, 0));
  if (i + 1 < m) store<f32>(to, f32x4.extract_lane(sum, 1), 4);
  if (i + 2 < m) store<f32>(to, f32x4.extract_lane(sum, 2), 8);
}

/** Adds a row's last `tail` products, then bias or y, and stores y[i]. */
function finish_row(
  sum: f32, tail: u32, row: usize, x: usize, y: usize, bias: usize, i: u32, flags: u32,
): void {
  for (let j: u32 = 0; j < tail; j++) {
    const at = (<usize>j) << 2;
    sum += load<f32>(row + at) * load<f32>(x + at);
  }
  const to = y + ((<usize>i) << 2);
  if (flags & 1) sum += load<f32>(to);
  else if (bias) sum += load<f32>(bias + ((<usize>i) << 2));
  store<f32>(to, flags & 2 && sum < 0 ? 0 : sum);
}
