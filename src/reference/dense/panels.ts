/** Plain twins of assembly/dense/panels.ts. */

/** Samples a panel has room for, when `rest` samples are left. */
export function panelWidth(rest: number): number {
  return rest >= 32 ? 32 : rest === 1 ? 1 : (rest + 3) & ~3;
}

/** Samples of a whole batch in panels, padding included. */
export function paddedBatch(batch: number): number {
  return (batch & ~31) + panelWidth(batch & 31);
}

/** Element of feature f of sample s in panels. */
export function panelIndex(features: number, batch: number, f: number, s: number): number {
  const first = s & ~31;
  return first * features + f * panelWidth(batch - first) + (s - first);
}

export function f32_panels_from_rows(
  features: number,
  batch: number,
  x: Float32Array,
  ldx: number,
  y: Float32Array,
): void {
  y.fill(0);
  for (let s = 0; s < batch; s++)
    for (let f = 0; f < features; f++) y[panelIndex(features, batch, f, s)] = x[s * ldx + f];
}

export function f32_rows_from_panels(
  features: number,
  batch: number,
  x: Float32Array,
  y: Float32Array,
  ldy: number,
): void {
  for (let s = 0; s < batch; s++)
    for (let f = 0; f < features; f++) y[s * ldy + f] = x[panelIndex(features, batch, f, s)];
}
