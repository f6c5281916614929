/**
 * Written by `npm run bench -- --fit`: nanoseconds a stored weight, 784 inputs, 300 outputs, variant simd.
 * AMD EPYC (Zen 4), Node 20.20.2.
 */
import type { Cost, KernelChoice } from "./cost.js";

export const COSTS: Readonly<Record<KernelChoice, Cost>> = {
  dense: { one: 0.06, panel: 1.45, start: 0.18, quad: 0.18 },
  csr: { one: 0.27, panel: 1.85, start: 0.5, quad: 0.2 },
  "block-4x1": { one: 0.08, panel: 1.6, start: 0.4, quad: 0.18 },
  "block-1x4": { one: 0.08, panel: 1.95, start: 0.5, quad: 0.2 },
  "2:4": { one: 0.1, panel: 1.9, start: 0.5, quad: 0.2 },
  "1:4": { one: 0.1, panel: 1.9, start: 0.5, quad: 0.2 },
  "4:8": { one: 0.27, panel: 1.9, start: 0.5, quad: 0.2 },
};
