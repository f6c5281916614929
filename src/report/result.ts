/** What `find` measures: the contract of `result.json`, and what the report is made of. */

/** One training run from a given mask and start. */
export interface Evaluation {
  /** On the test set, after the last iteration; 0 to 1. */
  readonly accuracy: number;
  /** Where the validation loss is smallest; null when that is at the end, so that no stop was reached. */
  readonly earlyStopIteration: number | null;
  /** On the test set at that iteration; 0 to 1. */
  readonly earlyStopAccuracy: number;
  readonly history: readonly {
    readonly iteration: number;
    readonly validationLoss: number;
    readonly validationAccuracy: number;
  }[];
}

/** The same mask size without the ticket's luck: other weights, or the mask shuffled inside each layer. */
export interface Control {
  /** Mean over the trials. */
  readonly accuracy: number;
  /** Mean over the trials; null = not reached. */
  readonly earlyStopIteration: number | null;
  readonly trials: readonly Evaluation[];
}

/** The network at one density, and its controls when they were run. */
export interface Round {
  readonly round: number;
  /** Share of the prunable weights that is kept, 0 to 1. */
  readonly density: number;
  /** On the test set after the last iteration, mean over the trials; 0 to 1. */
  readonly accuracy: number;
  /** Mean over the trials; null = not reached: the least validation loss lies in the last tenth. */
  readonly earlyStopIteration: number | null;
  readonly layers: readonly { readonly name: string; readonly kept: number; readonly size: number }[];
  readonly trials: readonly Evaluation[];
  readonly control: {
    readonly reinitialised: Control | null;
    readonly shuffled: Control | null;
    readonly signs?: Control | null;
  };
}

/** A whole search. `rounds` go from dense to sparse; the first is the dense network. */
export interface Result {
  /** A name of `find --method`. */
  readonly method: string;
  readonly seed: number;
  readonly variant: string;
  /** Of this package. */
  readonly version: string;
  readonly preset: string;
  readonly data: string;
  /** Units per layer, inputs first. */
  readonly sizes: readonly number[];
  /** Name of a network with convolutions; `sizes` are the numbers behind its layers then. */
  readonly network?: string;
  /** Of each training run. */
  readonly iterations: number;
  readonly trials: number;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly rounds: readonly Round[];
  readonly seconds: number;
  readonly ticketSha256: string;
  /** Of the network trained from that ticket; absent in results of older versions. */
  readonly networkSha256?: string;
  readonly host: string;
}

/** The first layer at one density, for networks that look at 28 × 28 pixels. */
export interface Picture {
  readonly density: number;
  /** 784 counts: how many of the first layer's weights on that pixel are kept. */
  readonly keptPerInput: readonly number[];
  /** Some neurons of the first layer: 784 weights and 784 mask values, 1 = kept. */
  readonly features: readonly { readonly weights: Float32Array; readonly mask: Uint8Array }[];
}

export interface ReportInput {
  readonly result: Result;
  readonly pictures: readonly Picture[];
}
