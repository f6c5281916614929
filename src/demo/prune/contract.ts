/** What the comparison of pruning methods takes and tells. */
import type { Picture } from "../../report/result.js";
import type { Recipe } from "../laboratory.js";

/** The methods, and how they look in the chart. */
export const METHODS = {
  "exact-obs": { label: "Exact OBS", colour: "var(--ticket)", symbol: "circle", dashes: "none" },
  sparsegpt: { label: "SparseGPT", colour: "var(--reinitialised)", symbol: "square", dashes: "7 4" },
  wanda: { label: "Wanda", colour: "var(--shuffled)", symbol: "triangle", dashes: "2 3" },
  magnitude: { label: "Magnitude", colour: "var(--dense)", symbol: "diamond", dashes: "9 3 2 3" },
} as const;

export type PruneMethod = keyof typeof METHODS;

/** Which network, at which sparsities. */
export interface PruneSettings extends Recipe {
  /** Shares of zeros, in the order in which they are wanted. */
  readonly sparsities: readonly number[];
  /** Training digits that the methods see. */
  readonly calibration: number;
}

/** A network pruned by a method to a sparsity. */
export interface PrunedPoint {
  readonly method: PruneMethod;
  readonly sparsity: number;
  /** On the test digits. */
  readonly accuracy: number;
  /** ‖f′(X) − f(X)‖² / ‖f(X)‖² over the calibration digits. */
  readonly outputError: number;
  readonly kept: number;
  readonly picture: Picture;
}

/** Where the comparison is. */
export type PruneEvent =
  | { readonly kind: "training"; readonly done: number; readonly of: number }
  | { readonly kind: "trained"; readonly accuracy: number }
  | { readonly kind: "working"; readonly method: PruneMethod; readonly sparsity: number }
  | ({ readonly kind: "point"; readonly done: number; readonly of: number } & PrunedPoint);
