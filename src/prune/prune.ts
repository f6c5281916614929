/** Prunes a network: one door to all methods, budgets and refinements. */
import { checkInstance, checkInteger, checkLength, checkNumber, checkTypedArray } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { deadInputs, inverseHessian } from "../linalg/hessian.js";
import type { KernelChoice } from "../net/cost.js";
import type { Dataset } from "../net/dataset.js";
import { Network } from "../net/network.js";
import type { Target } from "../select/pattern.js";
import type { Mask } from "../tensor/mask.js";
import { besidePruned, isByLosses, onlyUnstructured, targetsOf, zerosOf } from "./budgets.js";
import { calibrationData, checkMagnitude, layerHessian } from "./calibration.js";
import type {
  LayerMethod,
  LayerProblem,
  LayerSolution,
  LayerTraces,
  TraceArrays,
  WorkOptions,
} from "./contract.js";
import { relativeError } from "./layer-error.js";
import { deadShareOf, type Masked, prunedIn, unmasked } from "./live.js";
import { type CurveOfLayer, curveOf, relativeLoss, zerosByLoss } from "./loss-curves.js";
import { optimalZeros } from "./optimal-zeros.js";
import { checkComparable, finiteOutputs, outputsOf, relativeDistance } from "./output-error.js";
import {
  type LayerRecord,
  type PruneOptions,
  type PruneProgress,
  type Settled,
  settledOptions,
} from "./prune-options.js";
import type { Pruned, PrunedLayer } from "./pruned.js";
import { repairWeights } from "./repair.js";
import { largestSparsity } from "./sparsity-search.js";
import { refineBySwaps } from "./swaps.js";
import { zerosFirst, zerosFirstOver, zerosThere } from "./zeros-first.js";

/**
 * Prunes a network in place: weights become +0 and their mask bits 0. Methods that work layer by layer see the inputs
 * that the already pruned layers before make. When it rejects, as with the signal's reason, the network is as it was.
 *
 * The samples, the masks and each layer's weights and Hessian stay in memory until the innermost open scope ends.
 *
 * @param net  its masks stay pruned and count as zeros
 * @param options  what, how much, and on which samples
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when something does not fit
 * @throws {OutOfMemoryError} that names the layer, when it is too wide for the memory
 * @throws {NotPositiveDefiniteError} when a layer's Hessian has too little damping
 *
 * @example
 * ```ts
 * using core = await open();
 * const net = network(core, [16, 12, 4], { seed: 1 });
 * const calibration = Float32Array.from({ length: 64 * 16 }, (_, i) => ((i * i) % 101) / 101);
 * const pruned = await prune(net, { maxError: 0.01, calibration });
 * pruned.outputError! <= 0.01; // true
 * ```
 */
export async function prune(net: Network, options: PruneOptions): Promise<Pruned> {
  checkInstance("net", net, Network);
  using job = net.core.job("prune");
  const pruning = new Pruning(net, job.calling(settledOptions(net, options)));
  return await pruning.guarded(() => pruning.run());
}

class Pruning {
  readonly #net: Network;
  readonly #options: Settled;
  readonly #data: Dataset | undefined;
  /** Of the network before pruning, for the samples. */
  readonly #outputs: Float32Array | undefined;
  /** Each layer as it was given, 0 where its mask prunes: the function that it was. */
  readonly #given: readonly Masked[];
  /** Each layer's problem and traces as they were met in the first run. */
  readonly #problems: (LayerProblem | undefined)[] = [];
  readonly #traces: LayerTraces[] = [];
  readonly #masks: Mask[];
  #curves: CurveOfLayer[] | undefined;

  constructor(net: Network, options: Settled) {
    const { method, calibration, labels } = options;
    this.#net = net;
    this.#options = options;
    this.#data = calibration && calibrationData(net, calibration, labels);
    if (calibration && method.kind === "network" && method.squares) checkMagnitude(calibration, method.name);
    this.#outputs = calibration && finiteOutputs(net, calibration);
    if (options.maxError !== undefined) checkComparable(this.#outputs ?? []);
    this.#masks = net.layers.map(({ outputs, inputs }) => net.core.mask(outputs, inputs));
    this.#given = net.layers.map(({ weights, mask, outputs, inputs }) => ({
      weights: net.core.matrix(outputs, inputs, unmasked(weights.toArray(), mask)),
      ...(mask ? { mask: net.core.mask(outputs, inputs, mask) } : {}),
    }));
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
    const { layers } = this.#net;
    const { method, budget, signal, sparsity = 0, maxError } = this.#options;
    signal?.throwIfAborted();
    if (this.#isAtOnce || (isByLosses(budget) && method.kind === "layer")) await this.#measureCurves();
    if (maxError !== undefined) return this.#withinError(maxError);
    if (this.#isAtOnce) {
      await this.#pruneAt(sparsity);
      return this.#pruned();
    }
    const targets = this.#targets(sparsity);
    if (method.kind === "network") {
      this.#pruneZeros(targets);
      await method.solve(this.#net, this.#data, targets, this.#work("prune"));
      for (const [l, layer] of layers.entries())
        this.#masks[l].copyFrom(layer.mask ?? this.#masks[l].fill(1));
    }
    for (const [l, given] of this.#given.entries()) {
      const hessian = this.#data && this.#options.hasHessian[l] && layerHessian(this.#net, l, this.#data);
      this.#problems[l] = hessian ? { ...given, hessian } : undefined;
      const target = typeof targets === "number" ? undefined : targets[l];
      await this.#finishLayer(l, target);
    }
    return this.#pruned();
  }

  /** Weights that are 0 anyway are pruned before a method looks for others. */
  #pruneZeros(targets: readonly Target[] | number): void {
    const given = this.#given;
    const { pattern } = this.#options;
    const pruned =
      typeof targets === "number"
        ? zerosFirstOver(given, pattern, targets)
        : given.map((layer, l) => zerosFirst(layer, targets[l]));
    for (const [l, { mask }] of pruned.entries())
      if (mask !== given[l].mask) this.#net.layers[l].setMask(mask, "dense");
  }

  /** Prunes a layer, or takes it from what is finished. */
  async #finishLayer(l: number, target: Target | undefined): Promise<void> {
    const layer = this.#net.layers[l];
    const finished = this.#finished("prune", l);
    this.#options.signal?.throwIfAborted();
    if (!finished) {
      await this.#pruneLayer(l, target);
      const arrays = { weights: layer.weights.toArray(), mask: this.#masks[l].toArray() };
      await this.#options.onLayer?.({ stage: "prune", layer: l, arrays });
      return;
    }
    const [name, size] = ["options.finished", [layer.outputs, layer.inputs] as const];
    const weights = checkTypedArray(`${name} weights`, finished.weights, "Float32Array");
    const mask = checkTypedArray(`${name} mask`, finished.mask, "Uint8Array");
    layer.weights.copyFrom(checkLength(`${name} weights`, weights, ...size));
    this.#masks[l].copyFrom(this.#net.core.mask(...size, checkLength(`${name} mask`, mask, ...size)));
    layer.changed();
    layer.setMask(this.#masks[l]);
  }

  #finished(stage: LayerRecord["stage"], l: number): LayerRecord["arrays"] | undefined {
    return this.#options.finished?.find((record) => record.stage === stage && record.layer === l)?.arrays;
  }

  /** The sparsest network within an error, by bisection over sparsities. */
  async #withinError(bound: number): Promise<Pruned> {
    const { layers } = this.#net;
    let at = -1;
    const pruneAt = async (sparsity: number) => {
      if (sparsity !== at) await this.#pruneAt(sparsity, "dense");
      at = sparsity;
    };
    const isWithin = async (sparsity: number) => {
      await pruneAt(sparsity);
      return (this.#outputError() as number) <= bound;
    };
    await pruneAt(await largestSparsity(isWithin, this.#work("search")));
    const pruned = this.#pruned();
    for (const [l, layer] of layers.entries()) layer.setMask(this.#masks[l]);
    return pruned;
  }

  /** Brings all layers to a sparsity, by their traces. */
  async #pruneAt(sparsity: number, kernel?: KernelChoice): Promise<void> {
    for (const [l, target] of (this.#targets(sparsity) as Target[]).entries()) {
      await this.#pruneLayer(l, target, kernel);
    }
  }

  /** Solves a layer, if that is left to do, refines it and writes it into the network. */
  async #pruneLayer(l: number, target: Target | undefined, kernel?: KernelChoice): Promise<void> {
    const { method } = this.#options;
    const layer = this.#net.layers[l];
    const problem = this.#problems[l];
    if (problem && method.kind === "layer" && method.traces && target) {
      const own = zerosFirst(problem, target);
      this.#traces[l] ??= await method.traces(own, target.pattern, this.#work("prune", l));
    }
    // What packs the mask keeps its memory: the scope of the work must have ended.
    if (problem) layer.weights.copyFrom(await this.#solved(l, problem, target));
    layer.changed();
    layer.setMask(this.#masks[l], kernel);
  }

  /** The weights of a layer; its bits are in `#masks` then. */
  async #solved(l: number, problem: LayerProblem, target: Target | undefined): Promise<Float32Array> {
    const { core } = this.#net;
    const { method } = this.#options;
    using _scope = core.scope();
    const { weights, outputs, inputs } = this.#net.layers[l];
    let solution: LayerSolution = {
      weights: core.matrix(outputs, inputs, weights.toArray()),
      mask: this.#masks[l],
    };
    if (method.kind === "layer" && target) {
      const work = this.#work("prune", l);
      const [traces, own] = [this.#traces[l], zerosFirst(problem, target)];
      const zeros = target.pattern.kind === "n:m" ? target.zeros : Math.max(target.zeros, prunedIn(own));
      solution = traces ? await traces.at(zeros, work) : await method.solve(own, { ...target, zeros }, work);
    }
    solution = await this.#refined(problem, solution, this.#work("refine", l));
    this.#masks[l].copyFrom(solution.mask);
    return solution.weights.toArray();
  }

  async #refined(problem: LayerProblem, solution: LayerSolution, work: WorkOptions): Promise<LayerSolution> {
    const { method, refine, repair = false, damping, pattern } = this.#options;
    if (refine) {
      const repaired = repair || method.kind === "layer" || method.compensates === true;
      const inverse = repaired ? inverseHessian(problem.hessian, damping) : undefined;
      return refineBySwaps(problem, solution, { ...work, damping, pattern, repaired, inverse });
    }
    if (!repair) return solution;
    return { mask: solution.mask, weights: await repairWeights(problem, solution.mask, damping, work) };
  }

  /** The losses of all layers as they are before pruning, for the budget; an error is looked for by their traces. */
  async #measureCurves(): Promise<void> {
    const { sparsity, pattern, onLayer } = this.#options;
    const method = this.#options.method as Required<LayerMethod>;
    // Where other sparsities follow, the curves must not depend on the first.
    const zeros = sparsity === undefined || this.#isAtOnce ? 0 : zerosOf(this.#shapes, sparsity);
    this.#curves = [];
    for (const [l, own] of zerosFirstOver(this.#given, pattern, zeros).entries()) {
      const problem = { ...own, hessian: layerHessian(this.#net, l, this.#data as Dataset) };
      const finished = this.#finished("curves", l) as TraceArrays | undefined;
      const traces = await method.traces(problem, pattern, this.#work("curves", l), finished);
      if (!finished && traces.arrays) await onLayer?.({ stage: "curves", layer: l, arrays: traces.arrays });
      if (this.#isAtOnce) [this.#problems[l], this.#traces[l]] = [problem, traces];
      this.#curves.push(curveOf(problem, traces, pattern));
    }
  }

  #lossAt(l: number, zeros: number): number | undefined {
    checkInteger("layer", l, 0, this.#net.layers.length - 1);
    const { outputs, inputs } = this.#net.layers[l];
    checkInteger("zeros", zeros, 0, outputs * inputs);
    const [problem, traces] = [this.#problems[l], this.#traces[l]];
    const curve = this.#curves?.[l] ?? (problem && traces && curveOf(problem, traces, this.#options.pattern));
    return curve && relativeLoss(curve, zeros);
  }

  /** Whether all layers are pruned on the inputs that they have before. */
  get #isAtOnce(): boolean {
    return this.#options.maxError !== undefined || this.#options.sequential === false;
  }

  /** Of each layer; or over all, where a method divides them by its scores. */
  #targets(sparsity: number): Target[] | number {
    const { method, pattern, budget } = this.#options;
    if (budget !== "global" && budget !== "optimal") {
      const targets = targetsOf(this.#shapes, pattern, budget, sparsity);
      return Array.isArray(budget) ? targets : [...besidePruned(targets, zerosThere(this.#given, pattern))];
    }
    if (method.kind === "network" || pattern.kind === "n:m") onlyUnstructured(pattern, budget);
    const zeros = zerosOf(this.#shapes, sparsity);
    if (method.kind === "network") return zeros;
    const divide = budget === "global" ? zerosByLoss : optimalZeros;
    return divide(this.#curves ?? [], zeros).map((share) => ({ pattern, zeros: share }));
  }

  get #shapes() {
    return this.#net.layers.map(({ outputs, inputs }) => ({ rows: outputs, columns: inputs }));
  }

  #work(stage: PruneProgress["stage"], layer?: number): WorkOptions {
    const { workers, queue, seed, signal, onProgress } = this.#options;
    const layers = this.#net.layers.length;
    return {
      ...(workers === undefined ? {} : { workers }),
      ...(queue ? { queue } : {}),
      ...(seed === undefined ? {} : { seed }),
      ...(signal ? { signal } : {}),
      onProgress: (progress) =>
        onProgress?.({ stage, ...(layer === undefined ? {} : { layer }), layers, ...progress }),
    };
  }

  #pruned(): Pruned {
    let compareError: Error | undefined;
    const judged = <T>(judge: () => T): T | undefined => {
      try {
        return judge();
      } catch (error) {
        compareError ??= error as Error;
        return undefined;
      }
    };
    const layers = this.#net.layers.map((layer, l): PrunedLayer => {
      const [mask, problem] = [this.#masks[l], this.#problems[l]];
      const [kept, weights] = [mask.count, layer.outputs * layer.inputs];
      return {
        rows: layer.outputs,
        columns: layer.inputs,
        kept,
        sparsity: (weights - kept) / weights,
        relativeError:
          problem && judged(() => relativeError(problem.weights, layer.weights, problem.hessian)),
        deadInputs: problem && deadInputs(problem.hessian),
        mask,
      };
    });
    const [kept, weights] = layers.reduce(
      ([k, n], layer) => [k + layer.kept, n + layer.rows * layer.columns],
      [0, 0],
    );
    const outputError = judged(() => this.#outputError());
    return {
      layers,
      sparsity: (weights - kept) / weights,
      deadShare: deadShareOf(layers.map(({ columns, deadInputs: dead }) => ({ inputs: columns, dead }))),
      outputError,
      ...(compareError ? { compareError } : {}),
      at: (sparsity) => this.#at(sparsity),
      lossAt: (layer, zeros) => this.#lossAt(layer, zeros),
    };
  }

  #outputError(): number | undefined {
    const { calibration } = this.#options;
    return this.#outputs && calibration && relativeDistance(this.#outputs, outputsOf(this.#net, calibration));
  }

  async #at(sparsity: number): Promise<Pruned> {
    checkNumber("sparsity", sparsity, 0, 1);
    const { method, pattern, budget } = this.#options;
    const hasTraces = method.kind === "layer" && method.traces !== undefined;
    if (!hasTraces || pattern.kind === "n:m" || Array.isArray(budget)) {
      const expected = "a method with traces, a pattern that leaves the sparsity open, and a budget by name";
      throw new ArgumentRangeError(`"at" expected ${expected}, got "${method.name}"`);
    }
    using _job = this.#net.core.job("at");
    return await this.guarded(async () => {
      await this.#pruneAt(sparsity);
      return this.#pruned();
    });
  }
}
