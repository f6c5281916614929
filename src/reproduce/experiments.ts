/** All reproductions: `npm run reproduce` runs over the table. */
import type { Experiment } from "./contract.js";
import { fourierDescent, reluDescent } from "./double-descent.js";
import { sharesKept, swapLemma, untrainedAccuracy } from "./edge-popup.js";
import { contraction, criticalBatch } from "./interpolation.js";
import { lenetFirstLayer, mlpnet, obdPrediction, obdRetraining } from "./mnist-nets.js";
import { monks } from "./monks.js";
import { builtNetwork, ownPools, rowPools } from "./pensia.js";
import { connectivity, rigl } from "./sparse-training.js";
import {
  lenetTicket,
  malachFailures,
  neuronSelection,
  neuronsPerWeight,
  orseauFailures,
} from "./strong-tickets.js";
import { goldenRatio, successTable } from "./subset-sums.js";
import { accuracy, agreement, earlyStop, signs, sources } from "./tickets.js";
import { xnor, xor } from "./xor.js";

export const EXPERIMENTS: readonly Experiment[] = [
  earlyStop,
  accuracy,
  signs,
  sources,
  agreement,
  connectivity,
  rigl,
  ...monks,
  xor,
  xnor,
  obdPrediction,
  obdRetraining,
  mlpnet,
  lenetFirstLayer,
  rowPools,
  ownPools,
  builtNetwork,
  lenetTicket,
  successTable(20_000),
  goldenRatio,
  neuronsPerWeight,
  orseauFailures(1000),
  malachFailures(1000),
  neuronSelection,
  untrainedAccuracy,
  sharesKept,
  swapLemma,
  fourierDescent,
  reluDescent,
  contraction,
  criticalBatch,
];
