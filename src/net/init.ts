/** Random initialisation of weights, a pure function of (rule, shape, seed, layer). */
import { STREAM, seedWords } from "../random.js";
import type { Matrix } from "../tensor/matrix.js";

/** The rules of `initialise`, by name. */
export const INITS = [
  "glorot-normal",
  "glorot-uniform",
  "kaiming-normal",
  "kaiming-uniform",
  "kaiming-constant",
] as const;

/** How weights are drawn. */
export type Init = (typeof INITS)[number];

/**
 * Fills the weights of a layer.
 *
 * | rule | law |
 * |---|---|
 * | glorot-normal | N(0, 2 / (inputs + outputs)), not truncated (Glorot & Bengio 2010) |
 * | glorot-uniform | U(−b, b), b² = 6 / (inputs + outputs) |
 * | kaiming-normal | N(0, 2 / inputs) (He et al. 2015) |
 * | kaiming-uniform | U(−b, b), b² = 6 / inputs |
 * | kaiming-constant | ±√(2 / inputs), signs by a fair coin (Ramanujan et al. 2019) |
 *
 * @param weights  outputs × inputs, without gaps between rows; overwritten
 * @param init  the rule
 * @param seed  an integer from 0 to 2⁵³ − 1
 * @param layer  number of the layer: layers of one seed get different weights
 * @param places  in which an output sees an input: positions of a convolution's window, whose outputs count once
 *   for each in glorot's rules. Default 1
 */
export function initialise(weights: Matrix, init: Init, seed: number, layer: number, places = 1): void {
  const { core, rows: outputs, columns: inputs, ptr } = weights;
  const length = outputs * inputs;
  const key = [...seedWords(seed), STREAM.weights, layer] as const;
  if (init === "kaiming-constant") {
    core.kernels.f32_random_signs(length, deviationOf(init, inputs, outputs, places), ...key, ptr);
  } else if (init.endsWith("normal")) {
    core.kernels.f32_random_normal(length, 0, deviationOf(init, inputs, outputs, places), ...key, ptr);
  } else {
    const bound = Math.sqrt(6 / fanOf(init, inputs, outputs, places));
    core.kernels.f32_random_uniform(length, -bound, bound, ...key, ptr);
  }
}

/**
 * The standard deviation of the weights of a layer, whatever the shape of their law.
 *
 * @param init  the rule
 * @param inputs  of the layer
 * @param outputs  of the layer
 * @param places  in which an output sees an input, as for `initialise`
 */
export const deviationOf = (init: Init, inputs: number, outputs: number, places: number): number =>
  Math.sqrt(2 / fanOf(init, inputs, outputs, places));

const fanOf = (init: Init, inputs: number, outputs: number, places: number): number =>
  init.startsWith("glorot") ? inputs + places * outputs : inputs;
