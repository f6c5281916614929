/**
 * Packing for the 4 × 8 tile of gemm, f32: what the tile reads next stands next in memory.
 *
 *   packed a   ⌈m / 4⌉ panels of 4 rows; in a panel, k groups of the 4 rows' elements of one column;
 *              rows beyond m are +0. Length 4·⌈m / 4⌉·k elements (panels: · width_padded(batch)).
 *   packed b   ⌈n / 8⌉ strips of 8 columns; in a strip, k groups of the 8 columns' elements of one row;
 *              columns beyond n are +0. Only made inside gemm, a block at a time.
 *
 *   mask       as a, one bit per weight, 1 = kept; bit (j & 31) of word (j >> 5) of a row, leading dimension
 *              ldm u32 words; 0 (null) = none. A pruned weight is packed as +0 whatever is stored there
 *
 * Pointers are in bytes, 4-byte aligned; the packed array overlaps no operand. NaN and Inf are copied.
 * Traffic 8mk bytes; about 0.3 cycles an element, 2 % of a product with 60 columns.
 */
import { panel_width } from "./panels";
import { lanes_of_bits, store_transposed_4x4 } from "../simd";

/** Packs a ⊙ mask, m × k row-major with leading dimension lda ≥ k. */
export function f32_pack_a(
  m: u32, k: u32, a: usize, lda: u32, mask: usize, ldm: u32, packed: usize,
): void {
  assert(lda >= k);
  assert(mask == 0 || ldm >= (k + 31) >> 5);
  assert(((a | mask | packed) & 3) == 0);
  const step = (<usize>lda) << 2, mask_step = (<usize>ldm) << 2;
  for (let i: u32 = 0; i < m; i += 4) {
    const rows = min<u32>(4, m - i);
    if (mask) pack_rows_4(rows, k, a, step, packed, 16, mask + <usize>i * mask_step, mask_step, true);
    else pack_rows_4(rows, k, a, step, packed, 16, 0, 0, false);
    a += step << 2;
    packed += (<usize>k) << 4;
  }
}

/** Packs (a ⊙ mask)ᵀ, where a and mask are stored k × m row-major with leading dimension lda ≥ m. */
export function f32_pack_a_transposed(
  m: u32, k: u32, a: usize, lda: u32, mask: usize, ldm: u32, packed: usize,
): void {
  assert(lda >= m);
  assert(mask == 0 || ldm >= (m + 31) >> 5);
  assert(((a | mask | packed) & 3) == 0);
  const step = (<usize>lda) << 2, mask_step = (<usize>ldm) << 2;
  for (let i: u32 = 0; i < m; i += 4) {
    const columns = min<u32>(4, m - i);
    let from = a + ((<usize>i) << 2), word = mask + ((<usize>(i >> 5)) << 2);
    for (let kk: u32 = 0; kk < k; kk++) {
      if (columns == 4) v128.store(packed, v128.load(from));
      else copy_padded(columns, 4, from, packed);
      if (mask) v128.store(packed, v128.and(v128.load(packed), lanes_of_bits(load<u32>(word) >> (i & 31))));
      from += step;
      word += mask_step;
      packed += 16;
    }
  }
}

/** Packs y, m features × batch samples in panels (panels.ts), as an m × batch matrix; k = padded batch. */
export function f32_pack_a_panels(m: u32, batch: u32, y: usize, packed: usize): void {
  assert(((y | packed) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const step = (<usize>width) << 2;
    const padded = (batch & ~31) + panel_width(batch & 31);
    for (let i: u32 = 0; i < m; i += 4) {
      const to = packed + ((<usize>i * padded + (<usize>s << 2)) << 2);
      pack_rows_4(min<u32>(4, m - i), width, y + <usize>i * step, step, to, 16, 0, 0, false);
    }
    y += <usize>m * step;
  }
}

/** A block of b, k × n row-major (n ≤ 32), into strips of 8 columns, k apart. */
export function pack_b_rows(k: u32, n: u32, b: usize, ldb: u32, packed: usize): void {
  const step = (<usize>ldb) << 2;
  for (let j: u32 = 0; j < n; j += 8) {
    const columns = min<u32>(8, n - j);
    let from = b + ((<usize>j) << 2);
    const end = packed + ((<usize>k) << 5);
    if (columns == 8) {
      for (; packed < end; packed += 32) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
        from += step;
      }
    } else {
      for (; packed < end; packed += 32) {
        copy_padded(columns, 8, from, packed);
        from += step;
      }
    }
  }
}

/**
 * Features first … first + n (n ≤ 32) of x, `features` × batch in panels, into strips of 8 features that
 * stand `padded` samples apart: a block of xᵀ, for the weight gradient.
 */
export function pack_b_panels(
  features: u32, batch: u32, padded: u32, first: u32, n: u32, x: usize, packed: usize,
): void {
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const step = (<usize>width) << 2;
    const to = packed + ((<usize>s) << 5);
    for (let j: u32 = 0; j < n; j += 4) {
      const half = to + ((<usize>(j & ~7) * padded) << 2) + ((j & 4) << 2);
      pack_rows_4(min<u32>(4, n - j), width, x + <usize>(first + j) * step, step, half, 32, 0, 0, false);
    }
    if (((n - 1) & 4) == 0) {
      const half = to + ((<usize>((n - 1) & ~7) * padded) << 2) + 16;
      for (let i: u32 = 0; i < width; i++) v128.store(half + ((<usize>i) << 5), f32x4.splat(0));
    }
    x += <usize>features * step;
  }
}

/**
 * Up to 4 rows of k elements, `step` bytes apart, into groups of 4 that stand `group` bytes apart.
 * `masked` is a constant at every call: the mask costs nothing where there is none.
 */
// @ts-ignore: decorator
@inline
function pack_rows_4(
  rows: u32, k: u32, a: usize, step: usize, packed: usize, group: usize,
  mask: usize, mask_step: usize, masked: bool,
): void {
  let kk: u32 = 0;
  if (rows == 4) {
    const r1 = a + step, r2 = r1 + step, r3 = r2 + step;
    for (const end = k & ~3; kk < end; kk += 4) {
      const at = (<usize>kk) << 2;
      let v0 = v128.load(a + at), v1 = v128.load(r1 + at), v2 = v128.load(r2 + at), v3 = v128.load(r3 + at);
      if (masked) {
        let word = mask + ((<usize>(kk >> 5)) << 2);
        v0 = v128.and(v0, lanes_of_bits(load<u32>(word) >> (kk & 31)));
        word += mask_step;
        v1 = v128.and(v1, lanes_of_bits(load<u32>(word) >> (kk & 31)));
        word += mask_step;
        v2 = v128.and(v2, lanes_of_bits(load<u32>(word) >> (kk & 31)));
        word += mask_step;
        v3 = v128.and(v3, lanes_of_bits(load<u32>(word) >> (kk & 31)));
      }
      store_transposed_4x4(v0, v1, v2, v3, packed, group);
      packed += group << 2;
    }
  }
  for (; kk < k; kk++) {
    const from = a + ((<usize>kk) << 2);
    v128.store(packed, f32x4.splat(0));
    for (let i: u32 = 0; i < rows; i++) {
      if (masked) {
        const word = mask + <usize>i * mask_step + ((<usize>(kk >> 5)) << 2);
        if (((load<u32>(word) >> (kk & 31)) & 1) == 0) continue;
      }
      store<f32>(packed + ((<usize>i) << 2), load<f32>(from + <usize>i * step));
    }
    packed += group;
  }
}

/** `count` elements, then +0 up to `length`. */
// @ts-ignore: decorator
@inline
function copy_padded(count: u32, length: u32, from: usize, to: usize): void {
  for (let j: u32 = 0; j < length; j++) {
    store<f32>(to + ((<usize>j) << 2), j < count ? load<f32>(from + ((<usize>j) << 2)) : 0);
  }
}
