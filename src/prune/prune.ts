/** Prunes a network: one door to all methods, budgets and refinements. */
import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from "../check.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { deadInputs, inverseHessian } from "../linalg/hessian.js";
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { checkPattern, type Pattern, type Target, UNSTRUCTURED } from "../select/pattern.js";
import type { Mask } from "../tensor/mask.js";
import { BUDGETS, type Budget, onlyUnstructured, targetsOf, zerosOf } from "./budgets.js";
import { calibrationData, layerHessian, neededData } from "./calibration.js";
import type {
  LayerMethod,
  LayerProblem,
  LayerSolution,
  LayerTraces,
  Method,
  WorkOptions,
} from "./contract.js";
import { outputEnergy, relativeError } from "./layer-error.js";
import { type CurveOfLayer, zerosByLoss } from "./loss-curves.js";
import { METHOD_NAMES, type MethodName, methodNamed } from "./methods.js";
import { repairWeights } from "./repair.js";
import { refineBySwaps } from "./swaps.js";

/** Where a pruning stands. */
export interface PruneProgress {
  /** What is being done. */
  readonly stage: "curves" | "prune" | "refine";
  /** The layer, from 0; absent where a method sees all at once. */
  readonly layer?: number;
  readonly layers: number;
  /** Of the stage and layer. */
  readonly done: number;
  readonly total: number;
}

/** What `prune` takes. */
export interface PruneOptions {
  /** A method, or the name of one with its defaults. Default "exact-obs". */
  readonly method?: Method | MethodName;
  /** Share of zeros, from 0 to 1: exactly round(sparsity · weights). N:M decides its own. */
  readonly sparsity?: number;
  /** Default unstructured. */
  readonly pattern?: Pattern;
  /**
   * How zeros are divided among layers: "uniform" (default); "global", by the scores or losses of all layers together;
   * "erdos-renyi"; or a sparsity for each layer.
   */
  readonly budget?: Budget;
  /** Samples × inputs, row after row: f32, or bytes read as value / 255. Whether they are needed the method says. */
  readonly calibration?: Uint8Array | Float32Array;
  /** One class a sample, for methods that need gradients. */
  readonly labels?: Uint8Array;
  /** "swaps": kept and pruned weights of a row change places while that lowers the layer's error. Not for blocks. */
  readonly refine?: "swaps";
  /** Whether the kept weights become those of least error on the mask. Methods that compensate do so anyway. */
  readonly repair?: boolean;
  /** Of the mean of the Hessian's diagonal, in refining and repairing. Default 0.01. */
  readonly damping?: number;
  /** 0 = all in this thread; default the host's parallelism. The result is the same. */
  readonly workers?: number;
  /** For random scores. From 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PruneProgress) => void;
}

const KEYS = [
  ...(["method", "sparsity", "pattern", "budget", "calibration", "labels"] as const),
  ...(["refine", "repair", "damping", "workers", "seed", "signal", "onProgress"] as const),
];

/** A layer after pruning. */
export interface PrunedLayer {
  readonly rows: number;
  readonly columns: number;
  readonly kept: number;
  /** Share of zeros. */
  readonly sparsity: number;
  /** ‖W′X − WX‖² / ‖WX‖², X from the pruned layers before it; undefined without calibration samples. */
  readonly relativeError: number | undefined;
  /**
   * Inputs that are 0 in all calibration samples, ascending: their weights do nothing, and exact OBS prunes them
   * first. Undefined without samples.
   */
  readonly deadInputs: readonly number[] | undefined;
  /** Bit 1 = kept; the layer's own. */
  readonly mask: Mask;
}

/** What `prune` did. */
export interface Pruned {
  readonly layers: readonly PrunedLayer[];
  /** Share of zeros of all weights. */
  readonly sparsity: number;
  /**
   * Brings the network to another sparsity without pruning anew: for methods with traces, in the same budget, from the
   * layer inputs of the first run.
   *
   * @param sparsity  from 0 to 1
   * @throws {ArgumentRangeError} when the method has no traces, or the pattern decides its own sparsity
   */
  at(sparsity: number): Promise<Pruned>;
}

/**
 * Prunes a network in place: weights become +0 and their mask bits 0. Methods that work layer by layer see the inputs
 * that the already pruned layers before make. When it rejects, as with the signal's reason, the network is as it was.
 *
 * The samples, the masks and each layer's weights and Hessian stay in memory until the innermost open scope ends.
 *
 * @param net  its masks stay pruned and count as zeros
 * @param options  what, how much, and on which samples
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when something does not fit
 * @throws {NotPositiveDefiniteError} when a layer's Hessian has too little damping
 */
export async function prune(net: Network, options: PruneOptions): Promise<Pruned> {
  const pruning = new Pruning(net, options);
  return pruning.guarded(() => pruning.run());
}

class Pruning {
  readonly #net: Network;
  readonly #method: Method;
  readonly #options: PruneOptions;
  readonly #pattern: Pattern;
  readonly #budget: Budget;
  readonly #damping: number;
  readonly #data: Dataset | undefined;
  /** Each layer's problem and traces as they were met in the first run. */
  readonly #problems: (LayerProblem | undefined)[] = [];
  readonly #traces: LayerTraces[] = [];
  readonly #masks: Mask[];
  #curves: CurveOfLayer[] | undefined;

  constructor(net: Network, given: PruneOptions) {
    const options = checkOptions("options", given, KEYS);
    const { method = "exact-obs", pattern = UNSTRUCTURED, budget = "uniform", damping = 0.01 } = options;
    this.#net = net;
    this.#options = options;
    this.#method =
      typeof method === "object" ? method : methodNamed(checkOneOf("options.method", method, METHOD_NAMES));
    for (const { inputs } of net.layers) checkPattern(pattern, inputs);
    this.#pattern = pattern;
    this.#budget = Array.isArray(budget) ? budget : checkOneOf("options.budget", budget as string, BUDGETS);
    this.#damping = checkNumber("options.damping", damping, 0);
    if (options.refine !== undefined) checkOneOf("options.refine", options.refine, ["swaps"]);
    if (options.repair !== undefined) checkBoolean("options.repair", options.repair);
    if (options.workers !== undefined) checkInteger("options.workers", options.workers, 0);
    if (options.seed !== undefined) checkInteger("options.seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
    this.#checkSparsity(options.sparsity);
    if (options.refine && pattern.kind === "block") {
      throw new ArgumentRangeError('"options.refine" expected no swaps for blocks, got "swaps"');
    }
    const { calibration, labels } = options;
    if (!calibration && labels) {
      throw new ArgumentTypeError('"options.labels" expected none without "calibration", got some');
    }
    this.#data = calibration && calibrationData(net, calibration, labels);
    this.#checkNeeds();
    this.#masks = net.layers.map(({ outputs, inputs }) => net.core.mask(outputs, inputs));
  }

  /** Undoes everything when the work fails. */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    const { layers } = this.#net;
    const [parameters, masks] = [this.#net.parameters(), layers.map(({ mask }) => mask)];
    const bits = this.#masks.map((mask) => mask.words().slice());
    try {
      return await work();
    } catch (error) {
      for (const [l, mask] of this.#masks.entries()) mask.words().set(bits[l]);
      this.#net.load(parameters);
      for (const [l, layer] of layers.entries()) layer.setMask(masks[l]);
      throw error;
    }
  }

  async run(): Promise<Pruned> {
    const { layers, core } = this.#net;
    this.#options.signal?.throwIfAborted();
    const before = layers.map(({ weights, mask, outputs, inputs }) => ({
      weights: core.matrix(outputs, inputs, weights.toArray()),
      mask: mask && core.mask(outputs, inputs, mask),
    }));
    const sparsity = this.#options.sparsity ?? 0;
    if (this.#method.kind === "network") {
      const targets = this.#budget === "global" ? this.#zeros(sparsity) : this.#targets(sparsity);
      await this.#method.solve(this.#net, this.#data, targets, this.#work("prune"));
      for (const [l, layer] of layers.entries())
        this.#masks[l].copyFrom(layer.mask ?? this.#masks[l].fill(1));
    } else if (this.#budget === "global") await this.#measureCurves(this.#method);
    const targets = this.#method.kind === "layer" ? this.#targets(sparsity) : [];
    for (const [l, { weights, mask }] of before.entries()) {
      const hessian = this.#data && layerHessian(this.#net, l, this.#data);
      this.#problems[l] = hessian && { weights, hessian, mask };
      await this.#pruneLayer(l, targets[l], this.#method);
    }
    return this.#pruned();
  }

  /** Solves a layer, if that is left to do, refines it and writes it into the network. */
  async #pruneLayer(l: number, target: Target | undefined, method: Method): Promise<void> {
    const layer = this.#net.layers[l];
    const problem = this.#problems[l];
    if (problem && method.kind === "layer" && method.traces && target) {
      this.#traces[l] ??= await method.traces(problem, target.pattern, this.#work("prune", l));
    }
    // What packs the mask keeps its memory: the scope of the work must have ended.
    if (problem) layer.weights.copyFrom(await this.#solved(l, problem, target, method));
    layer.changed();
    layer.setMask(this.#masks[l]);
  }

  /** The weights of a layer; its bits are in `#masks` then. */
  async #solved(
    l: number,
    problem: LayerProblem,
    target: Target | undefined,
    method: Method,
  ): Promise<Float32Array> {
    const { core } = this.#net;
    using _scope = core.scope();
    const { weights, outputs, inputs } = this.#net.layers[l];
    let solution: LayerSolution = {
      weights: core.matrix(outputs, inputs, weights.toArray()),
      mask: this.#masks[l],
    };
    if (method.kind === "layer" && target) {
      const work = this.#work("prune", l);
      const traces = this.#traces[l];
      solution = traces ? await traces.at(target.zeros, work) : await method.solve(problem, target, work);
    }
    solution = await this.#refined(problem, solution, this.#work("refine", l));
    this.#masks[l].copyFrom(solution.mask);
    return solution.weights.toArray();
  }

  async #refined(problem: LayerProblem, solution: LayerSolution, work: WorkOptions): Promise<LayerSolution> {
    const { refine, repair = false } = this.#options;
    const [damping, pattern] = [this.#damping, this.#pattern];
    if (refine) {
      const repaired = repair || this.#method.kind === "layer" || this.#method.compensates === true;
      const inverse = repaired ? inverseHessian(problem.hessian, damping) : undefined;
      return refineBySwaps(problem, solution, { ...work, damping, pattern, repaired, inverse });
    }
    if (!repair) return solution;
    return { mask: solution.mask, weights: await repairWeights(problem, solution.mask, damping, work) };
  }

  /** The losses of all layers as they are before pruning, for the budget. */
  async #measureCurves(method: LayerMethod): Promise<void> {
    if (!method.traces) {
      throw new ArgumentRangeError(
        `"options.budget" expected "uniform", "erdos-renyi" or a list for "${method.name}", got "global"`,
      );
    }
    const { layers, core } = this.#net;
    this.#curves = [];
    for (const [l, { weights, outputs, inputs, mask }] of layers.entries()) {
      const hessian = layerHessian(this.#net, l, this.#data as Dataset);
      const problem = { weights: core.matrix(outputs, inputs, weights.toArray()), hessian, mask };
      this.#curves.push({
        traces: await method.traces(problem, this.#pattern, this.#work("curves", l)),
        energy: outputEnergy(problem.weights, hessian),
        weights: outputs * inputs,
        unit: this.#pattern.kind === "block" ? this.#pattern.columns : 1,
      });
    }
  }

  #targets(sparsity: number): Target[] {
    const pattern = this.#pattern;
    if (this.#budget !== "global") return targetsOf(this.#shapes, pattern, this.#budget, sparsity);
    return zerosByLoss(this.#curves ?? [], this.#zeros(sparsity)).map((zeros) => ({ pattern, zeros }));
  }

  #zeros(sparsity: number): number {
    if (this.#method.kind === "network" || this.#pattern.kind === "n:m")
      onlyUnstructured(this.#pattern, "global");
    return zerosOf(this.#shapes, sparsity);
  }

  get #shapes() {
    return this.#net.layers.map(({ outputs, inputs }) => ({ rows: outputs, columns: inputs }));
  }

  #work(stage: PruneProgress["stage"], layer?: number): WorkOptions {
    const { workers, seed, signal, onProgress } = this.#options;
    const layers = this.#net.layers.length;
    return {
      ...(workers === undefined ? {} : { workers }),
      ...(seed === undefined ? {} : { seed }),
      ...(signal ? { signal } : {}),
      onProgress: (progress) =>
        onProgress?.({ stage, ...(layer === undefined ? {} : { layer }), layers, ...progress }),
    };
  }

  #pruned(): Pruned {
    const layers = this.#net.layers.map((layer, l): PrunedLayer => {
      const [mask, problem] = [this.#masks[l], this.#problems[l]];
      const [kept, weights] = [mask.count, layer.outputs * layer.inputs];
      return {
        rows: layer.outputs,
        columns: layer.inputs,
        kept,
        sparsity: (weights - kept) / weights,
        relativeError: problem && relativeError(problem.weights, layer.weights, problem.hessian),
        deadInputs: problem && deadInputs(problem.hessian),
        mask,
      };
    });
    const [kept, weights] = layers.reduce(
      ([k, n], layer) => [k + layer.kept, n + layer.rows * layer.columns],
      [0, 0],
    );
    return { layers, sparsity: (weights - kept) / weights, at: (sparsity) => this.#at(sparsity) };
  }

  async #at(sparsity: number): Promise<Pruned> {
    checkNumber("sparsity", sparsity, 0, 1);
    if (this.#traces.length === 0 || this.#pattern.kind === "n:m" || Array.isArray(this.#budget)) {
      const expected = "a method with traces, a pattern that leaves the sparsity open, and a budget by name";
      throw new ArgumentRangeError(`"at" expected ${expected}, got "${this.#method.name}"`);
    }
    return this.guarded(async () => {
      for (const [l, target] of this.#targets(sparsity).entries())
        await this.#pruneLayer(l, target, this.#method);
      return this.#pruned();
    });
  }

  #checkSparsity(sparsity: number | undefined): void {
    if (sparsity !== undefined) checkNumber("options.sparsity", sparsity, 0, 1);
    if (this.#pattern.kind === "n:m") {
      if (sparsity === undefined) return;
      const { n, m } = this.#pattern;
      throw new ArgumentRangeError(`"options.sparsity" expected none beside ${n}:${m}, got ${sparsity}`);
    }
    if (sparsity === undefined && !Array.isArray(this.#budget)) {
      throw new ArgumentTypeError('"options.sparsity" expected a number from 0 to 1, got undefined');
    }
  }

  #checkNeeds(): void {
    const { name } = this.#method;
    const needs = this.#method.kind === "layer" ? "inputs" : this.#method.needs;
    const { refine, repair, labels } = this.#options;
    if (needs !== "nothing") neededData(this.#data, name);
    if (refine || repair) neededData(this.#data, refine ?? "repair");
    if (needs === "labels" && !labels) {
      throw new ArgumentTypeError(
        `"options.labels" expected one class a sample for "${name}", got undefined`,
      );
    }
  }
}
