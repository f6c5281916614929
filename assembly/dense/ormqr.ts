/**
 * C := Q C, or Qᵀ C, f64, in place, for the Q = H₁ H₂ … H_k of f64_geqrf or f64_geqp3.
 *
 *   a        m × k column-major, leading dimension lda ≥ m, k ≤ m: the reflectors; comes back as it was
 *   tau      k
 *   c        m × n column-major, leading dimension ldc ≥ m
 *   scratch  90,240 + 256·n bytes, 16-byte aligned
 *
 * As LAPACK's dormqr from the left. Operands overlap nowhere. Work 2 n k (2m − k) flops, in blocks of 32 reflectors.
 */
import { PANEL, reflect_block } from "./reflectors";

export function f64_ormqr(
  m: u32, n: u32, k: u32, a: usize, lda: u32, tau: usize, c: usize, ldc: u32, scratch: usize,
): void {
  check(m, k, a, lda, tau, c, ldc, scratch);
  for (let next = k; next > 0;) {
    const first = (next - 1) & ~(PANEL - 1);
    block(first, next - first, m, n, a, lda, tau, c, ldc, false, scratch);
    next = first;
  }
}

export function f64_ormqr_transposed(
  m: u32, n: u32, k: u32, a: usize, lda: u32, tau: usize, c: usize, ldc: u32, scratch: usize,
): void {
  check(m, k, a, lda, tau, c, ldc, scratch);
  for (let first: u32 = 0; first < k; first += PANEL) {
    block(first, min<u32>(PANEL, k - first), m, n, a, lda, tau, c, ldc, true, scratch);
  }
}

function check(m: u32, k: u32, a: usize, lda: u32, tau: usize, c: usize, ldc: u32, scratch: usize): void {
  assert(k <= m && lda >= m && ldc >= m);
  assert(((a | tau | c) & 7) == 0 && (scratch & 15) == 0);
}

/** Applies `count` reflectors from `first` on. */
function block(
  first: u32, count: u32, m: u32, n: u32, a: usize, lda: u32, tau: usize, c: usize, ldc: u32,
  transposed: bool, scratch: usize,
): void {
  const step = (<usize>lda) << 3, at = (<usize>first) << 3;
  const v = a + <usize>first * (step + 8);
  reflect_block(m - first, n, count, v, step, tau + at, c + at, (<usize>ldc) << 3, transposed, scratch);
}
