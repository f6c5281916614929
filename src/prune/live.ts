/** What solvers see of a layer's problem, and what they leave alone. */
import { deadInputs, normalized } from "../linalg/hessian.js";
import { largestOf, scaleFor } from "../linalg/scale.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { LayerProblem } from "./contract.js";

/** The weights of a problem with 0 for pruned weights and those of dead inputs. */
export function liveWeights({ weights, hessian, mask }: LayerProblem): Float32Array {
  const { columns } = weights;
  const values = unmasked(weights.toArray(), mask);
  for (const j of deadInputs(hessian)) {
    for (let i = j; i < values.length; i += columns) values[i] = 0;
  }
  return values;
}

/** Weights, changed to be 0 where a mask prunes. */
export function unmasked(weights: Float32Array, mask: Mask | undefined): Float32Array {
  mask?.toArray().forEach((bit, i) => {
    if (!bit) weights[i] = 0;
  });
  return weights;
}

/** Weights with what is pruned of them. */
export type Masked = Pick<LayerProblem, "weights" | "mask">;

/** How many weights a mask prunes. */
export const prunedIn = ({ weights, mask }: Masked): number =>
  mask ? weights.rows * weights.columns - mask.count : 0;

/** Live weights and Hessian, multiplied so that f32 holds their squares. */
interface Scaled {
  readonly weights: Float32Array;
  readonly hessian: DoubleMatrix;
  /** What the weights were multiplied by. */
  readonly scale: number;
  /** What losses are multiplied by that way. */
  readonly lossScale: number;
}

/** A problem for f32: as it is in all ordinary cases, else the same one in other units. */
export function scaledProblem(problem: LayerProblem): Scaled {
  const weights = liveWeights(problem);
  const scale = scaleFor(largestOf(weights));
  const own = normalized(problem.hessian);
  return {
    weights: scale === 1 ? weights : weights.map((value) => value * scale),
    hessian: own.hessian,
    scale,
    lossScale: own.scale * scale * scale,
  };
}

/**
 * What no solver moves stays as it was to the bit: kept weights of dead inputs, which do nothing on the samples but may
 * elsewhere, and those of rows that lose none.
 *
 * @param problem  as it was given
 * @param mask  what is kept
 * @param solved  rows × columns, changed
 */
export function restoreUnmoved(
  { weights, hessian, mask: given }: LayerProblem,
  mask: Mask,
  solved: Matrix,
): void {
  const { rows, columns } = weights;
  const [before, bits, values] = [given?.toArray(), mask.toArray(), solved.toArray()];
  const original = weights.toArray();
  const dead = deadInputs(hessian);
  for (let first = 0; first < rows * columns; first += columns) {
    const end = first + columns;
    let isWhole = true;
    for (let i = first; i < end && isWhole; i++) isWhole = bits[i] === (before ? before[i] : 1);
    for (const j of isWhole ? Array(columns).keys() : dead) {
      if (bits[first + j]) values[first + j] = original[first + j];
    }
  }
  solved.copyFrom(values);
}

/** The share of inputs that are 0 in all samples, over layers whose inputs are known; undefined where none is. */
export function deadShareOf(
  layers: readonly { readonly inputs: number; readonly dead: readonly number[] | undefined }[],
): number | undefined {
  const known = layers.flatMap(({ inputs, dead }) => (dead ? [{ inputs, dead: dead.length }] : []));
  if (known.length === 0) return undefined;
  const [inputs, dead] = known.reduce(([n, d], layer) => [n + layer.inputs, d + layer.dead], [0, 0]);
  return inputs === 0 ? 0 : dead / inputs;
}
