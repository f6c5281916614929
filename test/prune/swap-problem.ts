/** Rows to be pruned, and their errors by plain elimination: what the tests of swaps compare with. */
import type { Random } from "../harness/random.js";

/** 2·XXᵀ/N of random samples whose inputs share a part, + `damping` on the diagonal. */
export function hessian(random: Random, n: number, samples = 2 * n, damping = 0.05): Float64Array {
  const x = random.uniform(samples * n);
  const h = new Float64Array(n * n);
  for (let s = 0; s < samples; s++) {
    const shared = x[s * n];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) h[i * n + j] += (2 * (x[s * n + i] + shared) * (x[s * n + j] + shared)) / samples;
    }
  }
  for (let i = 0; i < n; i++) h[i * n + i] += damping;
  return h;
}

/** The solution of A x = b, A symmetric positive definite, by elimination. */
function solve(a: readonly number[][], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < rows.length; k++) {
    rows[k] = rows[k].map((value) => value / rows[k][k]);
    for (let i = 0; i < rows.length; i++) {
      if (i === k) continue;
      const factor = rows[i][k];
      rows[i] = rows[i].map((value, j) => value - factor * rows[k][j]);
    }
  }
  return rows.map((row) => row[row.length - 1]);
}

/** The inverse of a symmetric positive definite matrix, by elimination in place. */
export function inverseOf(h: Float64Array, n: number): Float64Array {
  const a = h.slice();
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k];
    a[k * n + k] = 1;
    for (let j = 0; j < n; j++) a[k * n + j] /= pivot;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k];
      a[i * n + k] = 0;
      for (let j = 0; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return a;
}

/** Weights with zeros where `kept` is not 1: the original ones, or those of least (w′ − w) H (w′ − w)ᵀ. */
export function weightsOn(
  kept: ArrayLike<number>,
  weights: ArrayLike<number>,
  h: ArrayLike<number>,
  isRepaired: boolean,
): number[] {
  const n = weights.length;
  const columns = [...Array(n).keys()];
  if (!isRepaired) return columns.map((i) => (kept[i] === 1 ? weights[i] : 0));
  const inside = columns.filter((i) => kept[i] === 1);
  const outside = columns.filter((i) => kept[i] !== 1);
  const pull = (i: number) => outside.reduce((sum, k) => sum + h[i * n + k] * weights[k], 0);
  const change = solve(
    inside.map((i) => inside.map((j) => h[i * n + j])),
    inside.map(pull),
  );
  const fitted = new Array<number>(n).fill(0);
  inside.forEach((i, at) => {
    fitted[i] = weights[i] + change[at];
  });
  return fitted;
}

/** (w′ − w) H (w′ − w)ᵀ */
export function errorOf(fitted: ArrayLike<number>, weights: ArrayLike<number>, h: ArrayLike<number>): number {
  const n = weights.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) sum += (fitted[i] - weights[i]) * h[i * n + j] * (fitted[j] - weights[j]);
  }
  return sum;
}

/** The least error one swap away; Infinity where there is no swap. Columns of state 2 stay. */
export function leastBySwap(
  state: Uint8Array,
  weights: ArrayLike<number>,
  h: ArrayLike<number>,
  isRepaired: boolean,
  group = 0,
): number {
  let least = Infinity;
  state.forEach((si, i) => {
    state.forEach((sj, j) => {
      if (si !== 0 || sj !== 1) return;
      if (group && Math.floor(i / group) !== Math.floor(j / group)) return;
      const swapped = state.with(i, 1).with(j, 0);
      least = Math.min(least, errorOf(weightsOn(swapped, weights, h, isRepaired), weights, h));
    });
  });
  return least;
}

/** A random state of n columns with `kept` kept ones; every one in `every` of the others is pruned for good. */
export function randomState(random: Random, n: number, kept: number, every = Infinity): Uint8Array {
  const state = new Uint8Array(n);
  while (state.reduce((sum, s) => sum + s, 0) < kept) state[random.below(n)] = 1;
  let others = 0;
  return state.map((s) => (s === 0 && ++others % every === 0 ? 2 : s));
}

/** A random state with `kept` of every group of `group` columns kept. */
export function groupedState(random: Random, n: number, group: number, kept: number): Uint8Array {
  const state = new Uint8Array(n);
  for (let i = 0; i < n; i += group) state.set(randomState(random, group, kept), i);
  return state;
}
