/**
 * QR factorisation with column pivoting, f64, in place: A P = Q R with |R₁₁| ≥ |R₂₂| ≥ …, as far as the rank reaches.
 *
 *   a          m × n column-major, leading dimension lda ≥ m: R and the reflectors as f64_geqrf leaves them, for the
 *              columns up to the rank r; of the others the first r rows belong to R
 *   tolerance  of the largest column's norm: where the norms of all columns left are at most that, it stops
 *   pivots     n, u32, overwritten: column j of A P is column pivots[j] of A
 *   tau        min(m, n), overwritten up to the rank
 *   scratch    16·n bytes, 8-byte aligned
 *
 * Returns the rank r. As LAPACK's dgeqp3 with its safe updates of the norms (Drmač & Bujanović 2008), and a stop.
 * NaN and Inf make the result mean nothing; squares of the elements have to be in f64. Operands overlap nowhere.
 * Work 4 n² (m/2 − n/6) flops for m ≥ n, column by column: where m is large, factor without pivoting and then R.
 */
import { dot, make_reflector, reflect } from "./reflectors";

/** √2⁻⁵²: below this share of what it was when last summed up, an updated norm has lost half of its digits. */
const LEAST_SHARE: f64 = 1.4901161193847656e-8;

export function f64_geqp3(
  m: u32, n: u32, a: usize, lda: u32, tolerance: f64, pivots: usize, tau: usize, scratch: usize,
): u32 {
  assert(lda >= m);
  assert(((a | tau | scratch) & 7) == 0 && (pivots & 3) == 0);
  const step = (<usize>lda) << 3, count = min<u32>(m, n);
  for (let j: u32 = 0; j < n; j++) {
    store<u32>(pivots + ((<usize>j) << 2), j);
    store_norms(scratch, j, column_norm(m, a + <usize>j * step));
  }
  let threshold: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const best = largest(k, n, scratch), norm = load<f64>(scratch + ((<usize>best) << 4));
    if (k == 0) threshold = tolerance * norm;
    if (!(norm > threshold)) return k;
    if (best != k) swap_columns(k, best, m, a, step, pivots, scratch);
    const pivot = a + <usize>k * (step + 8), height = m - k;
    const scale = make_reflector(height, pivot);
    store<f64>(tau + ((<usize>k) << 3), scale);
    for (let j = k + 1; j < n; j++) {
      const column = pivot + <usize>(j - k) * step;
      reflect(height, pivot, scale, column);
      lower_norm(scratch + ((<usize>j) << 4), height, column);
    }
  }
  return count;
}

function column_norm(n: u32, x: usize): f64 {
  return sqrt<f64>(dot(n, x, x));
}

/** The norm of what is left of column j, and that at the time it was last summed up. */
function store_norms(norms: usize, j: u32, norm: f64): void {
  const at = norms + ((<usize>j) << 4);
  store<f64>(at, norm);
  store<f64>(at, norm, 8);
}

/** The first of the largest norms from column k on. */
function largest(k: u32, n: u32, norms: usize): u32 {
  let best = k;
  for (let j = k + 1; j < n; j++) {
    if (load<f64>(norms + ((<usize>j) << 4)) > load<f64>(norms + ((<usize>best) << 4))) best = j;
  }
  return best;
}

function swap_columns(k: u32, best: u32, m: u32, a: usize, step: usize, pivots: usize, norms: usize): void {
  let left = a + <usize>k * step, right = a + <usize>best * step;
  for (let i: u32 = 0; i < m; i++) {
    const value = load<f64>(left);
    store<f64>(left, load<f64>(right));
    store<f64>(right, value);
    left += 8;
    right += 8;
  }
  const at = pivots + ((<usize>k) << 2), other = pivots + ((<usize>best) << 2);
  const pivot = load<u32>(at);
  store<u32>(at, load<u32>(other));
  store<u32>(other, pivot);
  // Column k is done with: only the norms of the one that takes the other's place are needed.
  v128.store(norms + ((<usize>best) << 4), v128.load(norms + ((<usize>k) << 4)));
}

/** Takes the first element of a column of `height` elements out of its norm. */
function lower_norm(norms: usize, height: u32, column: usize): void {
  const norm = load<f64>(norms);
  if (norm == 0) return;
  const ratio = load<f64>(column) / norm;
  const share = max<f64>(0, (1 - ratio) * (1 + ratio));
  const whole = norm / load<f64>(norms, 8);
  if (share * whole * whole > LEAST_SHARE) return store<f64>(norms, norm * sqrt<f64>(share));
  store_norms(norms, 0, column_norm(height - 1, column + 8));
}
