/**
 * The problem that the dense rivals solve: Y = X · Wᵀ, a layer without bias.
 *
 *   x  batch × inputs     row-major
 *   w  outputs × inputs   row-major; the same for all calls, so it may be brought into any form beforehand
 *   y  batch × outputs    row-major, written by every call
 */
export interface Dense extends Layer {
  batch: number;
  x: Float32Array;
}

export interface Layer {
  inputs: number;
  outputs: number;
  w: Float32Array;
}

/** Wᵀ, inputs × outputs row-major: the orientation that tensor libraries multiply by. */
export function transposedWeights({ inputs, outputs, w }: Layer): Float32Array<ArrayBuffer> {
  const transposed = new Float32Array(inputs * outputs);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) transposed[i * outputs + o] = w[o * inputs + i];
  return transposed;
}
