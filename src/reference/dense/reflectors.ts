/** Householder reflectors H = I − τ v vᵀ with v₀ = 1, one at a time. */

/** Makes β = ∓‖x‖ and the rest of v of x, so that H x = β e₁; returns τ, 0 if x is β e₁. */
export function makeReflector(x: Float64Array): number {
  let tail = 0;
  for (let i = 1; i < x.length; i++) tail += x[i] * x[i];
  if (tail === 0) return 0;
  const norm = Math.sqrt(x[0] * x[0] + tail);
  const beta = x[0] > 0 ? -norm : norm;
  const tau = (beta - x[0]) / beta;
  for (let i = 1; i < x.length; i++) x[i] /= x[0] - beta;
  x[0] = beta;
  return tau;
}

/** c := H c; v[0] stands for 1. */
export function reflect(v: Float64Array, tau: number, c: Float64Array): void {
  if (tau === 0) return;
  let sum = c[0];
  for (let i = 1; i < c.length; i++) sum += v[i] * c[i];
  c[0] -= tau * sum;
  for (let i = 1; i < c.length; i++) c[i] -= tau * sum * v[i];
}
