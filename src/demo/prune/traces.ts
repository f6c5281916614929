/** Full traces of a layer: in which order a method takes its weights away, and what that costs at each step. */
import type { LayerProblem, TraceArrays } from "../../index.js";

/** A layer's problem as plain arrays. */
export interface PlainProblem {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  /** columns × columns, 2·XXᵀ / N. */
  readonly hessian: Float64Array;
}

/** Copies a problem out of its core. */
export const plainProblem = ({ weights, hessian }: LayerProblem): PlainProblem => ({
  rows: weights.rows,
  columns: weights.columns,
  weights: weights.toArray(),
  hessian: hessian.view().slice(),
});

/** Adds to the diagonal what exact OBS and SparseGPT add by default; inputs that are always 0 stay so. */
export function dampen({ columns, hessian }: PlainProblem): void {
  const diagonal = Array.from({ length: columns }, (_, j) => hessian[j * (columns + 1)]);
  const damping = (0.01 * diagonal.reduce((sum, value) => sum + value, 0)) / columns;
  diagonal.forEach((value, j) => {
    if (value > 0) hessian[j * (columns + 1)] += damping;
  });
}

/** Weights by ascending magnitude, over the whole layer. */
export function magnitudeOrder({ weights }: PlainProblem): Uint32Array {
  const scores = weights.map(Math.abs);
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || a - b);
}

/** The weights of each row by ascending |w|·‖x‖, all rows in turn. */
export function wandaOrder({ rows, columns, weights, hessian }: PlainProblem): Uint32Array {
  const scores = weights.map((w, at) => Math.abs(w) * Math.sqrt(hessian[(at % columns) * (columns + 1)]));
  const order = new Uint32Array(weights.length);
  for (let i = 0; i < rows; i++) {
    const row = Uint32Array.from({ length: columns }, (_, j) => i * columns + j);
    row.sort((a, b) => scores[a] - scores[b] || a - b);
    for (let t = 0; t < columns; t++) order[t * rows + i] = row[t];
  }
  return order;
}

/** Removals of the sweeps of all rows, the cheapest first; each row's in the order of its sweep. */
export function sweptOrder({ order, loss }: TraceArrays, { rows, columns }: PlainProblem): Uint32Array {
  const cheapest = Uint32Array.from(loss.keys()).sort((a, b) => loss[a] - loss[b] || a - b);
  const taken = new Uint32Array(rows);
  return cheapest.map((removal) => {
    const row = Math.floor(removal / columns);
    return row * columns + order[row * columns + taken[row]++];
  });
}

/**
 * ½ Σ δ H δᵀ over the rows after so many removals, from 0 to all, when nothing makes up for what goes.
 *
 * A removal of w_j from a row with g = H δ costs ½ w_j² H_jj − w_j g_j and moves g by a column of H: columns
 * multiply-adds.
 */
export function lossesOf(
  order: Uint32Array,
  { rows, columns, weights, hessian }: PlainProblem,
): Float64Array {
  const gradients = new Float64Array(rows * columns);
  const losses = new Float64Array(order.length + 1);
  order.forEach((at, t) => {
    const [w, j] = [weights[at], at % columns];
    const first = at - j;
    losses[t + 1] = losses[t] + w * (0.5 * w * hessian[j * (columns + 1)] - gradients[at]);
    for (let k = 0; k < columns; k++) gradients[first + k] -= w * hessian[j * columns + k];
  });
  return losses;
}

/**
 * How many weights each input keeps.
 *
 * @param order  in which weights go
 * @param zeros  how many are gone
 */
export function keptAfter(order: Uint32Array, zeros: number, columns: number): Uint16Array {
  const kept = new Uint16Array(columns);
  for (const at of order.subarray(zeros)) kept[at % columns]++;
  return kept;
}

/**
 * How many weights each input keeps.
 *
 * @param bits  of a mask, 1 = kept
 */
export function keptBy(bits: Uint8Array, columns: number): Uint16Array {
  const kept = new Uint16Array(columns);
  bits.forEach((bit, at) => {
    kept[at % columns] += bit;
  });
  return kept;
}

/** Weights with the first ones of an order gone. */
export function without(weights: Float32Array, order: Uint32Array, zeros: number): Float32Array {
  const left = weights.slice();
  for (const at of order.subarray(0, zeros)) left[at] = 0;
  return left;
}
