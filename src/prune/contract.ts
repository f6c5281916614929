/** What a pruning method is: one that solves layers from the Hessian of their inputs, or one that sees the network. */

import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import type { TaskQueue } from "../runtime/elsewhere.js";
import type { Hooks } from "../runtime/serve.js";
import type { Pattern, Target } from "../select/pattern.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/** One layer's problem: min ‖W′X − WX‖² over W′ with zeros where the pattern wants them. */
export interface LayerProblem {
  /** rows × columns, f32. */
  readonly weights: Matrix;
  /** columns × columns, f64: 2·XXᵀ / N over the calibration samples, without damping; both triangles. */
  readonly hessian: DoubleMatrix;
  /** What is pruned already and stays so; absent = nothing. */
  readonly mask?: Mask;
}

/** A layer solved. Matrices live in the innermost scope that was open when they were made. */
export interface LayerSolution {
  /** rows × columns, +0 where pruned. */
  readonly weights: Matrix;
  /** rows × columns, 1 = kept. */
  readonly mask: Mask;
}

/** How far a long work is: `done` of `total` units, from 0. */
export interface WorkDone {
  /** Units finished. */
  readonly done: number;
  /** Units in all. */
  readonly total: number;
}

/** Who watches, who may stop it, and how many hands it has. */
export interface WorkOptions extends Hooks<WorkDone> {
  /** 0 = all in this thread; default the host's parallelism, and this thread where no worker starts. Same result. */
  readonly workers?: number;
  /** Takes tasks to other machines instead: what `openQueue` of golden-ticket/queue gives. Same result. */
  readonly queue?: TaskQueue;
  /** From 0 to 2⁵³ − 1. */
  readonly seed?: number;
}

/** What traces are made of: plain arrays, to be kept and given to `traces` again. */
export type TraceArrays = Readonly<Record<string, Uint32Array | Float32Array>>;

/** The losses of pruning a layer to any number of zeros, found in one pass, and the weights for each. */
export interface LayerTraces {
  /** Absent where they cannot be made again without the work. */
  readonly arrays?: TraceArrays;
  /** Zeros → ‖W′X − WX‖²/N with as many zeros in the layer, for 0 … all that the pattern allows; non-decreasing. */
  lossAt(zeros: number): number;
  /** The layer with exactly that many zeros. Rejects as `solve` does. */
  at(zeros: number, options?: WorkOptions): Promise<LayerSolution>;
}

/** Solves layer by layer from the Hessian of the layer's inputs. */
export interface LayerMethod {
  readonly kind: "layer";
  /** For messages. */
  readonly name: string;
  /** Rejects with the signal's reason, or a NotPositiveDefiniteError; the problem is left as it was. */
  solve(problem: LayerProblem, target: Target, options: WorkOptions): Promise<LayerSolution>;
  /**
   * All sparsities in one pass, where the method can.
   *
   * @param arrays  of traces of the same problem: nothing is worked out anew then
   */
  traces?(
    problem: LayerProblem,
    pattern: Pattern,
    options: WorkOptions,
    arrays?: TraceArrays,
  ): Promise<LayerTraces>;
}

/** Sees all layers at once, and the gradients. Prunes the network in place, to exactly the targets. */
export interface NetworkMethod {
  readonly kind: "network";
  /** For messages. */
  readonly name: string;
  /** What it has to be given: nothing, samples, or samples with labels. */
  readonly needs: "nothing" | "inputs" | "labels";
  /** Whether it squares activations or gradients in f32: samples that are far from 1 are refused then. */
  readonly squares?: boolean;
  /** Whether it moves the kept weights to make up for the pruned ones. */
  readonly compensates?: boolean;
  /**
   * Prunes the network.
   *
   * @param net  pruned in place: weights and masks
   * @param data  samples in the network's core; undefined when it needs nothing and was given nothing
   * @param targets  one a layer; or one number of zeros over all layers, unstructured
   */
  solve(
    net: Network,
    data: Dataset | undefined,
    targets: readonly Target[] | number,
    options: WorkOptions,
  ): Promise<void>;
}

/** What `prune` takes as its method. */
export type Method = LayerMethod | NetworkMethod;
