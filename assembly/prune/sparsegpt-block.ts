/**
 * SparseGPT's sweep over a block of columns: each pruned weight is made up for by the columns to its right
 *
 *   w        m × n   row-major, leading dimension ldw ≥ n, f32; on return +0 where pruned
 *   u        n × n   upper triangle, leading dimension ldu ≥ n, f32: the block's part of U, H⁻¹ = Uᵀ U; diagonal > 0
 *   mask     m × n   one bit per weight, 1 = kept; bit (j & 31) of word (j >> 5) of a row, leading dimension
 *                    ldm ≥ ⌈n / 32⌉ (u32 words)
 *   group    0: the mask is given. Else of every `group` columns, from 0 on, those of smallest (w / U_jj)² when the
 *            sweep gets there are pruned, ties by lower column, until `quota` of them (or more) are
 *   errors   −err, err = (w − q) / U_ii of each weight (q = w when kept, else 0), packed as the left operand of gemm
 *            (dense/pack.ts), m × n; overwritten. f32_gemm adds with it −err · U to the columns right of the block
 *   losses   m, f64; Σ err² / 2 of the block is added: what pruning costs the row in ½ (w′ − w) H (w′ − w)ᵀ
 *   scratch  128·(2n + ⌈n / 32⌉ + max(8, group) + 2) + 16·group bytes, 16-byte aligned
 *
 * In column order, w_j := w_j + (−err_i)·U_ij for all j > i, one rounding each (relaxed: perhaps fused), so neither the
 * width of a block nor that of a panel changes a bit. Operands overlap nowhere. NaN spreads to the right in its row.
 * Work mn² flops. Rows go in panels of 32, transposed: a column is eight vectors, and fits L1 up to 128 columns.
 * Source: Frantar & Alistarh, "SparseGPT", 2023, algorithm 1.
 */
import { f32_panels_from_rows, f32_rows_from_panels } from "../dense/panels";
import { madd } from "../simd";

const PANEL: u32 = 32;
/** Bytes of a column of a panel. */
const COLUMN: usize = 128;
/** Columns that are swept before those to their right hear of it. */
const STRIP: u32 = 8;
/** Above all scores, whose bits as integers are in their order. */
const TAKEN: i32 = 0x7fffffff;

export function f32_sparsegpt_block(
  m: u32, n: u32, w: usize, ldw: u32, u: usize, ldu: u32, mask: usize, ldm: u32,
  group: u32, quota: u32, errors: usize, losses: usize, scratch: usize,
): void {
  assert(ldw >= n && ldu >= n && ldm >= (n + 31) >> 5);
  assert(group == 0 || (n % group == 0 && quota <= group));
  assert(((w | u | mask | errors) & 3) == 0 && (losses & 7) == 0 && (scratch & 15) == 0);
  const panel = scratch, staging = panel + <usize>n * COLUMN, words = staging + <usize>n * COLUMN;
  const sums = words + <usize>((n + 31) >> 5) * COLUMN, strip = sums + 2 * COLUMN;
  const scores = strip + <usize>max(STRIP, group) * COLUMN;
  // Groups stand in one strip, or begin where one begins.
  const width = group % STRIP == 0 ? STRIP : max<u32>(1, STRIP / group) * group;

  for (let r: u32 = 0; r < m; r += PANEL) {
    const rows = min(PANEL, m - r);
    const from = w + ((<usize>r * ldw) << 2), bits = mask + ((<usize>r * ldm) << 2);
    load_panel(rows, n, from, ldw, panel, staging);
    load_words(rows, n, bits, ldm, words);
    memory.fill(sums, 0, 2 * COLUMN);
    for (let first: u32 = 0; first < n; first += width) {
      const end = min(first + width, n);
      for (let i = first; i < end; i++) {
        if (group && i % group == 0) choose(i, group, quota, panel, u, ldu, words, scores);
        sweep_column(i, first, end, panel, u, ldu, words, strip);
      }
      const packed = errors + (((<usize>(r >> 2) * n) + first) << 4);
      leave_strip(rows, n, end - first, strip, packed, sums);
      update(end, n, end - first, panel, u + ((<usize>first * ldu) << 2), ldu, strip);
    }
    store_panel(rows, n, panel, from, ldw, staging);
    if (group) store_words(rows, n, words, bits, ldm);
    for (let i: u32 = 0; i < rows; i++) {
      const at = losses + ((<usize>(r + i)) << 3);
      store<f64>(at, load<f64>(at) + 0.5 * load<f64>(sums + ((<usize>i) << 3)));
    }
  }
}

/** Rows into a panel of 32; those that are not there read as +0. */
function load_panel(rows: u32, n: u32, w: usize, ldw: u32, panel: usize, staging: usize): void {
  if (rows == PANEL) {
    f32_panels_from_rows(n, PANEL, w, ldw, panel);
    return;
  }
  const length = (<usize>n) << 2;
  memory.fill(staging, 0, <usize>n * COLUMN);
  for (let i: u32 = 0; i < rows; i++) {
    memory.copy(staging + <usize>i * length, w + ((<usize>i * ldw) << 2), length);
  }
  f32_panels_from_rows(n, PANEL, staging, n, panel);
}

function store_panel(rows: u32, n: u32, panel: usize, w: usize, ldw: u32, staging: usize): void {
  if (rows == PANEL) {
    f32_rows_from_panels(n, PANEL, panel, w, ldw);
    return;
  }
  const length = (<usize>n) << 2;
  f32_rows_from_panels(n, PANEL, panel, staging, n);
  for (let i: u32 = 0; i < rows; i++) {
    memory.copy(w + ((<usize>i * ldw) << 2), staging + <usize>i * length, length);
  }
}

/** Mask words with the 32 rows side by side; rows that are not there keep everything. */
function load_words(rows: u32, n: u32, mask: usize, ldm: u32, words: usize): void {
  for (let q: u32 = 0; q < (n + 31) >> 5; q++) {
    for (let i: u32 = 0; i < PANEL; i++) {
      const word = i < rows ? load<u32>(mask + ((<usize>i * ldm + q) << 2)) : 0xffffffff;
      store<u32>(words + <usize>q * COLUMN + ((<usize>i) << 2), word);
    }
  }
}

function store_words(rows: u32, n: u32, words: usize, mask: usize, ldm: u32): void {
  for (let q: u32 = 0; q < (n + 31) >> 5; q++) {
    for (let i: u32 = 0; i < rows; i++) {
      const word = load<u32>(words + <usize>q * COLUMN + ((<usize>i) << 2));
      store<u32>(mask + ((<usize>i * ldm + q) << 2), word);
    }
  }
}

/** All ones in the lanes of 4 rows whose weight of column j is kept. */
// @ts-ignore: decorator
@inline
function kept_lanes(words: usize, j: u32): v128 {
  const word = v128.load(words + <usize>(j >> 5) * COLUMN);
  return i32x4.shr_s(i32x4.shl(word, 31 - (j & 31)), 31);
}

/** Prunes in the group of columns from `first` on, 4 rows at a time. */
function choose(
  first: u32, group: u32, quota: u32, panel: usize, u: usize, ldu: u32, words: usize, scores: usize,
): void {
  for (let at: usize = 0; at < COLUMN; at += 16) {
    let pruned = i32x4.splat(group);
    for (let c: u32 = 0; c < group; c++) {
      const j = first + c;
      const diagonal = v128.load32_splat(u + ((<usize>j * ldu + j) << 2));
      const root = f32x4.div(v128.load(panel + <usize>j * COLUMN + at), diagonal);
      const score = v128.and(f32x4.mul(root, root), i32x4.splat(TAKEN));
      const kept = kept_lanes(words + at, j);
      pruned = i32x4.add(pruned, kept);
      v128.store(scores + ((<usize>c) << 4), v128.bitselect(score, i32x4.splat(TAKEN), kept));
    }
    for (let round: u32 = 0; round < quota; round++) {
      const wanted = i32x4.lt_s(pruned, i32x4.splat(quota));
      if (!v128.any_true(wanted)) break;
      let best = i32x4.splat(TAKEN), place = i32x4.splat(-1);
      for (let c: u32 = 0; c < group; c++) {
        const score = v128.load(scores + ((<usize>c) << 4));
        const better = i32x4.lt_s(score, best);
        best = v128.bitselect(score, best, better);
        place = v128.bitselect(i32x4.splat(c), place, better);
      }
      for (let c: u32 = 0; c < group; c++) {
        const j = first + c;
        const hit = v128.and(wanted, i32x4.eq(place, i32x4.splat(c)));
        const score = scores + ((<usize>c) << 4), word = words + <usize>(j >> 5) * COLUMN + at;
        v128.store(score, v128.bitselect(i32x4.splat(TAKEN), v128.load(score), hit));
        v128.store(word, v128.andnot(v128.load(word), v128.and(hit, i32x4.splat(1 << (j & 31)))));
      }
      pruned = i32x4.sub(pruned, wanted);
    }
  }
}

/** Prunes column i, and makes up for it in the columns up to `end`. */
function sweep_column(
  i: u32, first: u32, end: u32, panel: usize, u: usize, ldu: u32, words: usize, strip: usize,
): void {
  const row = u + ((<usize>i * ldu) << 2);
  const negative = f32x4.splat(-load<f32>(row + ((<usize>i) << 2)));
  for (let at: usize = 0; at < COLUMN; at += 16) {
    let column = panel + <usize>i * COLUMN + at;
    const kept = kept_lanes(words + at, i);
    const weights = v128.load(column);
    const error = v128.andnot(f32x4.div(weights, negative), kept);
    v128.store(strip + <usize>(i - first) * COLUMN + at, error);
    v128.store(column, v128.and(weights, kept));
    for (let j = i + 1; j < end; j++) {
      column += COLUMN;
      v128.store(column, madd<f32>(v128.load(column), error, v128.load32_splat(row + ((<usize>j) << 2))));
    }
  }
}

/** The strip's errors into packed rows, their squares into the sums. */
function leave_strip(rows: u32, n: u32, width: u32, strip: usize, packed: usize, sums: usize): void {
  for (let i: u32 = 0; i < rows; i += 4) {
    let from = strip + ((<usize>i) << 2), to = packed + ((<usize>i * n) << 2);
    const sum = sums + ((<usize>i) << 3);
    let low = v128.load(sum), high = v128.load(sum, 16);
    for (let k: u32 = 0; k < width; k++) {
      const error = v128.load(from);
      v128.store(to, error);
      const first = f64x2.promote_low_f32x4(error);
      const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(error, error, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(first, first));
      high = f64x2.add(high, f64x2.mul(second, second));
      from += COLUMN;
      to += 16;
    }
    v128.store(sum, low);
    v128.store(sum, high, 16);
  }
}

/** Columns first … n of the panel += errors of the strip · u, where u points to the strip's first row. */
function update(first: u32, n: u32, width: u32, panel: usize, u: usize, ldu: u32, strip: usize): void {
  const step = (<usize>ldu) << 2;
  let j = first;
  for (; j + 2 <= n; j += 2) {
    const column = panel + <usize>j * COLUMN, row = u + ((<usize>j) << 2);
    update_half(width, column, row, step, strip);
    update_half(width, column + 64, row, step, strip + 64);
  }
  if (j == n) return;
  for (let at: usize = 0; at < COLUMN; at += 16) {
    const column = panel + <usize>j * COLUMN + at;
    let sum = v128.load(column), from = strip + at, row = u + ((<usize>j) << 2);
    for (let k: u32 = 0; k < width; k++) {
      sum = madd<f32>(sum, v128.load(from), v128.load32_splat(row));
      from += COLUMN;
      row += step;
    }
    v128.store(column, sum);
  }
}

/** 16 rows of 2 columns. */
// @ts-ignore: decorator
@inline
function update_half(width: u32, column: usize, row: usize, step: usize, strip: usize): void {
  let a0 = v128.load(column), a1 = v128.load(column, 16);
  let a2 = v128.load(column, 32), a3 = v128.load(column, 48);
  let b0 = v128.load(column, 128), b1 = v128.load(column, 144);
  let b2 = v128.load(column, 160), b3 = v128.load(column, 176);
  for (let k: u32 = 0; k < width; k++) {
    const left = v128.load32_splat(row), right = v128.load32_splat(row, 4);
    const e0 = v128.load(strip), e1 = v128.load(strip, 16);
    const e2 = v128.load(strip, 32), e3 = v128.load(strip, 48);
    a0 = madd<f32>(a0, e0, left);
    b0 = madd<f32>(b0, e0, right);
    a1 = madd<f32>(a1, e1, left);
    b1 = madd<f32>(b1, e1, right);
    a2 = madd<f32>(a2, e2, left);
    b2 = madd<f32>(b2, e2, right);
    a3 = madd<f32>(a3, e3, left);
    b3 = madd<f32>(b3, e3, right);
    strip += COLUMN;
    row += step;
  }
  v128.store(column, a0);
  v128.store(column, a1, 16);
  v128.store(column, a2, 32);
  v128.store(column, a3, 48);
  v128.store(column, b0, 128);
  v128.store(column, b1, 144);
  v128.store(column, b2, 160);
  v128.store(column, b3, 176);
}
