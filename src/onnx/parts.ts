/** The matrices that are pruned, one for each group of a layer: their problems, losses and solutions. */
import { checkLength, checkTypedArray } from "../check.js";
import { besidePruned, isByLosses, targetsOf, zerosOf } from "../prune/budgets.js";
import type { LayerProblem, LayerTraces, TraceArrays, WorkOptions } from "../prune/contract.js";
import { outputEnergy, relativeError } from "../prune/layer-error.js";
import { prunedIn } from "../prune/live.js";
import { type CurveOfLayer, curveOf, zerosByLoss } from "../prune/loss-curves.js";
import { optimalZeros } from "../prune/optimal-zeros.js";
import type { LayerRecord } from "../prune/prune-options.js";
import { zerosFirst, zerosFirstOver, zerosThere } from "../prune/zeros-first.js";
import type { Target } from "../select/pattern.js";
import type { Core } from "../tensor/core.js";
import type { OnnxProgress } from "./contract.js";
import { magnitudeCurve } from "./magnitude-curve.js";
import { methodNamed, needsHessian, needsInputs } from "./methods.js";
import type { Settled } from "./options.js";

/** A group of a layer. */
export interface Part {
  /** Which of the planned layers, and which of its groups. */
  readonly layer: number;
  readonly group: number;
  readonly problem: LayerProblem;
  /** What is known of its inputs: their Hessian, a row of its diagonal, or nothing. */
  readonly inputs: "hessian" | "diagonal" | "nothing";
}

/** A part pruned: its weights, +0 where pruned. */
export interface SolvedPart {
  readonly weights: Float32Array;
  /** 1 = kept. */
  readonly mask: Uint8Array;
}

/** Prunes parts by a method, a budget and a sparsity. */
export class Parts {
  readonly #core: Core;
  readonly #parts: readonly Part[];
  readonly #options: Settled;
  #curves: CurveOfLayer[] | undefined;

  constructor(core: Core, parts: readonly Part[], options: Settled) {
    this.#core = core;
    this.#parts = parts;
    this.#options = options;
  }

  /** Finds the losses of all parts at every sparsity, where the budget or the error needs them. */
  async measureCurves(): Promise<void> {
    const { method, damping, pattern, sparsity, onLayer } = this.#options;
    if (!hasCurves(this.#options)) return;
    const { traces } = methodNamed(method, damping);
    if (!traces) return;
    const curves: CurveOfLayer[] = [];
    const zeros = sparsity === undefined ? 0 : zerosOf(this.#shapes, sparsity);
    for (const [p, problem] of zerosFirstOver(this.#problems, pattern, zeros).entries()) {
      if (this.#parts[p].inputs !== "hessian") {
        curves.push({ ...magnitudeCurve(problem.weights, pattern), pruned: prunedIn(problem) });
        continue;
      }
      const finished = this.#finished("curves", p) as TraceArrays | undefined;
      const own: LayerTraces = await traces(problem, pattern, this.#work("curves", p), finished);
      if (!finished && own.arrays) await onLayer?.({ stage: "curves", layer: p, arrays: own.arrays });
      curves.push(curveOf(problem, own, pattern));
    }
    this.#curves = curves;
  }

  /**
   * All parts at a sparsity.
   *
   * @param sparsity  over all; N:M has its own
   * @param isFinal  whether to tell of it, and take what is finished
   */
  async solve(sparsity: number, isFinal: boolean): Promise<SolvedPart[]> {
    const targets = this.#targets(sparsity);
    const solved: SolvedPart[] = [];
    for (const [p, target] of targets.entries()) {
      this.#options.signal?.throwIfAborted();
      const finished = isFinal ? this.#finished("prune", p) : undefined;
      const part = finished ? this.#taken(p, finished) : await this.#solved(p, target, isFinal);
      solved.push(part);
      if (!isFinal) continue;
      if (!finished) await this.#options.onLayer?.({ stage: "prune", layer: p, arrays: { ...part } });
      this.#options.onProgress?.({ stage: "prune", layer: p, layers: targets.length, done: 1, total: 1 });
    }
    return solved;
  }

  /** ‖W′X − WX‖² / ‖WX‖² of some parts, of all their outputs together; undefined without samples. */
  relativeError(parts: readonly number[], solved: readonly SolvedPart[]): number | undefined {
    if (parts.some((p) => this.#parts[p].inputs !== "hessian")) return undefined;
    let [error, energy] = [0, 0];
    for (const p of parts) {
      const { weights, hessian } = this.#parts[p].problem;
      const own = outputEnergy(weights, hessian);
      const relative = this.#core.scoped(() => {
        const pruned = this.#core.matrix(weights.rows, weights.columns, solved[p].weights);
        return relativeError(weights, pruned, hessian);
      });
      error += relative * own;
      energy += own;
    }
    return error === 0 ? 0 : error / energy;
  }

  /** The losses of some parts by share of zeros, relative to what they put out; undefined where they are not known. */
  curveOf(parts: readonly number[]): { sparsity: number; error: number }[] | undefined {
    const curves = parts.map((p) => this.#curves?.[p]);
    if (parts.some((p) => this.#parts[p].inputs !== "hessian")) return undefined;
    return curveTogether(curves.filter((curve) => curve !== undefined));
  }

  async #solved(p: number, target: Target, isTold: boolean): Promise<SolvedPart> {
    const { method, damping } = this.#options;
    const { problem, inputs } = this.#parts[p];
    using _scope = this.#core.scope();
    const own = zerosFirst(problem, target);
    const zeros = target.pattern.kind === "n:m" ? target.zeros : Math.max(target.zeros, prunedIn(own));
    const isUnknown = needsHessian(method) ? inputs !== "hessian" : inputs === "nothing";
    const name = needsInputs(method) && isUnknown ? "magnitude" : method;
    const { onProgress, ...silent } = this.#work("prune", p);
    const work = isTold ? { ...silent, onProgress } : silent;
    const traces = this.#curves?.[p].traces;
    const solution = traces
      ? await traces.at(zeros, work)
      : await methodNamed(name, damping).solve(own, { ...target, zeros }, work);
    return { weights: solution.weights.toArray(), mask: solution.mask.toArray() };
  }

  #taken(p: number, arrays: LayerRecord["arrays"]): SolvedPart {
    const { rows, columns } = this.#parts[p].problem.weights;
    const weights = checkTypedArray("options.finished weights", arrays.weights, "Float32Array");
    const mask = checkTypedArray("options.finished mask", arrays.mask, "Uint8Array");
    checkLength("options.finished weights", weights, rows, columns);
    checkLength("options.finished mask", mask, rows, columns);
    return { weights: weights as Float32Array, mask: mask as Uint8Array };
  }

  get #problems(): LayerProblem[] {
    return this.#parts.map(({ problem }) => problem);
  }

  get #shapes() {
    return this.#problems.map(({ weights }) => weights);
  }

  #targets(sparsity: number): Target[] {
    const { pattern, budget } = this.#options;
    const shapes = this.#shapes;
    if (!isByLosses(budget)) {
      const targets = targetsOf(shapes, pattern, budget, sparsity);
      return [...besidePruned(targets, zerosThere(this.#problems, pattern))];
    }
    const divide = budget === "global" ? zerosByLoss : optimalZeros;
    return divide(this.#curves ?? [], zerosOf(shapes, sparsity)).map((zeros) => ({ pattern, zeros }));
  }

  #finished(stage: LayerRecord["stage"], p: number): LayerRecord["arrays"] | undefined {
    return this.#options.finished?.find((record) => record.stage === stage && record.layer === p)?.arrays;
  }

  #work(stage: OnnxProgress["stage"], layer: number): WorkOptions {
    const { workers, queue, seed = 0, signal, onProgress } = this.#options;
    const layers = this.#parts.length;
    return {
      ...(workers === undefined ? {} : { workers }),
      ...(queue ? { queue } : {}),
      // Random scores of equal parts differ.
      seed: seed + layer,
      ...(signal ? { signal } : {}),
      onProgress: (progress) => onProgress?.({ stage, layer, layers, ...progress }),
    };
  }
}

/** Points of a curve. */
const POINTS = 100;

/** The curve of parts that are alike in size. */
function curveTogether(curves: readonly CurveOfLayer[]): { sparsity: number; error: number }[] | undefined {
  if (curves.length === 0) return undefined;
  const [{ weights, unit }] = curves;
  const energy = curves.reduce((sum, curve) => sum + curve.energy, 0);
  const units = Math.floor(weights / unit);
  const counts = new Set(Array.from({ length: POINTS }, (_, i) => Math.round((units * i) / POINTS) * unit));
  return [...counts].map((zeros) => {
    const loss = curves.reduce((sum, { traces }) => sum + traces.lossAt(zeros), 0);
    return { sparsity: zeros / weights, error: loss === 0 ? 0 : loss / energy };
  });
}

/**
 * @param options  what is asked for
 * @returns whether the losses of all layers at every sparsity are needed
 */
export const hasCurves = ({ budget, maxError, sweeps }: Settled): boolean =>
  isByLosses(budget) || maxError !== undefined || sweeps === true;
