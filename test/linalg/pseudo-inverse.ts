/** A⁺B by a singular value decomposition that is slow, plain and accurate: the oracle of least squares. */

/**
 * One-sided Jacobi: the columns of A (of Aᵀ when it is wide) are rotated until they are orthogonal.
 *
 * @param a  m × n, row by row
 * @param b  m × k, row by row
 * @param tolerance  singular values at most this share of the largest count as 0
 */
export function pseudoInverseTimes(
  a: Float64Array,
  m: number,
  n: number,
  b: Float64Array,
  k: number,
  tolerance: number,
): { solution: Float64Array; rank: number; singular: number[] } {
  const isTall = m >= n;
  const [p, q] = [Math.max(m, n), Math.min(m, n)];
  const u = Array.from({ length: q }, (_, j) =>
    Float64Array.from({ length: p }, (_, i) => (isTall ? a[i * n + j] : a[j * n + i])),
  );
  const v = Array.from({ length: q }, (_, j) => Float64Array.from({ length: q }, (_, i) => Number(i === j)));
  for (let sweep = 0; sweep < 40; sweep++) {
    let rotated = false;
    for (let i = 0; i < q; i++) {
      for (let j = i + 1; j < q; j++) rotated = rotate(u, v, i, j) || rotated;
    }
    if (!rotated) break;
  }
  const singular = u.map((column) => Math.sqrt(dot(column, column)));
  const least = tolerance * Math.max(0, ...singular);
  const kept = [...singular.keys()].filter((j) => singular[j] > least);
  const solution = new Float64Array(n * k);
  for (const j of kept) {
    // A = Σ u vᵀ, or Σ v uᵀ when it is wide; u carries the singular value.
    const [left, right] = isTall ? [u[j], v[j]] : [v[j], u[j]];
    for (let c = 0; c < k; c++) {
      let share = 0;
      for (let i = 0; i < m; i++) share += left[i] * b[i * k + c];
      share /= singular[j] ** 2;
      for (let i = 0; i < n; i++) solution[i * k + c] += share * right[i];
    }
  }
  return { solution, rank: kept.length, singular: singular.sort((x, y) => y - x) };
}

function rotate(u: Float64Array[], v: Float64Array[], i: number, j: number): boolean {
  const [alpha, beta, gamma] = [dot(u[i], u[i]), dot(u[j], u[j]), dot(u[i], u[j])];
  if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  for (const [x, y] of [
    [u[i], u[j]],
    [v[i], v[j]],
  ]) {
    for (let l = 0; l < x.length; l++) [x[l], y[l]] = [c * (x[l] - t * y[l]), c * (t * x[l] + y[l])];
  }
  return true;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}
