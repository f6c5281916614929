/** Plain twin of assembly/train/bias-gradient.ts. Sums in f64. */
import { panelIndex } from "../dense/panels.js";

export function f32_bias_gradient(features: number, batch: number, dy: Float32Array, db: Float32Array): void {
  for (let f = 0; f < features; f++) {
    let sum = 0;
    for (let s = 0; s < batch; s++) sum += dy[panelIndex(features, batch, f, s)];
    db[f] = sum;
  }
}
