/**
 * What the kernels on triangular matrices share: operands in strips, and the tile that multiplies two of them.
 *
 * A strip is k vectors of 32 bytes (8 f32 or 4 f64): W rows of a matrix column by column, or W of its columns row by
 * row; places beyond the matrix hold +0. Each function is written once for f32 and f64 (T); `step` is the leading
 * dimension in bytes.
 */
import { nmadd } from "../simd";

/** Rows that are factored, or solved for, together. */
export const BLOCK: u32 = 64;
/** Terms of a sum between two visits to memory: a strip of them fills 8 KB. */
export const K_BLOCK: u32 = 256;

/** Elements of a vector of a strip. */
// @ts-ignore: decorator
@inline
export function width<T>(): u32 {
  return 32 / sizeof<T>();
}

/** c −= left · rightᵀ over (end − right) / 32 vectors; c is 4 × W, left's 4 rows stand at the start of its vectors. */
export function tile<T>(c: usize, step: usize, left: usize, right: usize, end: usize): void {
  const c1 = c + step, c2 = c1 + step, c3 = c2 + step;
  let s00 = v128.load(c), s01 = v128.load(c, 16), s10 = v128.load(c1), s11 = v128.load(c1, 16);
  let s20 = v128.load(c2), s21 = v128.load(c2, 16), s30 = v128.load(c3), s31 = v128.load(c3, 16);
  for (; right < end; right += 32) {
    const b0 = v128.load(right), b1 = v128.load(right, 16);
    const a0 = v128.load_splat<T>(left);
    s00 = nmadd<T>(s00, a0, b0); s01 = nmadd<T>(s01, a0, b1);
    const a1 = v128.load_splat<T>(left, sizeof<T>());
    s10 = nmadd<T>(s10, a1, b0); s11 = nmadd<T>(s11, a1, b1);
    const a2 = v128.load_splat<T>(left, 2 * sizeof<T>());
    s20 = nmadd<T>(s20, a2, b0); s21 = nmadd<T>(s21, a2, b1);
    const a3 = v128.load_splat<T>(left, 3 * sizeof<T>());
    s30 = nmadd<T>(s30, a3, b0); s31 = nmadd<T>(s31, a3, b1);
    left += 32;
  }
  v128.store(c, s00); v128.store(c, s01, 16); v128.store(c1, s10); v128.store(c1, s11, 16);
  v128.store(c2, s20); v128.store(c2, s21, 16); v128.store(c3, s30); v128.store(c3, s31, 16);
}

/** The same where only `rows` × `columns` of c are there; `edge` is 128 bytes of scratch. */
export function tile_within<T>(
  rows: u32, columns: u32, c: usize, step: usize, left: usize, right: usize, end: usize, edge: usize,
): void {
  if (rows >= 4 && columns >= width<T>()) return tile<T>(c, step, left, right, end);
  const high = min<u32>(rows, 4), wide = <usize>min<u32>(columns, width<T>()) * sizeof<T>();
  memory.fill(edge, 0, 128);
  for (let r: u32 = 0; r < high; r++) memory.copy(edge + ((<usize>r) << 5), c + <usize>r * step, wide);
  tile<T>(edge, 32, left, right, end);
  for (let r: u32 = 0; r < high; r++) memory.copy(c + <usize>r * step, edge + ((<usize>r) << 5), wide);
}

/** c −= left · rightᵀ for up to BLOCK rows of c: left is strips of W rows `left_step` bytes apart. */
export function tiles<T>(
  rows: u32, columns: u32, c: usize, step: usize, left: usize, left_step: usize,
  right: usize, end: usize, edge: usize,
): void {
  for (let r: u32 = 0; r < rows; r += 4) {
    const from = left + <usize>(r / width<T>()) * left_step + <usize>(r & (width<T>() - 1)) * sizeof<T>();
    tile_within<T>(rows - r, columns, c + <usize>r * step, step, from, right, end, edge);
  }
}

/** A strip of `rows` ≤ W rows of a, k columns. */
export function pack_rows<T>(rows: u32, k: u32, a: usize, step: usize, strip: usize): void {
  for (let r: u32 = 0; r < width<T>(); r++) {
    let to = strip + <usize>r * sizeof<T>(), from = a + <usize>r * step;
    for (let c: u32 = 0; c < k; c++) {
      store<T>(to, r < rows ? load<T>(from) : <T>0);
      from += sizeof<T>();
      to += 32;
    }
  }
}

/** The rows of a strip back into a. */
export function unpack_rows<T>(rows: u32, k: u32, strip: usize, a: usize, step: usize): void {
  for (let r: u32 = 0; r < rows; r++) {
    let from = strip + <usize>r * sizeof<T>(), to = a + <usize>r * step;
    for (let c: u32 = 0; c < k; c++) {
      store<T>(to, load<T>(from));
      to += sizeof<T>();
      from += 32;
    }
  }
}

/** A strip of `columns` ≤ W columns of a, k rows. */
export function pack_columns<T>(columns: u32, k: u32, a: usize, step: usize, strip: usize): void {
  const wide = <usize>columns * sizeof<T>();
  for (let r: u32 = 0; r < k; r++) {
    if (columns >= width<T>()) {
      v128.store(strip, v128.load(a));
      v128.store(strip, v128.load(a, 16), 16);
    } else {
      memory.fill(strip, 0, 32);
      memory.copy(strip, a, wide);
    }
    a += step;
    strip += 32;
  }
}

/** The columns of a strip back into a. */
export function unpack_columns<T>(columns: u32, k: u32, strip: usize, a: usize, step: usize): void {
  const wide = <usize>min<u32>(columns, width<T>()) * sizeof<T>();
  for (let r: u32 = 0; r < k; r++) {
    memory.copy(a, strip, wide);
    a += step;
    strip += 32;
  }
}

/** x := L⁻¹ x for a strip of k vectors; l is k × k, lower. */
export function solve_lower<T>(k: u32, l: usize, step: usize, strip: usize): void {
  for (let j: u32 = 0; j < k; j++) {
    const row = l + <usize>j * step, at = strip + ((<usize>j) << 5);
    let x0 = v128.load(at), x1 = v128.load(at, 16);
    for (let c: u32 = 0; c < j; c++) {
      const factor = v128.load_splat<T>(row + <usize>c * sizeof<T>());
      const from = strip + ((<usize>c) << 5);
      x0 = nmadd<T>(x0, factor, v128.load(from));
      x1 = nmadd<T>(x1, factor, v128.load(from, 16));
    }
    const pivot = v128.load_splat<T>(row + <usize>j * sizeof<T>());
    v128.store(at, v128.div<T>(x0, pivot));
    v128.store(at, v128.div<T>(x1, pivot), 16);
  }
}

/** x := L⁻ᵀ x for a strip of k vectors. */
export function solve_lower_transposed<T>(k: u32, l: usize, step: usize, strip: usize): void {
  for (let j = k; j-- > 0;) {
    const at = strip + ((<usize>j) << 5);
    let factor = l + <usize>j * (step + sizeof<T>());
    const pivot = v128.load_splat<T>(factor);
    let x0 = v128.load(at), x1 = v128.load(at, 16);
    for (let c = j + 1; c < k; c++) {
      factor += step;
      const f = v128.load_splat<T>(factor);
      const from = strip + ((<usize>c) << 5);
      x0 = nmadd<T>(x0, f, v128.load(from));
      x1 = nmadd<T>(x1, f, v128.load(from, 16));
    }
    v128.store(at, v128.div<T>(x0, pivot));
    v128.store(at, v128.div<T>(x1, pivot), 16);
  }
}
