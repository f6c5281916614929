/**
 * The working matrix of exact OBS: the inverse Hessian of the weights that are left, f32, symmetric.
 *
 * Its lower triangle stands in strips of 8 columns: strip j holds rows 8j … padded n − 1 of columns 8j … 8j + 7, 8
 * elements a row. Half the memory of a square, every 4 × 8 tile in one piece, a column two rows to the cache line.
 * Up to BLOCK eliminations wait in `u` (strips of 8 columns, BLOCK vectors of 8 elements each: what the tile reads
 * next stands next) before they are subtracted from the matrix in one product: a third of the flops of downdating
 * after each elimination, at the speed of gemm instead of that of the memory.
 * The diagonal is kept up to date apart, in `d`; the matrix's own is never read.
 */
import { nmadd } from "../simd";

/** Eliminations between two products. 32: its vectors for 784 columns fill 100 KB of a 1 MB cache. */
export const BLOCK: u32 = 32;

/** Where row 0 of strip j would stand, in bytes from the matrix. */
// @ts-ignore: decorator
@inline
export function strip_at(j: u32, padded: u32): usize {
  return (<usize>j * (<usize>padded - 4 - ((<usize>j) << 2))) << 5;
}

// @ts-ignore: decorator
@inline
function entry(a: usize, padded: u32, i: u32, j: u32): usize {
  return a + strip_at(j >> 3, padded) + ((<usize>i) << 5) + ((<usize>(j & 7)) << 2);
}

/** Element i of waiting vector 0; vector b stands b · 32 bytes on. */
// @ts-ignore: decorator
@inline
export function waiting(u: usize, i: u32): usize {
  return u + (<usize>(i >> 3) * (BLOCK << 5)) + ((<usize>(i & 7)) << 2);
}

// @ts-ignore: decorator
@inline
export function exchange(a: usize, b: usize): void {
  const t = load<u32>(a);
  store<u32>(a, load<u32>(b));
  store<u32>(b, t);
}

/** Exchanges rows and columns p < l of the matrix's first `active` ones, and of the k waiting vectors. */
export function exchange_columns(a: usize, padded: u32, active: u32, u: usize, k: u32, p: u32, l: u32): void {
  const strip_p = p >> 3;
  for (let s: u32 = 0; s < strip_p; s++) {
    const strip = a + strip_at(s, padded);
    const to = strip + ((<usize>p) << 5), from = strip + ((<usize>l) << 5);
    const low = v128.load(to), high = v128.load(to, 16);
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(from, low);
    v128.store(from, high, 16);
  }
  for (let i = strip_p << 3; i < p; i++) exchange(entry(a, padded, p, i), entry(a, padded, l, i));
  let column = entry(a, padded, p + 1, p);
  for (let i = p + 1; i < l; i++) {
    exchange(column, entry(a, padded, l, i));
    column += 32;
  }
  for (let i = l + 1; i < active; i++) exchange(entry(a, padded, i, p), entry(a, padded, i, l));
  let up = waiting(u, p), ul = waiting(u, l);
  for (let b: u32 = 0; b < k; b++) {
    exchange(up, ul);
    up += 32;
    ul += 32;
  }
}

/**
 * Eliminates the last active column l: waiting vector k becomes x, the scaled column of the matrix as it would be
 * with the k vectors before it subtracted, and w −= (w_l / √d_l)·x, d −= x ⊙ x, not below `floor`.
 */
export function eliminate_last(
  a: usize, padded: u32, l: u32, u: usize, k: u32, w: usize, d: usize, floor: usize,
): void {
  const scale: f32 = 1 / sqrt<f32>(load<f32>(d + ((<usize>l) << 2)));
  const step = f32x4.splat(load<f32>(w + ((<usize>l) << 2)) * scale);
  const scales = f32x4.splat(scale);
  const own = waiting(u, l);
  const vector = (<usize>k) << 5;
  const strips = (l + 7) >> 3;
  let s: u32 = 0;
  for (; s + 4 <= strips; s += 4) {
    const u0 = u + (<usize>s * (BLOCK << 5)), u1 = u0 + (BLOCK << 5), u2 = u1 + (BLOCK << 5), u3 = u2 + (BLOCK << 5);
    const row = ((<usize>l) << 5) + a;
    const r0 = row + strip_at(s, padded), r1 = row + strip_at(s + 1, padded);
    const r2 = row + strip_at(s + 2, padded), r3 = row + strip_at(s + 3, padded);
    let x0 = v128.load(r0), x1 = v128.load(r0, 16), x2 = v128.load(r1), x3 = v128.load(r1, 16);
    let x4 = v128.load(r2), x5 = v128.load(r2, 16), x6 = v128.load(r3), x7 = v128.load(r3, 16);
    for (let b: usize = 0; b < vector; b += 32) {
      const c = v128.load32_splat(own + b);
      x0 = nmadd<f32>(x0, c, v128.load(u0 + b)); x1 = nmadd<f32>(x1, c, v128.load(u0 + b, 16));
      x2 = nmadd<f32>(x2, c, v128.load(u1 + b)); x3 = nmadd<f32>(x3, c, v128.load(u1 + b, 16));
      x4 = nmadd<f32>(x4, c, v128.load(u2 + b)); x5 = nmadd<f32>(x5, c, v128.load(u2 + b, 16));
      x6 = nmadd<f32>(x6, c, v128.load(u3 + b)); x7 = nmadd<f32>(x7, c, v128.load(u3 + b, 16));
    }
    const at = (<usize>s) << 5;
    take(x0, scales, step, u0 + vector, w + at, d + at, floor + at);
    take(x1, scales, step, u0 + vector + 16, w + at + 16, d + at + 16, floor + at + 16);
    take(x2, scales, step, u1 + vector, w + at + 32, d + at + 32, floor + at + 32);
    take(x3, scales, step, u1 + vector + 16, w + at + 48, d + at + 48, floor + at + 48);
    take(x4, scales, step, u2 + vector, w + at + 64, d + at + 64, floor + at + 64);
    take(x5, scales, step, u2 + vector + 16, w + at + 80, d + at + 80, floor + at + 80);
    take(x6, scales, step, u3 + vector, w + at + 96, d + at + 96, floor + at + 96);
    take(x7, scales, step, u3 + vector + 16, w + at + 112, d + at + 112, floor + at + 112);
  }
  for (; s < strips; s++) {
    const us = u + (<usize>s * (BLOCK << 5));
    const row = a + strip_at(s, padded) + ((<usize>l) << 5);
    let x0 = v128.load(row), x1 = v128.load(row, 16);
    for (let b: usize = 0; b < vector; b += 32) {
      const c = v128.load32_splat(own + b);
      x0 = nmadd<f32>(x0, c, v128.load(us + b));
      x1 = nmadd<f32>(x1, c, v128.load(us + b, 16));
    }
    const at = (<usize>s) << 5;
    take(x0, scales, step, us + vector, w + at, d + at, floor + at);
    take(x1, scales, step, us + vector + 16, w + at + 16, d + at + 16, floor + at + 16);
  }
}

// @ts-ignore: decorator
@inline
function take(x: v128, scale: v128, step: v128, u: usize, w: usize, d: usize, floor: usize): void {
  x = f32x4.mul(x, scale);
  v128.store(u, x);
  v128.store(w, nmadd<f32>(v128.load(w), step, x));
  v128.store(d, f32x4.pmax(nmadd<f32>(v128.load(d), x, x), v128.load(floor)));
}

/** Subtracts the k waiting vectors from the first `active` rows and columns, lower triangle by tiles of 4 × 8. */
export function subtract_waiting(a: usize, padded: u32, active: u32, u: usize, k: u32): void {
  const end = (<usize>k) << 5;
  for (let j: u32 = 0; j < active; j += 8) {
    const strip = a + strip_at(j >> 3, padded);
    const right = waiting(u, j);
    for (let i = j; i < active; i += 4) tile(strip + ((<usize>i) << 5), waiting(u, i), right, right + end);
  }
}

/** c −= left · rightᵀ, c 4 × 8 in one piece. */
// @ts-ignore: decorator
@inline
function tile(c: usize, left: usize, right: usize, end: usize): void {
  let s00 = v128.load(c), s01 = v128.load(c, 16), s10 = v128.load(c, 32), s11 = v128.load(c, 48);
  let s20 = v128.load(c, 64), s21 = v128.load(c, 80), s30 = v128.load(c, 96), s31 = v128.load(c, 112);
  for (; right < end; right += 32) {
    const b0 = v128.load(right), b1 = v128.load(right, 16);
    const a0 = v128.load32_splat(left);
    s00 = nmadd<f32>(s00, a0, b0); s01 = nmadd<f32>(s01, a0, b1);
    const a1 = v128.load32_splat(left, 4);
    s10 = nmadd<f32>(s10, a1, b0); s11 = nmadd<f32>(s11, a1, b1);
    const a2 = v128.load32_splat(left, 8);
    s20 = nmadd<f32>(s20, a2, b0); s21 = nmadd<f32>(s21, a2, b1);
    const a3 = v128.load32_splat(left, 12);
    s30 = nmadd<f32>(s30, a3, b0); s31 = nmadd<f32>(s31, a3, b1);
    left += 32;
  }
  v128.store(c, s00); v128.store(c, s01, 16); v128.store(c, s10, 32); v128.store(c, s11, 48);
  v128.store(c, s20, 64); v128.store(c, s21, 80); v128.store(c, s30, 96); v128.store(c, s31, 112);
}
