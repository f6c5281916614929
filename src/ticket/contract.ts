/** What the constructions of strong tickets share: the layers they build and what is known of their errors. */

/** A sparse layer of a ticket: kept weights alone, row after row, then ReLU if it has one. */
export interface TicketLayer {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** Where each row's weights begin, and the number of all: rows + 1. */
  readonly rowStarts: Uint32Array;
  /** Inputs of the kept weights, ascending in each row. */
  readonly columnIndices: Uint32Array;
  /** Kept weights. */
  readonly values: Float32Array;
  /** One a row; 0 = pruned. */
  readonly bias: Float32Array;
  /** Whether ReLU follows. */
  readonly relu: boolean;
}

/** A fully connected layer that a block approximates. */
export interface TargetLayer {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** rows × columns, row after row. */
  readonly weights: Float32Array;
  /** One a row. */
  readonly bias: Float32Array;
  /** Whether ReLU follows. */
  readonly relu: boolean;
}

/** How far a block is from its target: what a certificate is made of. */
export interface Residuals {
  /**
   * rows × columns. The block's output i is Σ_j g_ij(x_j) + its bias; weights[i, j] ≥ sup |g_ij(x) − w_ij x| / |x|
   * over the inputs x that the block is built for, rounding included.
   */
  readonly weights: Float64Array;
  /** One a row: ≥ |bias of the block − bias of the target|. */
  readonly bias: Float64Array;
}

/** Two random layers, pruned to approximate one target layer. */
export interface TicketBlock {
  /**
   * Random neurons with one kept incoming weight each (or their bias alone), ReLU. Neurons without use are left
   * out.
   */
  readonly inner: TicketLayer;
  /** From those neurons to the target's outputs; the target's ReLU. */
  readonly outer: TicketLayer;
  /** How far it is from its target. */
  readonly residuals: Residuals;
  /** Random neurons that were drawn, those left out included. */
  readonly neurons: number;
  /** Target weights and biases whose residual is above epsilon. */
  readonly failures: number;
}
