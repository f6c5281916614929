/** A layer to be pruned from its Hessian, and how the result is judged. */
import { damped } from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import { outputEnergy } from "../../src/prune/layer-error.js";
import { Random } from "../../test/harness/random.js";

/** What all methods damp by, of the mean of the Hessian's diagonal. */
export const DAMPING = 0.01;
/** Fewer than inputs, so that the Hessian is quickly made; damping makes it definite. */
const SAMPLES = 64;

export interface Layer {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  /** 2·XXᵀ/N, columns × columns, without damping. */
  readonly hessian: Float64Array;
}

/** Random weights, and inputs that have a part in common. */
export function layerOf(rows: number, columns: number): Layer {
  const random = new Random(20261122);
  const shared = random.uniform(SAMPLES);
  const inputs = Array.from({ length: columns }, () => random.uniform(SAMPLES).map((x, s) => x + shared[s]));
  const hessian = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let s = 0; s < SAMPLES; s++) sum += inputs[i][s] * inputs[j][s];
      hessian[i * columns + j] = hessian[j * columns + i] = (2 * sum) / SAMPLES;
    }
  }
  return { rows, columns, weights: random.uniform(rows * columns), hessian };
}

/** ½ Σ (w′ − w) H (w′ − w)ᵀ over the rows, H damped. */
export function lossOf({ rows, columns, weights, hessian }: Layer, pruned: Float32Array): number {
  using core = openSync();
  const change = core.matrix(
    rows,
    columns,
    pruned.map((value, i) => value - weights[i]),
  );
  return outputEnergy(change, damped(core.doubleMatrix(columns, columns, hessian), DAMPING));
}
