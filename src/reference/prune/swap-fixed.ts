/** Plain twin of assembly/prune/swap-fixed.ts: every change of error from the formula, the gradient made anew. */
export function f64_swap_fixed(
  n: number,
  g: Float64Array,
  ldg: number,
  weights: Float64Array,
  state: Uint8Array,
  group: number,
  limit: number,
  errors: Float64Array,
  _scratch: Uint8Array,
): number {
  let [error, gradient] = measure(n, g, ldg, weights, state);
  errors[0] = error;
  for (let count = 0; ; count++) {
    errors[1] = error;
    let [best, kept, pruned] = [-(2 ** -40) * error, -1, -1];
    for (let i = 0; i < n && count < limit; i++) {
      if (state[i] !== 0) continue;
      for (let j = 0; j < n; j++) {
        if (state[j] !== 1 || (group && Math.floor(i / group) !== Math.floor(j / group))) continue;
        const [wi, wj] = [weights[i], weights[j]];
        const change =
          2 * (wj * gradient[j] - wi * gradient[i]) +
          wi * wi * g[i * ldg + i] +
          wj * wj * g[j * ldg + j] -
          2 * wi * wj * g[i * ldg + j];
        if (change < best) [best, kept, pruned] = [change, i, j];
      }
    }
    if (kept < 0) return count;
    [state[kept], state[pruned]] = [1, 0];
    const before = error;
    [error, gradient] = measure(n, g, ldg, weights, state);
    if (error < before) continue;
    errors[1] = error;
    return count + 1;
  }
}

/** e G eᵀ and Ge. */
function measure(
  n: number,
  g: Float64Array,
  ldg: number,
  weights: Float64Array,
  state: Uint8Array,
): [number, Float64Array] {
  const e = weights.subarray(0, n).map((weight, i) => (state[i] === 1 ? 0 : weight));
  const gradient = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) gradient[i] += e[k] * g[k * ldg + i];
  }
  return [e.reduce((sum, weight, i) => sum + weight * gradient[i], 0), gradient];
}
