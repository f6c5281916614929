/** The race of one layer's product. */

/** Who runs, and how each looks in the chart. */
export const RUNNERS = {
  simd: { label: "Wasm simd", colour: "var(--ticket)", symbol: "circle", dashes: "none" },
  relaxed: { label: "Wasm relaxed", colour: "var(--reinitialised)", symbol: "square", dashes: "7 4" },
  tuned: { label: "Tuned JavaScript", colour: "var(--shuffled)", symbol: "triangle", dashes: "2 3" },
  plain: { label: "Plain JavaScript", colour: "var(--dense)", symbol: "diamond", dashes: "9 3 2 3" },
} as const;

export type Runner = keyof typeof RUNNERS;

/** What is run. */
export interface RaceSettings {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly sparsities: readonly number[];
  /** Rounds of all runners, one after the other; the median counts. */
  readonly samples: number;
}

/** What there is to say at the end. */
export interface RaceResult {
  readonly seconds: number;
  /** What the browser's clock steps by, in ms: coarse where pages are not isolated from each other. */
  readonly clockMs: number;
  /** Least time of a sample, in ms. */
  readonly sampleMs: number;
}

/** What came out. */
export type RaceEvent =
  | { readonly kind: "running"; readonly sparsity: number; readonly done: number; readonly of: number }
  | { readonly kind: "absent"; readonly runner: Runner }
  | {
      readonly kind: "time";
      readonly runner: Runner;
      readonly sparsity: number;
      readonly microseconds: number;
      /** What the layer chose, or which JavaScript was the faster. */
      readonly how: string;
    };
