/**
 * Written by `npm run bench -- --fit`: nanoseconds a stored weight, variant simd.
 * 784 inputs, 300 outputs; AMD EPYC, Node 20.20.2.
 */
import type { Cost, KernelChoice } from "./cost.js";

export const COSTS: Readonly<Record<KernelChoice, Cost>> = {
  dense: { one: 0.0643, panel: 1.4561, start: 0.2257, quad: 0.1826 },
  csr: { one: 0.3156, panel: 1.8861, start: 0.6015, quad: 0.1635 },
  "block-4x1": { one: 0.1244, panel: 1.8431, start: 0.0636, quad: 0.2435 },
  "block-1x4": { one: 0.172, panel: 2.1914, start: 0.3961, quad: 0.3831 },
  "2:4": { one: 0.1694, panel: 1.9398, start: 0.4463, quad: 0.3625 },
  "1:4": { one: 0.1922, panel: 2.1662, start: 0.5095, quad: 0.4126 },
  "4:8": { one: 0.3877, panel: 2.0128, start: 0.4582, quad: 0.3863 },
};
