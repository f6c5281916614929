/** All reproductions: `npm run reproduce` runs over the table. */
import type { Experiment } from "./contract.js";
import { fourierDescent, reluDescent } from "./double-descent.js";
import { contraction, criticalBatch } from "./interpolation.js";
import { lenetFirstLayer, mlpnet, obdPrediction, obdRetraining } from "./mnist-nets.js";
import { monks } from "./monks.js";
import { xnor, xor } from "./xor.js";

export const EXPERIMENTS: readonly Experiment[] = [
  ...monks,
  xor,
  xnor,
  obdPrediction,
  obdRetraining,
  mlpnet,
  lenetFirstLayer,
  fourierDescent,
  reluDescent,
  contraction,
  criticalBatch,
];
