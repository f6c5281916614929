/**
 * QR factorisation by Householder reflectors, f64, in place: A = Q R, Q = H₁ H₂ … H_k, k = min(m, n).
 *
 *   a        m × n column-major, leading dimension lda ≥ m. R is on and above the diagonal, the reflectors below it:
 *            Hᵢ = I − τᵢ v vᵀ, v = 0 before place i, 1 there, then what stands in column i. A row-major n × m is read
 *            as its transpose: A = Rᵀ Qᵀ is its LQ factorisation.
 *   tau      k, overwritten
 *   scratch  90,240 + 256·n bytes, 16-byte aligned
 *
 * As LAPACK's dgeqrf has it, but for the sign of R where a pivot is 0. Backward stable: A + E = Q R with
 * ‖E‖ ≤ γ ‖A‖, whatever the condition. NaN and Inf spread; squares of the elements have to be in f64.
 * Operands overlap nowhere. Work 2 n² (m − n/3) flops for m ≥ n, in panels of 32 columns, the rest by tiles.
 */
import { PANEL, make_reflector, reflect, reflect_block } from "./reflectors";

export function f64_geqrf(m: u32, n: u32, a: usize, lda: u32, tau: usize, scratch: usize): void {
  assert(lda >= m);
  assert(((a | tau) & 7) == 0 && (scratch & 15) == 0);
  const step = (<usize>lda) << 3, count = min<u32>(m, n);
  for (let k: u32 = 0; k < count; k += PANEL) {
    const columns = min<u32>(PANEL, count - k), height = m - k;
    const panel = a + <usize>k * (step + 8), factors = tau + ((<usize>k) << 3);
    for (let j: u32 = 0; j < columns; j++) {
      const pivot = panel + <usize>j * (step + 8);
      const scale = make_reflector(height - j, pivot);
      store<f64>(factors + ((<usize>j) << 3), scale);
      for (let i = j + 1; i < columns; i++) reflect(height - j, pivot, scale, pivot + <usize>(i - j) * step);
    }
    const rest = panel + <usize>columns * step, left = n - k - columns;
    if (left > 0) reflect_block(height, left, columns, panel, step, factors, rest, step, true, scratch);
  }
}
