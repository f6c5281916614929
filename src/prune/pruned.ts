/** What a pruning did. */
import type { Mask } from "../tensor/mask.js";

/** A layer after pruning. */
export interface PrunedLayer {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** Kept weights. */
  readonly kept: number;
  /** Share of zeros. */
  readonly sparsity: number;
  /**
   * ‖W′X − WX‖² / ‖WX‖², X from the pruned layers before it; undefined without samples, or the memory for X. Weights
   * alone: OBS over the whole network moves biases as well, which `outputError` sees.
   */
  readonly relativeError: number | undefined;
  /**
   * Inputs that are 0 in all calibration samples, ascending: their weights do nothing there, so that they are the first
   * to go. Undefined without samples.
   */
  readonly deadInputs: readonly number[] | undefined;
  /** Bit 1 = kept; the layer's own. */
  readonly mask: Mask;
}

/** What `prune` did. */
export interface Pruned {
  /** Inputs first. */
  readonly layers: readonly PrunedLayer[];
  /** Share of zeros of all weights. */
  readonly sparsity: number;
  /** Share of dead inputs over all layers: what the samples tell nothing of. Undefined without samples. */
  readonly deadShare: number | undefined;
  /**
   * ‖f′(X) − f(X)‖² / ‖f(X)‖², f the network before pruning and f′ after, over the calibration samples; undefined
   * without. Under `maxError` as it was judged, all products dense.
   */
  readonly outputError: number | undefined;
  /** Why errors are missing, where the comparison after the work failed: the network is pruned all the same. */
  readonly compareError?: Error;
  /**
   * Brings the network to another sparsity without pruning anew: for methods with traces, in the same budget, from the
   * layer inputs of the first run; where that was not `sequential`, to the bytes that a run of its own gives.
   *
   * @param sparsity  from 0 to 1
   * @throws {ArgumentRangeError} when the method has no traces, or the pattern decides its own sparsity
   */
  at(sparsity: number): Promise<Pruned>;
  /**
   * About the error of a layer at any number of zeros, ‖W′X − WX‖² / ‖WX‖²: as its traces know it, under damping.
   *
   * @param layer  from 0
   * @param zeros  in the layer, a multiple of the pattern's blocks
   * @returns undefined for methods without traces
   * @throws {ArgumentTypeError | ArgumentRangeError} when there is no such layer, or it has fewer weights
   */
  lossAt(layer: number, zeros: number): number | undefined;
}
