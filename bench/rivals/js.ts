import type { Prepared } from "../measure.js";
import type { Dense } from "./dense.js";

/** The plain product, sums in f64; the reference of the dense cases. */
export function product({ batch, inputs, outputs, x, w }: Dense, y: Float32Array): void {
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += x[b * inputs + i] * w[o * inputs + i];
      y[b * outputs + o] = sum;
    }
}

export function denseJs(dense: Dense): Prepared {
  const y = new Float32Array(dense.batch * dense.outputs);
  return { run: () => product(dense, y), output: () => y };
}
