/**
 * One row of a layer with the best weights on its mask: min (w′ − w) H (w′ − w)ᵀ over w′ with zeros where the mask has.
 *
 *   a        n × n, f64, row-major, leading dimension lda ≥ n, symmetric, both triangles: H, positive definite, or H⁻¹
 *   inverted 0 when a is H: a system of the kept weights is solved, w′_K = w_K + H_KK⁻¹ H_KS w_S; else a is H⁻¹: one of
 *            the pruned, w′ = w − H⁻¹_KS (H⁻¹_SS)⁻¹ w_S. The same weights; the smaller system costs less
 *   mask     one bit per weight, 1 = kept; bit (j & 31) of word (j >> 5)
 *   w        n, f32
 *   out      n, f32, overwritten; +0 where pruned. May be w itself
 *   scratch  8·k·(k + 1) + 512·(k + 8) + 12·n + 172,352 bytes, k the size of the system; 16-byte aligned
 *
 * Returns 0, or i + 1 when pivot i of the system is not > 0; out is left alone then. Sums in f64. k³/3 + 2kn flops.
 * Source: Hassibi & Stork 1993, and the closed form of any number of its steps.
 */
import { f64_potrf } from "../dense/potrf";
import { f64_trsm, f64_trsm_transposed } from "../dense/trsm";
import { madd } from "../simd";

export function f64_masked_least_squares(
  n: u32, a: usize, lda: u32, inverted: u32, mask: usize, w: usize, out: usize, scratch: usize,
): u32 {
  assert(lda >= n);
  assert((a & 7) == 0 && ((mask | w | out) & 3) == 0 && (scratch & 15) == 0);
  // Sum over all columns; places of the system's; right-hand side; system; space of the solver.
  const sum = scratch;
  const places = sum + ((<usize>(n + 1) & ~1) << 3);
  const k = places_of(n, mask, inverted ? 0 : 1, places);
  const right = places + ((<usize>(n + 3) & ~3) << 2);
  const system = right + ((<usize>(k + 1) & ~1) << 3);
  const space = system + (((<usize>k * k + 1) & ~1) << 3);
  const step = (<usize>lda) << 3;

  memory.fill(sum, 0, (<usize>n) << 3);
  if (!inverted) add_rows(n, a, step, mask, w, sum);
  for (let i: u32 = 0; i < k; i++) {
    const place = load<u32>(places + ((<usize>i) << 2));
    const value = inverted ? <f64>load<f32>(w + ((<usize>place) << 2)) : load<f64>(sum + ((<usize>place) << 3));
    store<f64>(right + ((<usize>i) << 3), value);
    const from = a + <usize>place * step, to = system + ((<usize>i * k) << 3);
    for (let j: u32 = 0; j <= i; j++) {
      const column = load<u32>(places + ((<usize>j) << 2));
      store<f64>(to + ((<usize>j) << 3), load<f64>(from + ((<usize>column) << 3)));
    }
  }
  const info = f64_potrf(k, system, k, space);
  if (info) return info;
  f64_trsm(k, 1, system, k, right, 1, space);
  f64_trsm_transposed(k, 1, system, k, right, 1, space);

  if (inverted) {
    for (let i: u32 = 0; i < k; i++) {
      const place = load<u32>(places + ((<usize>i) << 2));
      add_row(n, a + <usize>place * step, -load<f64>(right + ((<usize>i) << 3)), sum);
    }
  } else {
    for (let i: u32 = 0; i < k; i++) {
      const place = load<u32>(places + ((<usize>i) << 2));
      store<f64>(sum + ((<usize>place) << 3), load<f64>(right + ((<usize>i) << 3)));
    }
  }
  for (let j: u32 = 0; j < n; j++) {
    const at = (<usize>j) << 2;
    const moved = <f64>load<f32>(w + at) + load<f64>(sum + ((<usize>j) << 3));
    store<f32>(out + at, bit_of(mask, j) ? <f32>moved : 0);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function bit_of(mask: usize, j: u32): u32 {
  return (load<u32>(mask + ((<usize>(j >> 5)) << 2)) >> (j & 31)) & 1;
}

/** The columns whose bit is `bit`, ascending; returns how many. */
function places_of(n: u32, mask: usize, bit: u32, places: usize): u32 {
  let k: u32 = 0;
  for (let j: u32 = 0; j < n; j++) {
    if (bit_of(mask, j) != bit) continue;
    store<u32>(places + ((<usize>k) << 2), j);
    k++;
  }
  return k;
}

/** sum += Σ w_s · a_s over the pruned columns s. */
function add_rows(n: u32, a: usize, step: usize, mask: usize, w: usize, sum: usize): void {
  for (let s: u32 = 0; s < n; s++) {
    const weight = load<f32>(w + ((<usize>s) << 2));
    if (weight != 0 && !bit_of(mask, s)) add_row(n, a + <usize>s * step, weight, sum);
  }
}

/** sum += factor · row */
function add_row(n: u32, row: usize, factor: f64, sum: usize): void {
  const factors = f64x2.splat(factor);
  const pairs = (<usize>(n & ~1)) << 3;
  for (let j: usize = 0; j < pairs; j += 16) {
    v128.store(sum + j, madd<f64>(v128.load(sum + j), factors, v128.load(row + j)));
  }
  if (n & 1) store<f64>(sum + pairs, load<f64>(sum + pairs) + factor * load<f64>(row + pairs));
}
