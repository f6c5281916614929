/**
 * db[f] := Σ_s dy[f, s]: the bias gradient, row sums over the batch, f32.
 *
 *   dy   features × batch in panels (dense/panels.ts); padding lanes must be +0, as loss gradients are
 *   db   features, overwritten
 *
 * Each row is summed in 4 lanes, panel after panel, then across. Pointers 4-byte aligned, no overlap.
 */
import { panel_width } from "../dense/panels";
import { f32_hsum } from "../simd";

export function f32_bias_gradient(features: u32, batch: u32, dy: usize, db: usize): void {
  assert(((dy | db) & 3) == 0);
  for (let f: u32 = 0; f < features; f++) {
    let lanes = f32x4.splat(0);
    let single: f32 = 0;
    let panel = dy;
    for (let s: u32 = 0; s < batch; s += 32) {
      const width = panel_width(batch - s);
      const row = panel + ((<usize>f * width) << 2);
      if (width == 1) single = load<f32>(row);
      else {
        for (let at: usize = 0; at < (<usize>width) << 2; at += 16) {
          lanes = f32x4.add(lanes, v128.load(row + at));
        }
      }
      panel += (<usize>features * width) << 2;
    }
    store<f32>(db + ((<usize>f) << 2), f32_hsum(lanes) + single);
  }
}
