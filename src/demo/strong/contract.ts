/** What building a strong ticket takes and tells. */
import type { Recipe } from "../laboratory.js";

/** Which target, and how near each weight is to come. */
export interface StrongSettings extends Recipe {
  readonly epsilon: number;
  /** Of the random network. */
  readonly ticketSeed: number;
}

/** Where the construction is. */
export type StrongEvent =
  | { readonly kind: "training"; readonly done: number; readonly of: number }
  | {
      readonly kind: "layer";
      readonly layer: number;
      readonly layers: number;
      readonly done: number;
      readonly of: number;
    };

/** What was built. */
export interface StrongResult {
  /** Neurons per layer of the target, inputs first. */
  readonly sizes: readonly number[];
  /** Of the random network's. */
  readonly ticketSizes: readonly number[];
  readonly targets: number;
  /** Random neurons drawn, those pruned away included. */
  readonly neurons: number;
  readonly kept: number;
  readonly epsilon: number;
  readonly failures: number;
  readonly maxWeightError: number;
  /** log₁₀ of each weight's residual; those that are 0 left out. */
  readonly residuals: Float32Array;
  /** ≥ |difference| of any output, for any picture. */
  readonly certified: number;
  /** The largest |difference| of an output over the test digits. */
  readonly sampled: number;
  /** Share of the test digits that both take for the same. */
  readonly agreement: number;
  readonly accuracy: { readonly target: number; readonly ticket: number };
  readonly seconds: number;
  readonly verified: Verified;
  /** What the visitor may keep, as JSON. */
  readonly certificate: string;
}

/** The certificate, gone through again. */
export interface Verified {
  /** Sums of kept products that were made again. */
  readonly sums: number;
  /** Of them, those farther off than their residual says. */
  readonly beyond: number;
  /** What the residuals bound the outputs' error by, worked out again. */
  readonly maximum: number;
}

/** One weight of the target and the random products from which its sum was chosen. */
export interface WeightSum {
  readonly target: number;
  /** The pool, and what was kept of others. */
  readonly products: Float64Array;
  /** 1 = kept, one a product. */
  readonly kept: Uint8Array;
  /** Products of the first pool; those after it are of later ones. */
  readonly pool: number;
  /** ≥ |target − sum|, as the certificate has it. */
  readonly residual: number;
}
