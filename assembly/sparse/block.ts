/**
 * Sparse products in blocks of 4 weights, f32: Y := [Y +] A X [+ bias], then ReLU if asked.
 *
 *   4×1   four output rows share an input: rows 4r … 4r + 3 are block row r, `columns` holds the column of a
 *         block; ⌈m / 4⌉ block rows, outputs beyond m are not stored
 *   1×4   four inputs of one output: `columns` holds g for columns 4g … 4g + 3; those beyond n are not read
 *
 *   row_starts          u32, (block) rows + 1; columns u32, one a block; values f32, four a block
 *   x, y, bias, flags   as in csr.ts
 *
 * The transpose of one kind is the other kind: csr_transpose_u32 on the blocks, then f32_block_reorder.
 * All 4 weights of a block are multiplied, zeros too: Inf or NaN in x then makes NaN. Pointers 4-byte
 * aligned, y overlaps nothing. Indices have 32 bits: one serves four weights, and 16 bits are not faster.
 *
 * 4×1 runs on a 4 × 8 tile as dense products do (6 loads for 8 multiply-adds; CSR 9). Zen 4, cycles a weight
 * and panel, simd / relaxed: 5.9 / 4.5 (Node 20: 6.4); 1×4: 7.2 / 6.4 (X in L1: 6.0 / 5.0), 9 loads as in
 * CSR. One sample: 0.3 cycles a weight, both.
 */
import { panel_width } from "../dense/panels";
import { f32_hsum, madd } from "../simd";

export function f32_spmm_block_4x1(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((row_starts | columns | values | x | y | bias) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    if (width == 1) f32_spmv_block_4x1(m, row_starts, columns, values, x, y, bias, flags);
    else if (width == 32) rows_of_4(m, 128, row_starts, columns, values, x, y, bias, flags);
    else rows_of_4(m, (<usize>width) << 2, row_starts, columns, values, x, y, bias, flags);
    x += (<usize>n * width) << 2;
    y += (<usize>m * width) << 2;
  }
}

export function f32_spmm_block_1x4(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((row_starts | columns | values | x | y | bias) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const step = (<usize>width) << 2;
    if (width == 1) f32_spmv_block_1x4(m, n, row_starts, columns, values, x, y, bias, flags);
    else if (width == 32) rows(8, m, n, 128, row_starts, columns, values, x, y, bias, flags);
    else {
      let at: usize = 0;
      if (width & 16) {
        rows(4, m, n, step, row_starts, columns, values, x, y, bias, flags);
        at = 64;
      }
      if (width & 8) {
        rows(2, m, n, step, row_starts, columns, values, x + at, y + at, bias, flags);
        at += 32;
      }
      if (width & 4) rows(1, m, n, step, row_starts, columns, values, x + at, y + at, bias, flags);
    }
    x += <usize>n * step;
    y += <usize>m * step;
  }
}

/** One sample: a block row's 4 sums in a vector; 4 vectors take turns. */
export function f32_spmv_block_4x1(
  m: u32, row_starts: usize, columns: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((row_starts | columns | values | x | y | bias) & 3) == 0);
  let p = <usize>load<u32>(row_starts);
  let value = values + (p << 4), index = columns + (p << 2);
  for (let i: u32 = 0; i < m; i += 4) {
    row_starts += 4;
    const end = values + ((<usize>load<u32>(row_starts)) << 4);
    const quad_end = end - ((end - value) & 63);
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    for (; value < quad_end; value += 64) {
      a0 = madd<f32>(a0, v128.load(value), input(x, load<u32>(index)));
      a1 = madd<f32>(a1, v128.load(value, 16), input(x, load<u32>(index, 4)));
      a2 = madd<f32>(a2, v128.load(value, 32), input(x, load<u32>(index, 8)));
      a3 = madd<f32>(a3, v128.load(value, 48), input(x, load<u32>(index, 12)));
      index += 16;
    }
    for (; value < end; value += 16) {
      a0 = madd<f32>(a0, v128.load(value), input(x, load<u32>(index)));
      index += 4;
    }
    a0 = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
    store_output(f32x4.extract_lane(a0, 0), y, bias, flags);
    if (i + 1 < m) store_output(f32x4.extract_lane(a0, 1), y + 4, bias ? bias + 4 : 0, flags);
    if (i + 2 < m) store_output(f32x4.extract_lane(a0, 2), y + 8, bias ? bias + 8 : 0, flags);
    if (i + 3 < m) store_output(f32x4.extract_lane(a0, 3), y + 12, bias ? bias + 12 : 0, flags);
    y += 16;
    if (bias) bias += 16;
  }
}

/** One sample: 4 inputs against a block's 4 weights; a row's sums in 2 vectors. */
export function f32_spmv_block_1x4(
  m: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((row_starts | columns | values | x | y | bias) & 3) == 0);
  let p = <usize>load<u32>(row_starts);
  let value = values + (p << 4), index = columns + (p << 2);
  for (let i: u32 = 0; i < m; i++) {
    row_starts += 4;
    const end = values + ((<usize>load<u32>(row_starts)) << 4);
    const whole_end = whole_blocks_end(n, value, end, columns + ((end - values) >> 2));
    const pair_end = whole_end - ((whole_end - value) & 31);
    let a0 = f32x4.splat(0), a1 = a0;
    for (; value < pair_end; value += 32) {
      a0 = madd<f32>(a0, v128.load(value), v128.load(x + ((<usize>load<u32>(index)) << 4)));
      a1 = madd<f32>(a1, v128.load(value, 16), v128.load(x + ((<usize>load<u32>(index, 4)) << 4)));
      index += 8;
    }
    if (value < whole_end) {
      a0 = madd<f32>(a0, v128.load(value), v128.load(x + ((<usize>load<u32>(index)) << 4)));
      value += 16; index += 4;
    }
    let sum = f32_hsum(f32x4.add(a0, a1));
    if (value < end) {
      const at = x + ((<usize>(n & ~3)) << 2);
      sum += load<f32>(value) * load<f32>(at);
      if ((n & 3) > 1) sum += load<f32>(value, 4) * load<f32>(at, 4);
      if ((n & 3) > 2) sum += load<f32>(value, 8) * load<f32>(at, 8);
      value += 16; index += 4;
    }
    store_output(sum, y, bias, flags);
    y += 4;
    if (bias) bias += 4;
  }
}

/** The 4-wide blocks' values in an order: out[p] := values[order[p]], 4 floats each. */
export function f32_block_reorder(count: u32, order: usize, values: usize, out: usize): void {
  assert(((order | values | out) & 3) == 0);
  for (const end = out + ((<usize>count) << 4); out < end; out += 16) {
    v128.store(out, v128.load(values + ((<usize>load<u32>(order)) << 4)));
    order += 4;
  }
}

// @ts-ignore: decorator
@inline
function input(x: usize, j: u32): v128 {
  return v128.load32_splat(x + ((<usize>j) << 2));
}

/** Adds what the sum starts from and stores it. */
// @ts-ignore: decorator
@inline
function store_output(sum: f32, y: usize, bias: usize, flags: u32): void {
  if (flags & 1) sum += load<f32>(y);
  else if (bias) sum += load<f32>(bias);
  store<f32>(y, flags & 2 && sum < 0 ? 0 : sum);
}

/** Where the values of a row's whole 1×4 blocks end: its last block, at index_end − 4, may reach beyond n. */
// @ts-ignore: decorator
@inline
function whole_blocks_end(n: u32, value: usize, end: usize, index_end: usize): usize {
  return (n & 3) != 0 && value < end && load<u32>(index_end - 4) == n >> 2 ? end - 16 : end;
}

/** 4×1, a panel with `step` bytes between features: 8 samples at a time, and 4 at the end of a narrow one. */
// @ts-ignore: decorator
@inline
function rows_of_4(
  m: u32, step: usize, starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  const floor = f32x4.splat(flags & 2 ? 0 : -Infinity);
  for (let i: u32 = 0; i < m; i += 4) {
    const p = <usize>load<u32>(starts), q = <usize>load<u32>(starts, 4);
    starts += 4;
    const value = values + (p << 4), end = values + (q << 4), index = columns + (p << 2);
    const rows = min<u32>(4, m - i);
    let at: usize = 0;
    for (; at + 32 <= step; at += 32) {
      tile(2, rows, value, end, index, x + at, y + at, step, bias, flags, floor);
    }
    if (at < step) tile(1, rows, value, end, index, x + at, y + at, step, bias, flags, floor);
    y += step << 2;
    if (bias) bias += 16;
  }
}

/** 4 rows × 4·vectors samples (1 or 2, a constant), as gemm-tile.ts. */
// @ts-ignore: decorator
@inline
function tile(
  vectors: u32, rows: u32, value: usize, end: usize, index: usize, x: usize, y: usize, step: usize,
  bias: usize, flags: u32, floor: v128,
): void {
  const y1 = rows > 1 ? y + step : y, y2 = rows > 2 ? y1 + step : y, y3 = rows > 3 ? y2 + step : y;
  let s00 = f32x4.splat(0), s10 = s00, s20 = s00, s30 = s00, s01 = s00, s11 = s00, s21 = s00, s31 = s00;
  if (flags & 1) {
    s00 = v128.load(y); s10 = v128.load(y1); s20 = v128.load(y2); s30 = v128.load(y3);
    if (vectors > 1) {
      s01 = v128.load(y, 16); s11 = v128.load(y1, 16); s21 = v128.load(y2, 16); s31 = v128.load(y3, 16);
    }
  } else if (bias) {
    s00 = v128.load32_splat(bias); s01 = s00;
    if (rows > 1) s10 = v128.load32_splat(bias, 4);
    if (rows > 2) s20 = v128.load32_splat(bias, 8);
    if (rows > 3) s30 = v128.load32_splat(bias, 12);
    s11 = s10; s21 = s20; s31 = s30;
  }
  while (value < end) {
    const at = x + <usize>load<u32>(index) * step;
    const x0 = v128.load(at), x1 = vectors > 1 ? v128.load(at, 16) : x0;
    const w0 = v128.load32_splat(value);
    s00 = madd<f32>(s00, w0, x0);
    if (vectors > 1) s01 = madd<f32>(s01, w0, x1);
    const w1 = v128.load32_splat(value, 4);
    s10 = madd<f32>(s10, w1, x0);
    if (vectors > 1) s11 = madd<f32>(s11, w1, x1);
    const w2 = v128.load32_splat(value, 8);
    s20 = madd<f32>(s20, w2, x0);
    if (vectors > 1) s21 = madd<f32>(s21, w2, x1);
    const w3 = v128.load32_splat(value, 12);
    s30 = madd<f32>(s30, w3, x0);
    if (vectors > 1) s31 = madd<f32>(s31, w3, x1);
    value += 16; index += 4;
  }
  // Rows beyond m share the first row's address, which is stored last.
  store_run(vectors, y3, s30, s31, floor); store_run(vectors, y2, s20, s21, floor);
  store_run(vectors, y1, s10, s11, floor); store_run(vectors, y, s00, s01, floor);
}

// @ts-ignore: decorator
@inline
function store_run(vectors: u32, y: usize, s0: v128, s1: v128, floor: v128): void {
  v128.store(y, f32x4.pmax(s0, floor));
  if (vectors > 1) v128.store(y, f32x4.pmax(s1, floor), 16);
}

/** 1×4, 4·vectors samples (1, 2, 4 or 8, a constant) of a panel with `step` bytes between features. */
// @ts-ignore: decorator
@inline
function rows(
  vectors: u32, m: u32, n: u32, step: usize, starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  const floor = f32x4.splat(flags & 2 ? 0 : -Infinity);
  const p = <usize>load<u32>(starts);
  let value = values + (p << 4), index = columns + (p << 2);
  for (let i: u32 = 0; i < m; i++) {
    starts += 4;
    const end = values + ((<usize>load<u32>(starts)) << 4);
    const whole_end = whole_blocks_end(n, value, end, columns + ((end - values) >> 2));
    let a0 = f32x4.splat(0);
    if (flags & 1) a0 = v128.load(y);
    else if (bias) a0 = v128.load32_splat(bias);
    let a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    if (flags & 1) {
      if (vectors > 1) a1 = v128.load(y, 16);
      if (vectors > 2) { a2 = v128.load(y, 32); a3 = v128.load(y, 48); }
      if (vectors > 4) {
        a4 = v128.load(y, 64); a5 = v128.load(y, 80); a6 = v128.load(y, 96); a7 = v128.load(y, 112);
      }
    }
    while (value < end) {
      let at = x + (<usize>load<u32>(index) << 2) * step;
      const next = value + 16;
      // The block at the edge has n & 3 columns.
      const block_end = value < whole_end ? next : value + ((<usize>(n & 3)) << 2);
      do {
        const w = v128.load32_splat(value);
        // Always taken: keeps Node 20 from spilling, see csr.ts.
        if (vectors < 8 || at != 0) {
          a0 = madd<f32>(a0, w, v128.load(at));
          if (vectors > 1) a1 = madd<f32>(a1, w, v128.load(at, 16));
          if (vectors > 2) a2 = madd<f32>(a2, w, v128.load(at, 32));
          if (vectors > 2) a3 = madd<f32>(a3, w, v128.load(at, 48));
        }
        if (vectors > 4) {
          a4 = madd<f32>(a4, w, v128.load(at, 64)); a5 = madd<f32>(a5, w, v128.load(at, 80));
          a6 = madd<f32>(a6, w, v128.load(at, 96)); a7 = madd<f32>(a7, w, v128.load(at, 112));
        }
        at += step; value += 4;
      } while (value < block_end);
      value = next; index += 4;
    }
    store_run(vectors, y, a0, a1, floor);
    if (vectors > 2) store_run(vectors, y + 32, a2, a3, floor);
    if (vectors > 4) { store_run(vectors, y + 64, a4, a5, floor); store_run(vectors, y + 96, a6, a7, floor); }
    y += step;
    if (bias) bias += 4;
  }
}
