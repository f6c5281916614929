/** What the comparison of pruning methods takes and tells. */
import type { Recipe } from "../laboratory.js";

/** The methods, and how they look in the chart. */
export const METHODS = {
  "exact-obs": { label: "Exact OBS", colour: "var(--ticket)", symbol: "circle", dashes: "none" },
  sparsegpt: { label: "SparseGPT", colour: "var(--reinitialised)", symbol: "square", dashes: "7 4" },
  wanda: { label: "Wanda", colour: "var(--shuffled)", symbol: "triangle", dashes: "2 3" },
  magnitude: { label: "Magnitude", colour: "var(--dense)", symbol: "diamond", dashes: "9 3 2 3" },
} as const;

export type PruneMethod = keyof typeof METHODS;

/** Sparsities that the slider has. */
export const STEPS = 120;
const LEAST_DENSITY = 0.01;

/**
 * Share of zeros at a step of the slider: equal steps of the logarithm of the density.
 *
 * @param step  from 0 to STEPS − 1
 */
export const sparsityAt = (step: number): number => 1 - LEAST_DENSITY ** (step / (STEPS - 1));

/** Which network, and on which digits it is pruned. */
export interface PruneSettings extends Recipe {
  /** Training digits that the methods see. */
  readonly calibration: number;
}

/** The first layer, pruned by a method to the sparsity of a step. */
export interface LayerPoint {
  readonly method: PruneMethod;
  readonly step: number;
  /** ½ Σ δ (H + λI) δᵀ over the rows, δ what the weights are off by, relative to the same of the weights. */
  readonly error: number;
  /** Weights kept, by input. */
  readonly keptPerInput: Uint16Array;
}

/** The network, pruned by a method to the sparsity of a step. */
export interface NetworkPoint {
  readonly method: PruneMethod;
  readonly step: number;
  /** On the test digits. */
  readonly accuracy: number;
}

/** Where the comparison is. */
export type PruneEvent =
  | { readonly kind: "training"; readonly done: number; readonly of: number }
  | { readonly kind: "trained"; readonly accuracy: number }
  | { readonly kind: "working"; readonly words: string; readonly done: number; readonly of: number }
  | ({ readonly kind: "layer" } & LayerPoint)
  | ({ readonly kind: "network" } & NetworkPoint);
