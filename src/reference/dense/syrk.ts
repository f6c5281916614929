/** Plain twin of assembly/dense/syrk.ts. Sums in f64. */
import { panelIndex } from "./panels.js";

export function f32_syrk_panels(
  n: number,
  batch: number,
  _packed: Float32Array,
  x: Float32Array,
  h: Float32Array,
  ldh: number,
  flags: number,
  _scratch?: unknown,
): void {
  const at = (f: number, s: number) => x[panelIndex(n, batch, f, s)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = flags & 1 ? h[i * ldh + j] : 0;
      for (let s = 0; s < batch; s++) sum += at(i, s) * at(j, s);
      h[i * ldh + j] = sum;
      h[j * ldh + i] = sum;
    }
}
