/** What `prune` measures, as its report takes it. */

/** A layer after pruning. */
export interface PruneReportLayer {
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  readonly kept: number;
  /** Of its outputs; null without samples. */
  readonly relativeError: number | null;
  /** Errors by share of zeros; empty where no pass told them. */
  readonly curve: readonly { readonly sparsity: number; readonly error: number }[];
  /** rows × columns, 1 = kept. */
  readonly mask: Uint8Array;
}

/** The model at one sparsity. */
export interface PruneReportRun {
  readonly sparsity: number;
  readonly outputError: number | null;
  /** On samples held back; null without labels. */
  readonly accuracy: number | null;
  readonly bytes: number;
  /** As `packing` of the report says, where that is less. */
  readonly smallestBytes: number;
}

/** A pruning. */
export interface PruneReport {
  readonly method: string;
  /** Name of the file. */
  readonly model: string;
  readonly version: string;
  readonly seconds: number;
  /** At least one. */
  readonly runs: readonly PruneReportRun[];
  /** Of the run that is shown layer by layer. */
  readonly layers: readonly PruneReportLayer[];
  /** Which of the runs that is. */
  readonly shown: number;
  readonly accuracyBefore: number | null;
  /** The samples that accuracies are of, in words. */
  readonly judgedBy: string;
  readonly bytesBefore: number;
  /** What the smallest bytes are of, in words: "gzipped". */
  readonly packing: string;
  /** Weights of the file that stay as they are, and why. */
  readonly unpruned: readonly {
    readonly name: string;
    readonly rows: number;
    readonly columns: number;
    readonly reason: string;
  }[];
  readonly settings: readonly (readonly [name: string, value: string | number])[];
  /** That gives the same file. */
  readonly command: string;
}
