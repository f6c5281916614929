/**
 * The sweep operator on a symmetric positive definite matrix M, n × n, f64, in rows of its active columns A alone:
 *
 *   table     one row per active column, `ld` elements: M_AA⁻¹ on the columns in A, M_AA⁻¹·M_AR on the rest R
 *   values    M_AA⁻¹·v_A on A, v_R − M_RA·M_AA⁻¹·v_A on R, for a vector v
 *   diagonal  that of M_AA⁻¹ on A, of the Schur complement M_RR − M_RA·M_AA⁻¹·M_AR on R
 *
 * The Schur complement itself is never held: the column of it that a swap needs is made from M, which all rows of a
 * layer share. So a swap costs 3·|A|·n multiply-adds, and nothing grows with n². With M = H and v = H·w, A is what is
 * kept: values are the least-squares weights and the residual of the pruned. With M = H⁻¹ and v = w, A is what is
 * pruned, and the two change places: whichever of them is fewer is A.
 *
 * `work` starts with values, diagonal, coefficients (4 rows), vectors (2 rows), the scan's values and diagonal
 * (2 rows), places with flags (2 rows), then the table. A row is `ld` elements, ld = n rounded up to 4; padding is 0.
 * Source: Goodnight, "A tutorial on the SWEEP operator", 1979.
 */
import { nmadd } from "../simd";

/** Columns that are swept in together. */
const BLOCK: u32 = 4;
/** Rows of a factor that are gone through together. */
const DEPTH: u32 = 32;
/** Rows of work before the table. */
const ROWS_AHEAD: u32 = 12;

// @ts-ignore: decorator
@inline
function at(base: usize, i: u32): usize {
  return base + ((<usize>i) << 3);
}

// @ts-ignore: decorator
@inline
export function values_of(work: usize): usize {
  return work;
}

// @ts-ignore: decorator
@inline
export function diagonal_of(work: usize, ld: u32): usize {
  return at(work, ld);
}

// @ts-ignore: decorator
@inline
function coefficients_of(work: usize, ld: u32): usize {
  return at(work, 2 * ld);
}

// @ts-ignore: decorator
@inline
function vectors_of(work: usize, ld: u32): usize {
  return at(work, 6 * ld);
}

/** Two rows for who looks for the next swap. */
// @ts-ignore: decorator
@inline
export function scan_of(work: usize, ld: u32): usize {
  return at(work, 8 * ld);
}

/** The active columns, u32, in the order of the table's rows. */
// @ts-ignore: decorator
@inline
export function places_of(work: usize, ld: u32): usize {
  return at(work, 10 * ld);
}

/** 0, 1, 2 … */
// @ts-ignore: decorator
@inline
function identity_of(work: usize, ld: u32): usize {
  return places_of(work, ld) + ((<usize>ld) << 2);
}

/** 16 bytes for what a scan found. */
// @ts-ignore: decorator
@inline
export function found_of(work: usize, ld: u32): usize {
  return flags_of(work, ld) + ((<usize>ld) << 2);
}

/** One byte a column: whether it is active. */
// @ts-ignore: decorator
@inline
export function flags_of(work: usize, ld: u32): usize {
  return at(work, 11 * ld);
}

// @ts-ignore: decorator
@inline
export function table_of(work: usize, ld: u32): usize {
  return at(work, ROWS_AHEAD * ld);
}

/** Nothing active; values := M·w, or w where M is an inverse already. */
export function sweep_start(n: u32, ld: u32, m: usize, ldm: u32, isInverse: bool, weights: usize, work: usize): void {
  const values = values_of(work), identity = identity_of(work, ld), coefficients = coefficients_of(work, ld);
  memory.fill(work, 0, (<usize>ld * ROWS_AHEAD) << 3);
  for (let i: u32 = 0; i < n; i++) {
    store<u32>(identity + ((<usize>i) << 2), i);
    store<f64>(at(diagonal_of(work, ld), i), load<f64>(at(m, i * ldm + i)));
    store<f64>(at(coefficients, i), -load<f64>(at(weights, i)));
  }
  if (isInverse) memory.copy(values, weights, (<usize>n) << 3);
  else subtract(1, ld, values, ld, n, coefficients, 1, 1, m, ldm, identity);
}

/** Makes the last `count` ≤ BLOCK of `active` + count places active. Returns 0, or −1 − the column of a bad pivot. */
function sweep_block(active: u32, count: u32, ld: u32, m: usize, ldm: u32, work: usize): i32 {
  const table = table_of(work, ld), places = places_of(work, ld), coefficients = coefficients_of(work, ld);
  const entering = places + ((<usize>active) << 2);
  const rows = at(table, active * ld);
  for (let l: u32 = 0; l < count; l++) {
    const g = load<u32>(entering + ((<usize>l) << 2));
    memory.copy(at(rows, l * ld), at(m, g * ldm), (<usize>ld) << 3);
    for (let s: u32 = 0; s < active; s++) {
      store<f64>(at(coefficients, s * BLOCK + l), load<f64>(at(table, s * ld + g)));
    }
  }
  subtract(count, ld, rows, ld, active, coefficients, 1, BLOCK, m, ldm, places);
  for (let s: u32 = 0; s < active; s++) {
    const column = load<u32>(places + ((<usize>s) << 2));
    for (let l: u32 = 0; l < count; l++) {
      store<f64>(at(rows, l * ld + column), -load<f64>(at(coefficients, s * BLOCK + l)));
    }
  }
  for (let k: u32 = 0; k < count; k++) {
    const g = load<u32>(entering + ((<usize>k) << 2));
    const row = at(rows, k * ld);
    if (!enter(g, ld, row, work)) return -1 - g;
    for (let l: u32 = 0; l < count; l++) {
      if (l == k) continue;
      const other = at(rows, l * ld);
      const factor = load<f64>(at(other, g));
      for (let i: u32 = 0; i < ld; i++) {
        store<f64>(at(other, i), load<f64>(at(other, i)) - factor * load<f64>(at(row, i)));
      }
      store<f64>(at(other, g), -factor * load<f64>(at(row, g)));
    }
  }
  subtract(active, ld, table, ld, count, coefficients, BLOCK, 1, rows, ld, identity_of(work, ld));
  for (let s: u32 = 0; s < active; s++) {
    const column = load<u32>(places + ((<usize>s) << 2));
    for (let l: u32 = 0; l < count; l++) {
      const g = load<u32>(entering + ((<usize>l) << 2));
      store<f64>(at(table, s * ld + g), load<f64>(at(rows, l * ld + column)));
    }
  }
  return 0;
}

/**
 * Makes all columns active whose byte of `state` is kept, or is not, as `isKept` says. Returns their number, or
 * −1 − the column whose pivot is not positive.
 */
export function sweep_all(n: u32, ld: u32, m: usize, ldm: u32, isKept: bool, state: usize, work: usize): i32 {
  const places = places_of(work, ld);
  let total: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if ((load<u8>(state + i) == 1) != isKept) continue;
    store<u32>(places + ((<usize>total) << 2), i);
    total++;
  }
  for (let active: u32 = 0; active < total; active += BLOCK) {
    const info = sweep_block(active, min<u32>(BLOCK, total - active), ld, m, ldm, work);
    if (info < 0) return info;
  }
  return total;
}

/**
 * `row`, the Schur complement's column of g with minus the table's column on A, becomes the row of g in the table;
 * values and diagonal follow. False, with nothing changed, where its pivot is not positive.
 */
function enter(g: u32, ld: u32, row: usize, work: usize): bool {
  const pivot = load<f64>(at(row, g));
  if (!(pivot > 0)) return false;
  const inverse = 1 / pivot;
  for (let i: u32 = 0; i < ld; i++) store<f64>(at(row, i), load<f64>(at(row, i)) * inverse);
  step(g, ld, row, load<f64>(at(values_of(work), g)), pivot, true, work);
  store<f64>(at(row, g), inverse);
  return true;
}

/** What values and diagonal become when g, whose row in the table is given, goes in or out. */
function step(g: u32, ld: u32, row: usize, value: f64, pivot: f64, isIn: bool, work: usize): void {
  const values = values_of(work), diagonal = diagonal_of(work, ld), flags = flags_of(work, ld);
  const scale = isIn ? pivot : 1 / pivot;
  const shift = isIn ? value : value / pivot;
  for (let i: u32 = 0; i < ld; i++) {
    const z = load<f64>(at(row, i));
    const sign: f64 = (load<u8>(flags + i) == 1) == isIn ? 1 : -1;
    store<f64>(at(values, i), load<f64>(at(values, i)) + sign * z * shift);
    store<f64>(at(diagonal, i), load<f64>(at(diagonal, i)) + sign * z * z * scale);
  }
  store<f64>(at(values, g), value / pivot);
  store<f64>(at(diagonal, g), 1 / pivot);
  store<u8>(flags + g, isIn ? 1 : 0);
}

/**
 * Column g takes the place of the active column in row `slot`. False where a pivot is not positive: nothing has
 * changed then.
 */
export function sweep_swap(active: u32, slot: u32, g: u32, ld: u32, m: usize, ldm: u32, work: usize): bool {
  const table = table_of(work, ld), places = places_of(work, ld), coefficients = coefficients_of(work, ld);
  const entering = vectors_of(work, ld), leaving = at(entering, ld), old = at(table, slot * ld);
  const j = load<u32>(places + ((<usize>slot) << 2));
  if (!(load<f64>(at(old, j)) > 0)) return false;
  memory.copy(entering, at(m, g * ldm), (<usize>ld) << 3);
  for (let s: u32 = 0; s < active; s++) {
    store<f64>(at(coefficients, 2 * s), load<f64>(at(table, s * ld + g)));
  }
  subtract(1, ld, entering, ld, active, coefficients, 1, 2, m, ldm, places);
  for (let s: u32 = 0; s < active; s++) {
    const column = load<u32>(places + ((<usize>s) << 2));
    store<f64>(at(entering, column), -load<f64>(at(coefficients, 2 * s)));
  }
  if (!enter(g, ld, entering, work)) return false;
  const factor = load<f64>(at(coefficients, 2 * slot));
  for (let i: u32 = 0; i < ld; i++) {
    store<f64>(at(leaving, i), load<f64>(at(old, i)) - factor * load<f64>(at(entering, i)));
  }
  const shared = load<f64>(at(entering, j));
  store<f64>(at(leaving, g), shared);
  const pivot = load<f64>(at(leaving, j));
  step(j, ld, leaving, load<f64>(at(values_of(work), j)), pivot, false, work);
  for (let s: u32 = 0; s < active; s++) {
    const column = load<u32>(places + ((<usize>s) << 2));
    store<f64>(at(coefficients, 2 * s + 1), load<f64>(at(leaving, column)) / pivot);
  }
  subtract(active, ld, table, ld, 2, coefficients, 2, 1, entering, ld, identity_of(work, ld));
  for (let s: u32 = 0; s < active; s++) {
    const row = at(table, s * ld);
    const ratio = load<f64>(at(coefficients, 2 * s + 1));
    store<f64>(at(row, g), load<f64>(at(entering, load<u32>(places + ((<usize>s) << 2)))) - ratio * shared);
    store<f64>(at(row, j), -ratio);
  }
  const ratio = shared / pivot;
  for (let i: u32 = 0; i < ld; i++) {
    store<f64>(at(old, i), load<f64>(at(entering, i)) - ratio * load<f64>(at(leaving, i)));
  }
  store<f64>(at(old, j), -ratio);
  store<u32>(places + ((<usize>slot) << 2), g);
  return true;
}

/**
 * C −= A·B in tiles of 4 × 4: C rows × ld (ldc), A rows × count with element (r, k) at r·ar + k·ak, B the rows of b
 * (ldb) named by `places`, DEPTH of them at a time: a page each.
 */
function subtract(
  rows: u32, ld: u32, c: usize, ldc: u32, count: u32, a: usize, ar: u32, ak: u32, b: usize, ldb: u32, places: usize,
): void {
  const tiled = rows & ~3;
  for (let k: u32 = 0; k < count; k += DEPTH) {
    const depth = min<u32>(DEPTH, count - k);
    const from = at(a, k * ak), named = places + ((<usize>k) << 2);
    for (let r: u32 = 0; r < tiled; r += 4) {
      subtract_4(ld, at(c, r * ldc), ldc, depth, at(from, r * ar), ar, ak, b, ldb, named);
    }
    for (let r = tiled; r < rows; r++) subtract_1(ld, at(c, r * ldc), depth, at(from, r * ar), ak, b, ldb, named);
  }
}

/** Four rows of C. */
function subtract_4(
  ld: u32, c: usize, ldc: u32, count: u32, a: usize, ar: u32, ak: u32, b: usize, ldb: u32, places: usize,
): void {
  const step_r = (<usize>ar) << 3, step_k = (<usize>ak) << 3, step_b = (<usize>ldb) << 3, step_c = (<usize>ldc) << 3;
  const end = places + ((<usize>count) << 2);
  for (let j: u32 = 0; j < ld; j += 4) {
    const c0 = at(c, j), c1 = c0 + step_c, c2 = c1 + step_c, c3 = c2 + step_c;
    const strip = at(b, j);
    let s00 = v128.load(c0), s01 = v128.load(c0, 16), s10 = v128.load(c1), s11 = v128.load(c1, 16);
    let s20 = v128.load(c2), s21 = v128.load(c2, 16), s30 = v128.load(c3), s31 = v128.load(c3, 16);
    let from = a;
    for (let place = places; place < end; place += 4) {
      const row = strip + <usize>load<u32>(place) * step_b;
      const b0 = v128.load(row), b1 = v128.load(row, 16);
      const a0 = v128.load64_splat(from), a1 = v128.load64_splat(from + step_r);
      s00 = nmadd<f64>(s00, a0, b0); s01 = nmadd<f64>(s01, a0, b1);
      s10 = nmadd<f64>(s10, a1, b0); s11 = nmadd<f64>(s11, a1, b1);
      const a2 = v128.load64_splat(from + step_r * 2), a3 = v128.load64_splat(from + step_r * 3);
      s20 = nmadd<f64>(s20, a2, b0); s21 = nmadd<f64>(s21, a2, b1);
      s30 = nmadd<f64>(s30, a3, b0); s31 = nmadd<f64>(s31, a3, b1);
      from += step_k;
    }
    v128.store(c0, s00); v128.store(c0, s01, 16); v128.store(c1, s10); v128.store(c1, s11, 16);
    v128.store(c2, s20); v128.store(c2, s21, 16); v128.store(c3, s30); v128.store(c3, s31, 16);
  }
}

/** One row of C, four rows of B at a time. */
function subtract_1(ld: u32, c: usize, count: u32, a: usize, ak: u32, b: usize, ldb: u32, places: usize): void {
  const step_k = (<usize>ak) << 3, step_b = (<usize>ldb) << 3;
  const end = at(c, ld), fours = count & ~3;
  for (let k: u32 = 0; k < fours; k += 4) {
    const place = places + ((<usize>k) << 2), from = a + <usize>k * step_k;
    const a0 = v128.load64_splat(from), a1 = v128.load64_splat(from + step_k);
    const a2 = v128.load64_splat(from + step_k * 2), a3 = v128.load64_splat(from + step_k * 3);
    let b0 = b + <usize>load<u32>(place) * step_b, b1 = b + <usize>load<u32>(place, 4) * step_b;
    let b2 = b + <usize>load<u32>(place, 8) * step_b, b3 = b + <usize>load<u32>(place, 12) * step_b;
    for (let to = c; to < end; to += 16) {
      const low = nmadd<f64>(nmadd<f64>(v128.load(to), a0, v128.load(b0)), a1, v128.load(b1));
      v128.store(to, nmadd<f64>(nmadd<f64>(low, a2, v128.load(b2)), a3, v128.load(b3)));
      b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    }
  }
  for (let k = fours; k < count; k++) {
    const a0 = v128.load64_splat(a + <usize>k * step_k);
    let b0 = b + <usize>load<u32>(places + ((<usize>k) << 2)) * step_b;
    for (let to = c; to < end; to += 16) {
      v128.store(to, nmadd<f64>(v128.load(to), a0, v128.load(b0)));
      b0 += 16;
    }
  }
}
