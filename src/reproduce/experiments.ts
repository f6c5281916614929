/** All reproductions: `npm run reproduce` runs over the table. */
import type { Experiment } from "./contract.js";
import { fourierDescent, reluDescent } from "./double-descent.js";
import { sharesKept, swapLemma, untrainedAccuracy } from "./edge-popup.js";
import { contraction, criticalBatch } from "./interpolation.js";
import { monks } from "./monks.js";
import { obdPrediction, obdRetraining } from "./obd.js";
import { lenetFirstLayer, methodOrder, sparsegptLoss, swapsAfterWanda } from "./one-layer.js";
import { mlpnet, twoPercent } from "./one-shot.js";
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
import { conservation, layerCollapse } from "./synflow.js";
import { accuracy, agreement, earlyStop, ladder, signs, sources } from "./tickets.js";
import { xnor, xor } from "./xor.js";

export const EXPERIMENTS: readonly Experiment[] = [
  ladder,
  earlyStop,
  accuracy,
  signs,
  sources,
  agreement,
  untrainedAccuracy,
  sharesKept,
  swapLemma,
  connectivity,
  rigl,
  conservation,
  layerCollapse,
  ...monks,
  xor,
  xnor,
  obdPrediction,
  obdRetraining,
  mlpnet,
  twoPercent,
  lenetFirstLayer,
  methodOrder,
  sparsegptLoss,
  swapsAfterWanda,
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
  fourierDescent,
  reluDescent,
  contraction,
  criticalBatch,
];
