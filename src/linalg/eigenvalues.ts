/**
 * All eigenvalues of a symmetric matrix, f64: Householder's tridiagonal form, then implicit QL.
 *
 * Source: Martin, Reinsch & Wilkinson 1968 (tred1) and Dubrulle, Martin & Wilkinson 1968 (imtql1), as in EISPACK.
 */
import { checkFinite } from "../check.js";
import { NonFiniteError, ShapeError } from "../errors.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";

/** Steps for one eigenvalue; two or three are usual. */
const STEPS = 60;

/**
 * Eigenvalues, the largest first.
 *
 * @param a  symmetric, n × n; its lower triangle is read, and it is left as it is
 * @returns n values, each within about n · 2⁻⁵³ of the largest magnitude
 * @throws {ShapeError} when the matrix is not square
 * @throws {NonFiniteError} when an element is not finite, or squares are not in f64
 *
 * Cost: 4n³/3 flops in JavaScript: about two seconds for n = 1,000.
 */
export function symmetricEigenvalues(a: DoubleMatrix): Float64Array {
  const { rows: n, columns } = a;
  if (n !== columns) throw new ShapeError(`"a" expected a square matrix, got ${n} × ${columns}`);
  checkFinite("a", a.view(), n);
  const { diagonal, off } = tridiagonal(a.toArray(), n);
  for (let l = 0; l < n; l++) isolate(l, diagonal, off);
  return diagonal.sort().reverse();
}

/** Rotates until off-diagonal element l is 0, and eigenvalue l stands on the diagonal. */
function isolate(l: number, d: Float64Array, e: Float64Array): void {
  for (let step = 0; step < STEPS; step++) {
    let m = l;
    while (m < d.length - 1 && !(Math.abs(e[m]) <= 2 ** -52 * (Math.abs(d[m]) + Math.abs(d[m + 1])))) m++;
    if (m === l) return;
    rotate(l, m, d, e);
  }
  throw new NonFiniteError('"a" expected numbers with finite squares, got others', { index: 0 });
}

/** One implicit QL step with Wilkinson's shift on the block l … m. */
function rotate(l: number, m: number, d: Float64Array, e: Float64Array): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.sqrt(half * half + 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i], c * e[i]];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    [s, c] = [f / r, g / r];
    g = d[i + 1] - p;
    const q = (d[i] - g) * s + 2 * c * b;
    p = s * q;
    d[i + 1] = g + p;
    g = c * q - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

/** The diagonal, and the n − 1 elements beside it (and a 0), of a similar tridiagonal matrix; `a` is spoilt. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; off: Float64Array } {
  const [diagonal, off] = [new Float64Array(n), new Float64Array(n)];
  // From the last row up, so that what is left is the leading block.
  for (let k = n - 1; k > 0; k--) {
    const row = a.subarray(k * n, k * n + k);
    diagonal[k] = a[k * n + k];
    let tail = 0;
    for (let j = 0; j < k - 1; j++) tail += row[j] * row[j];
    const alpha = row[k - 1];
    if (tail === 0) {
      off[k - 1] = alpha;
      continue;
    }
    const norm = Math.sqrt(alpha * alpha + tail);
    const beta = alpha > 0 ? -norm : norm;
    off[k - 1] = beta;
    row[k - 1] = alpha - beta;
    // H = I − v vᵀ / (β (β − α)), v in place of the row.
    reflectBothSides(a, n, row, beta * (beta - alpha));
  }
  if (n > 0) diagonal[0] = a[0];
  return { diagonal, off };
}

/** A := H A H for the leading k × k block's lower triangle, H = I − v vᵀ / h: A − v wᵀ − w vᵀ. */
function reflectBothSides(a: Float64Array, n: number, v: Float64Array, h: number): void {
  const k = v.length;
  const w = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    let sum = 0;
    const at = i * n;
    for (let j = 0; j < i; j++) {
      sum += a[at + j] * v[j];
      w[j] += a[at + j] * v[i];
    }
    w[i] += sum + a[at + i] * v[i];
  }
  let share = 0;
  for (let i = 0; i < k; i++) {
    w[i] /= h;
    share += w[i] * v[i];
  }
  for (let i = 0; i < k; i++) w[i] -= (share / (2 * h)) * v[i];
  for (let i = 0; i < k; i++) {
    const at = i * n;
    for (let j = 0; j <= i; j++) a[at + j] -= v[i] * w[j] + w[i] * v[j];
  }
}
