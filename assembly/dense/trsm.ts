/**
 * Solves with a lower triangle, in place, for many right-hand sides: L X = B, or Lᵀ X = B; and its inverse.
 *
 *   l        n × n row-major, leading dimension ldl ≥ n; what stands above the diagonal is not read
 *   b        n × m row-major, leading dimension ldb ≥ m; becomes X
 *   scratch  90,240 bytes for f32, 172,160 for f64; 16-byte aligned
 *
 * A 0 on the diagonal gives infinities or NaN. Operands overlap nowhere. Work n²m flops; of the inverse n³/3.
 * Blocks of 64 rows: what is solved already is subtracted by tiles, then the block is solved for strip by strip.
 */
import {
  BLOCK, K_BLOCK, pack_columns, pack_rows, solve_lower, solve_lower_transposed, tiles, unpack_columns, width,
} from "./strips";

export function f32_trsm(n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize): void {
  trsm<f32>(n, m, l, ldl, b, ldb, scratch);
}

export function f64_trsm(n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize): void {
  trsm<f64>(n, m, l, ldl, b, ldb, scratch);
}

export function f32_trsm_transposed(
  n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize,
): void {
  trsm_transposed<f32>(n, m, l, ldl, b, ldb, scratch);
}

export function f64_trsm_transposed(
  n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize,
): void {
  trsm_transposed<f64>(n, m, l, ldl, b, ldb, scratch);
}

/** l := L⁻¹, n × n with leading dimension ldl; above the diagonal +0 is written. */
export function f32_trtri(n: u32, l: usize, ldl: u32, scratch: usize): void {
  trtri<f32>(n, l, ldl, scratch);
}

export function f64_trtri(n: u32, l: usize, ldl: u32, scratch: usize): void {
  trtri<f64>(n, l, ldl, scratch);
}

/** Parts of the scratch space, in bytes from its start: the tile's edge, a strip, the left block, a diagonal block. */
const STRIP_AT: usize = 128;
const LEFT_AT: usize = STRIP_AT + ((<usize>K_BLOCK) << 5);

// @ts-ignore: decorator
@inline
function diagonal_at<T>(): usize {
  return LEFT_AT + <usize>BLOCK * K_BLOCK * sizeof<T>();
}

function trsm<T>(n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize): void {
  assert(ldl >= n && ldb >= m);
  assert(((l | b) & (sizeof<T>() - 1)) == 0 && (scratch & 15) == 0);
  const l_step = <usize>ldl * sizeof<T>(), b_step = <usize>ldb * sizeof<T>();
  const strip = scratch + STRIP_AT, left = scratch + LEFT_AT;
  for (let i: u32 = 0; i < n; i += BLOCK) {
    const rows = min<u32>(BLOCK, n - i);
    const l_rows = l + <usize>i * l_step, b_rows = b + <usize>i * b_step;
    for (let k: u32 = 0; k < i; k += K_BLOCK) {
      const terms = min<u32>(K_BLOCK, i - k);
      const left_step = pack_left<T>(rows, terms, l_rows + <usize>k * sizeof<T>(), l_step, left);
      for (let j: u32 = 0; j < m; j += width<T>()) {
        const at = <usize>j * sizeof<T>();
        pack_columns<T>(m - j, terms, b + <usize>k * b_step + at, b_step, strip);
        const end = strip + ((<usize>terms) << 5);
        tiles<T>(rows, m - j, b_rows + at, b_step, left, left_step, strip, end, scratch);
      }
    }
    const diagonal = l_rows + <usize>i * sizeof<T>();
    for (let j: u32 = 0; j < m; j += width<T>()) {
      const at = b_rows + <usize>j * sizeof<T>();
      pack_columns<T>(m - j, rows, at, b_step, strip);
      solve_lower<T>(rows, diagonal, l_step, strip);
      unpack_columns<T>(m - j, rows, strip, at, b_step);
    }
  }
}

function trsm_transposed<T>(n: u32, m: u32, l: usize, ldl: u32, b: usize, ldb: u32, scratch: usize): void {
  assert(ldl >= n && ldb >= m);
  assert(((l | b) & (sizeof<T>() - 1)) == 0 && (scratch & 15) == 0);
  const l_step = <usize>ldl * sizeof<T>(), b_step = <usize>ldb * sizeof<T>();
  const strip = scratch + STRIP_AT, left = scratch + LEFT_AT;
  for (let next = n; next > 0;) {
    const i = (next - 1) & ~(BLOCK - 1);
    const rows = next - i;
    const b_rows = b + <usize>i * b_step, l_columns = l + <usize>i * sizeof<T>();
    for (let k = next; k < n; k += K_BLOCK) {
      const terms = min<u32>(K_BLOCK, n - k);
      const left_step = (<usize>terms) << 5;
      for (let r: u32 = 0; r < rows; r += width<T>()) {
        const from = l_columns + <usize>k * l_step + <usize>r * sizeof<T>();
        pack_columns<T>(rows - r, terms, from, l_step, left + <usize>(r / width<T>()) * left_step);
      }
      for (let j: u32 = 0; j < m; j += width<T>()) {
        const at = <usize>j * sizeof<T>();
        pack_columns<T>(m - j, terms, b + <usize>k * b_step + at, b_step, strip);
        tiles<T>(rows, m - j, b_rows + at, b_step, left, left_step, strip, strip + left_step, scratch);
      }
    }
    const diagonal = l_columns + <usize>i * l_step;
    for (let j: u32 = 0; j < m; j += width<T>()) {
      const at = b_rows + <usize>j * sizeof<T>();
      pack_columns<T>(m - j, rows, at, b_step, strip);
      solve_lower_transposed<T>(rows, diagonal, l_step, strip);
      unpack_columns<T>(m - j, rows, strip, at, b_step);
    }
    next = i;
  }
}

/** L X = I by blocks of rows; a block's rows of X take the place of those of L, which are packed or copied before. */
function trtri<T>(n: u32, l: usize, ldl: u32, scratch: usize): void {
  assert(ldl >= n);
  assert((l & (sizeof<T>() - 1)) == 0 && (scratch & 15) == 0);
  const step = <usize>ldl * sizeof<T>();
  const strip = scratch + STRIP_AT, left = scratch + LEFT_AT, diagonal = scratch + diagonal_at<T>();
  const diagonal_step = <usize>BLOCK * sizeof<T>();
  for (let i: u32 = 0; i < n; i += BLOCK) {
    const rows = min<u32>(BLOCK, n - i);
    const l_rows = l + <usize>i * step;
    for (let k: u32 = 0; k < i; k += K_BLOCK) {
      const terms = min<u32>(K_BLOCK, i - k);
      const at = l_rows + <usize>k * sizeof<T>();
      const left_step = pack_left<T>(rows, terms, at, step, left);
      for (let r: u32 = 0; r < rows; r++) memory.fill(at + <usize>r * step, 0, <usize>terms * sizeof<T>());
      for (let j: u32 = 0; j < k + terms; j += width<T>()) {
        // Above row j column j of X is 0.
        const first = j > k ? j - k : 0;
        const column = <usize>j * sizeof<T>();
        pack_columns<T>(width<T>(), terms - first, l + <usize>(k + first) * step + column, step, strip);
        const end = strip + ((<usize>(terms - first)) << 5), from = left + ((<usize>first) << 5);
        tiles<T>(rows, width<T>(), l_rows + column, step, from, left_step, strip, end, scratch);
      }
    }
    const own = l_rows + <usize>i * sizeof<T>();
    for (let r: u32 = 0; r < rows; r++) {
      const row = own + <usize>r * step;
      memory.copy(diagonal + <usize>r * diagonal_step, row, <usize>rows * sizeof<T>());
      memory.fill(row, 0, <usize>(n - i) * sizeof<T>());
      store<T>(row + <usize>r * sizeof<T>(), <T>1);
    }
    for (let j: u32 = 0; j < i + rows; j += width<T>()) {
      const columns = i + rows - j, at = l_rows + <usize>j * sizeof<T>();
      pack_columns<T>(columns, rows, at, step, strip);
      solve_lower<T>(rows, diagonal, diagonal_step, strip);
      unpack_columns<T>(columns, rows, strip, at, step);
    }
  }
}

/** Strips of a block of rows; returns the bytes of one. */
function pack_left<T>(rows: u32, terms: u32, a: usize, step: usize, left: usize): usize {
  const strip_bytes = (<usize>terms) << 5;
  for (let r: u32 = 0; r < rows; r += width<T>()) {
    const strip = left + <usize>(r / width<T>()) * strip_bytes;
    pack_rows<T>(min<u32>(width<T>(), rows - r), terms, a + <usize>r * step, step, strip);
  }
  return strip_bytes;
}
