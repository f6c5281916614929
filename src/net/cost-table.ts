/**
 * Written by `npm run bench -- --fit`: nanoseconds a stored weight, variant simd.
 * 784 inputs, 300 outputs; AMD EPYC, Node 24.21.0.
 */
import type { Cost, KernelChoice } from "./cost.js";

export const COSTS: Readonly<Record<KernelChoice, Cost>> = {
  dense: { one: 0.0632, panel: 1.6302, start: 0.2665, quad: 0.1854 },
  csr: { one: 0.4422, panel: 2.0971, start: 0.6046, quad: 0.1742 },
  "block-4x1": { one: 0.1332, panel: 1.8869, start: 0.0451, quad: 0.2403 },
  "block-1x4": { one: 0.1824, panel: 2.2051, start: 0.3711, quad: 0.4219 },
  "2:4": { one: 0.2002, panel: 2.0753, start: 0.4934, quad: 0.4361 },
  "1:4": { one: 0.2194, panel: 2.4524, start: 0.528, quad: 0.459 },
  "4:8": { one: 0.3662, panel: 2.2206, start: 0.4448, quad: 0.4636 },
};
