/** Plain twin of assembly/train/panels-from-bytes.ts; same bits. */
import { panelIndex } from "../dense/panels.js";

export function f32_panels_from_bytes(
  features: number,
  batch: number,
  x: Uint8Array,
  indices: Uint32Array,
  scale: number,
  y: Float32Array,
): void {
  const factor = Math.fround(scale);
  y.fill(0);
  for (let s = 0; s < batch; s++)
    for (let f = 0; f < features; f++)
      y[panelIndex(features, batch, f, s)] = Math.fround(factor * x[indices[s] * features + f]);
}
