/**
 * Blocks of 4 weights (block.ts) from a dense matrix and its bit mask, and back.
 *
 *   a      m × n row-major, leading dimension lda (f32 elements)
 *   mask   m × n, bit (j & 31) of word (j >> 5) of a row, leading dimension ldm (u32 words); 1 = kept
 *
 * A block is stored when any of its weights is kept; its pruned weights, and those beyond the edges of a, are
 * stored as +0 whatever stands there. Blocks of a (block) row rise. Pointers 4-byte aligned, no overlap.
 */

/** Counts the 4×1 blocks: row_starts has ⌈m / 4⌉ + 1; returns their number. */
export function block_4x1_row_starts(m: u32, n: u32, mask: usize, ldm: u32, row_starts: usize): u32 {
  assert(ldm >= (n + 31) >> 5);
  assert(((mask | row_starts) & 3) == 0);
  const step = (<usize>ldm) << 2;
  let count: u32 = 0;
  store<u32>(row_starts, 0);
  for (let i: u32 = 0; i < m; i += 4) {
    for (let j: u32 = 0; j < n; j += 32) count += popcnt(any_of_rows(min<u32>(4, m - i), mask, step, j, n));
    row_starts += 4;
    store<u32>(row_starts, count);
    mask += step << 2;
  }
  return count;
}

export function f32_block_4x1_pack(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, columns: usize, values: usize,
): void {
  assert(lda >= n && ldm >= (n + 31) >> 5);
  assert(((a | mask | columns | values) & 3) == 0);
  const step = (<usize>ldm) << 2, row = (<usize>lda) << 2;
  for (let i: u32 = 0; i < m; i += 4) {
    const rows = min<u32>(4, m - i);
    for (let word: u32 = 0; word < n; word += 32) {
      for (let bits = any_of_rows(rows, mask, step, word, n); bits; bits &= bits - 1) {
        const j = word + ctz(bits);
        store<u32>(columns, j);
        for (let r: u32 = 0; r < 4; r++) {
          const kept = r < rows && (load<u32>(mask + <usize>r * step + ((<usize>word) >> 3)) >> (j & 31)) & 1;
          const from = a + <usize>r * row + ((<usize>j) << 2);
          store<f32>(values + ((<usize>r) << 2), kept ? load<f32>(from) : 0);
        }
        columns += 4;
        values += 16;
      }
    }
    a += row << 2;
    mask += step << 2;
  }
}

/** The elements of a in blocks := values, within m × n; all others stay. On a zeroed a: unpacks. */
export function f32_block_4x1_scatter(
  m: u32, row_starts: usize, columns: usize, values: usize, a: usize, lda: u32,
): void {
  assert(((row_starts | columns | values | a) & 3) == 0);
  const row = (<usize>lda) << 2;
  let p = load<u32>(row_starts);
  for (let i: u32 = 0; i < m; i += 4) {
    row_starts += 4;
    for (const end = load<u32>(row_starts); p < end; p++) {
      const to = a + ((<usize>load<u32>(columns + ((<usize>p) << 2))) << 2);
      for (let r: u32 = 0; r < min<u32>(4, m - i); r++) {
        store<f32>(to + <usize>r * row, load<f32>(values + ((<usize>p) << 4) + ((<usize>r) << 2)));
      }
    }
    a += row << 2;
  }
}

/** Counts the 1×4 blocks: row_starts has m + 1; returns their number. */
export function block_1x4_row_starts(m: u32, n: u32, mask: usize, ldm: u32, row_starts: usize): u32 {
  assert(ldm >= (n + 31) >> 5);
  assert(((mask | row_starts) & 3) == 0);
  let count: u32 = 0;
  store<u32>(row_starts, 0);
  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j += 4) if (bits_of_4(mask, j, n)) count++;
    row_starts += 4;
    store<u32>(row_starts, count);
    mask += (<usize>ldm) << 2;
  }
  return count;
}

export function f32_block_1x4_pack(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, columns: usize, values: usize,
): void {
  assert(lda >= n && ldm >= (n + 31) >> 5);
  assert(((a | mask | columns | values) & 3) == 0);
  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j += 4) {
      const bits = bits_of_4(mask, j, n);
      if (!bits) continue;
      store<u32>(columns, j >> 2);
      for (let c: u32 = 0; c < 4; c++) {
        const kept = (bits >> c) & 1;
        store<f32>(values + ((<usize>c) << 2), kept ? load<f32>(a + ((<usize>(j + c)) << 2)) : 0);
      }
      columns += 4;
      values += 16;
    }
    a += (<usize>lda) << 2;
    mask += (<usize>ldm) << 2;
  }
}

/** As f32_block_4x1_scatter. */
export function f32_block_1x4_scatter(
  m: u32, n: u32, row_starts: usize, columns: usize, values: usize, a: usize, lda: u32,
): void {
  assert(lda >= n);
  assert(((row_starts | columns | values | a) & 3) == 0);
  let p = load<u32>(row_starts);
  for (let i: u32 = 0; i < m; i++) {
    row_starts += 4;
    for (const end = load<u32>(row_starts); p < end; p++) {
      const j = load<u32>(columns + ((<usize>p) << 2)) << 2;
      for (let c: u32 = 0; c < min<u32>(4, n - j); c++) {
        const value = load<f32>(values + ((<usize>p) << 4) + ((<usize>c) << 2));
        store<f32>(a + ((<usize>(j + c)) << 2), value);
      }
    }
    a += (<usize>lda) << 2;
  }
}

/** Which of columns j … j + 31 any of the rows keeps; none beyond n. */
// @ts-ignore: decorator
@inline
function any_of_rows(rows: u32, mask: usize, step: usize, j: u32, n: u32): u32 {
  const word = mask + ((<usize>j) >> 3);
  let bits = load<u32>(word);
  for (let r: u32 = 1; r < rows; r++) bits |= load<u32>(word + <usize>r * step);
  return n - j < 32 ? bits & ((1 << (n - j)) - 1) : bits;
}

/** Which of columns j … j + 3 are kept; none beyond n. */
// @ts-ignore: decorator
@inline
function bits_of_4(mask: usize, j: u32, n: u32): u32 {
  const bits = (load<u32>(mask + (((<usize>j) >> 5) << 2)) >> (j & 31)) & 15;
  return n - j < 4 ? bits & ((1 << (n - j)) - 1) : bits;
}
