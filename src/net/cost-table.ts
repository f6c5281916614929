/**
 * Written by `npm run bench -- --fit`: nanoseconds a stored weight, variant simd.
 * 784 inputs, 300 outputs; AMD EPYC, Node 24.21.0.
 */
import type { Cost, KernelChoice } from "./cost.js";

export const COSTS: Readonly<Record<KernelChoice, Cost>> = {
  dense: { one: 0.0675, panel: 1.5047, start: 0.2673, quad: 0.1922 },
  csr: { one: 0.3897, panel: 2.2344, start: 0.6013, quad: 0.1615 },
  "block-4x1": { one: 0.1294, panel: 1.9198, start: 0.0572, quad: 0.2455 },
  "block-1x4": { one: 0.1849, panel: 2.3605, start: 0.3103, quad: 0.472 },
  "2:4": { one: 0.2035, panel: 2.2204, start: 0.3698, quad: 0.5253 },
  "1:4": { one: 0.2172, panel: 2.5, start: 0.5566, quad: 0.4825 },
  "4:8": { one: 0.3651, panel: 2.1726, start: 0.5526, quad: 0.4591 },
};
