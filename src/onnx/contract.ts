/** What pruning an ONNX model takes, and gives. */

import type { OnnxFiles, OnnxPatch } from "../io/onnx/external.js";
import type { Budget } from "../prune/budgets.js";
import type { LayerRecord } from "../prune/prune-options.js";
import type { TaskQueue } from "../runtime/elsewhere.js";
import type { Pattern } from "../select/pattern.js";
import type { IntegerArray } from "./input-types.js";
import type { MethodName } from "./methods.js";
import type { Runtime } from "./runtime.js";
import type { OnnxSamples } from "./samples.js";
import type { Compared } from "./verify.js";

/** What `pruneOnnx` takes beside the file. */
export interface OnnxPruneOptions {
  /** Default "exact-obs". */
  readonly method?: MethodName;
  /** Share of zeros among the weights of the layers that are pruned, from 0 to 1. N:M decides its own. */
  readonly sparsity?: number;
  /**
   * Instead of a sparsity: how far an output may be from what it was, the `relativeError` of each over the calibration
   * samples. Outputs that cannot be compared (no tensors, empty or 0 on all samples) are left out, and told.
   * The sparsity is k / 1024 with the largest k that bisection finds, 0 where none is within the error. For
   * "exact-obs" but N:M.
   */
  readonly maxError?: number;
  /** Default unstructured. */
  readonly pattern?: Pattern;
  /**
   * How zeros are divided among layers: "optimal" or "global", by the losses of all, for "exact-obs" but N:M;
   * "uniform"; "erdos-renyi". Default "optimal" where there are losses, else "uniform".
   */
  readonly budget?: Exclude<Budget, readonly number[]>;
  /**
   * Files beside the model that hold values of it, by the names that it has for them (`onnxFiles`): bytes, or what
   * reads a part.
   */
  readonly files?: OnnxFiles;
  /** What the model is run on, by the names of its inputs; needed by all methods but "magnitude" and "random". */
  readonly calibration?: OnnxSamples;
  /** A class a sample, from 0 to 65,535: gives accuracies before and after. */
  readonly labels?: IntegerArray;
  /**
   * Beside labels: share of the samples, in whole runs, that is not pruned by and gives the accuracies, from 0 to 0.9.
   * Default 0: all samples give them. Outputs are compared on all.
   */
  readonly heldBack?: number;
  /**
   * Samples a run of the model. Default 8, fewer where a sample has more than 2¹⁵ numbers, and 1 where an input is no
   * list of samples, or the model does not run on several.
   */
  readonly batch?: number;
  /** Of the mean of the Hessian's diagonal. Default 0.01. */
  readonly damping?: number;
  /** Names of layers that stay as they are; "*" stands for any characters. */
  readonly skip?: readonly string[];
  /**
   * What happens to layers whose activations cannot be had, or that no sample reaches, by a method that needs them:
   * "skip" (default), or "magnitude". To layers whose Hessian is beyond the memory as well, if it is said.
   */
  readonly unreached?: "skip" | "magnitude";
  /** Whether depthwise convolutions are pruned as well. Default false: they have few weights, and need them. */
  readonly depthwise?: boolean;
  /** For random scores. From 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** 0 = all in this thread; default the host's parallelism, and this thread where no worker starts. Same result. */
  readonly workers?: number;
  /** Takes tasks to other machines instead: what `openQueue` of golden-ticket/queue gives. Same result. */
  readonly queue?: TaskQueue;
  /** The module of ONNX Runtime; default the package onnxruntime-web, loaded when it is needed. */
  readonly runtime?: Runtime;
  /** Stops the work: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told as the work goes on. */
  onProgress?(progress: OnnxProgress): void;
  /** Told what the work on a part of a layer gave, and waited for; parts count from 0. */
  onLayer?(record: LayerRecord): void | Promise<void>;
  /** Records of an earlier call with the same options on the same file: what they tell is not worked out again. */
  readonly finished?: readonly LayerRecord[];
}

/** What `sweepOnnx` takes beside the file. */
export interface OnnxSweepOptions extends Omit<OnnxPruneOptions, "sparsity" | "maxError"> {
  /** At least one, from 0 to 1, in any order. */
  readonly sparsities: readonly number[];
  /** Gets the model at each of them, and which it is, from 0; waited for. */
  onPruned(pruning: OnnxPruning, index: number): void | Promise<void>;
}

/** Where the work stands. */
export interface OnnxProgress {
  /** What is being done. */
  readonly stage: "calibrate" | "curves" | "prune" | "search" | "verify";
  /** The part of a layer, from 0: a convolution of groups has as many. */
  readonly layer?: number;
  /** Parts that are pruned. */
  readonly layers: number;
  /** Of the stage and layer. */
  readonly done: number;
  /** See `done`. */
  readonly total: number;
}

/** A layer and what becomes of it; or another constant of two or more axes, which no layer is made of. */
export interface OnnxLayerPlan {
  /** As of `OnnxLayer`, or `OnnxConstant`. */
  readonly name: string;
  /** The operator that multiplies by it, or that reads it. */
  readonly op: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs of an output. */
  readonly columns: number;
  /** Of a convolution; else 1. */
  readonly groups: number;
  /** Why it stays as it is; absent when it is pruned. */
  readonly skipped?: string;
}

/** A layer as `planOnnx` sees it. */
export interface OnnxPlannedLayer extends OnnxLayerPlan {
  /** What it is to have; absent where it is skipped, or losses will tell. */
  readonly zeros?: number;
}

/** A layer after pruning. */
export interface OnnxPrunedLayer extends OnnxLayerPlan {
  /** Weights that are not 0. */
  readonly kept: number;
  /** Share of zeros. */
  readonly sparsity: number;
  /**
   * ‖W′X − WX‖² / ‖WX‖² with X as the model makes it before pruning; absent without samples, and where the Hessian is
   * beyond the memory.
   */
  readonly relativeError?: number;
  /**
   * Rows of activations that X is made of. Where they are fewer than the columns, errors on other samples are larger:
   * the weights fit these ones.
   */
  readonly samples?: number;
  /**
   * Inputs that are 0 in all samples, group after group, ascending: their weights do nothing there, so that they are
   * the first to go. Absent without samples.
   */
  readonly deadInputs?: readonly number[];
  /**
   * The losses of `relativeError` by share of zeros, rising, as the method foretells them; of a convolution of groups,
   * with as many zeros in each. Absent where they were not worked out.
   */
  readonly curve?: readonly { readonly sparsity: number; readonly error: number }[];
}

/** What `pruneOnnx` did. */
export interface OnnxPruning extends Partial<Compared> {
  /** The new file: weights in place, everything else byte for byte. */
  readonly bytes: Uint8Array;
  /** What changes in the files beside the model; see `patchedFiles`. */
  readonly patches: readonly OnnxPatch[];
  /** All weights of the file: layers, skipped ones included, then constants that no layer is made of. */
  readonly layers: readonly OnnxPrunedLayer[];
  /** Share of zeros among the weights of the pruned layers. */
  readonly sparsity: number;
  /** Share of zeros among all weights of the file, those that stay as they are included. */
  readonly sparsityOfAll: number;
  /** Share of dead inputs over the pruned layers: what the samples tell nothing of. Absent without samples. */
  readonly deadShare?: number;
  /** Floating-point constants of the file, those of no layer included. */
  readonly parameters: number;
  /** Why the file was not compared with the one before, where that failed after all the work. */
  readonly compareError?: Error;
}
