/** The work of `pruneOnnx` and `sweepOnnx`. */
import { FormatError } from "../errors.js";
import { patchedFiles } from "../io/onnx/external.js";
import type { OnnxLayer } from "../io/onnx/layers.js";
import { type OnnxModel, readOnnx } from "../io/onnx/onnx.js";
import { deadInputs } from "../linalg/hessian.js";
import { deadShareOf } from "../prune/live.js";
import { largestSparsity } from "../prune/sparsity-search.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { OnnxPrunedLayer, OnnxPruning } from "./contract.js";
import { type LayerInputs, layerHessians } from "./hessians.js";
import { needsHessian, needsInputs } from "./methods.js";
import type { Settled } from "./options.js";
import type { ModelOutputs } from "./outputs.js";
import { type Part, Parts, type SolvedPart } from "./parts.js";
import { otherWeights, type PlannedLayer } from "./plan.js";
import type { Runtime } from "./runtime.js";
import type { Samples } from "./samples.js";
import { type Compared, compareModels, isWithin, PrunedModelError } from "./verify.js";

/** What a model is run with. */
export interface Run {
  readonly runtime: Runtime;
  readonly samples: Samples;
  readonly outputs: ModelOutputs;
}

/** The work on a model: what layers see, their losses, and then one sparsity or several. */
export class OnnxWork {
  readonly #core: Core;
  readonly #before: Uint8Array;
  readonly #model: OnnxModel;
  readonly #options: Settled;
  readonly #run: Run | undefined;
  #plan: readonly PlannedLayer[];
  /** Whether the caller ended a comparison, by the signal or by an error of its own. */
  #isStopped = false;
  #inputs: ReadonlyMap<OnnxLayer, LayerInputs | undefined> = new Map();
  #parts: readonly Part[] = [];
  #work: Parts;

  constructor(
    core: Core,
    before: Uint8Array,
    model: OnnxModel,
    plan: readonly PlannedLayer[],
    options: Settled,
    run: Run | undefined,
  ) {
    this.#core = core;
    this.#before = before;
    this.#model = model;
    this.#plan = plan;
    this.#options = options;
    this.#run = run;
    this.#work = new Parts(core, [], options);
  }

  /** What comes before any sparsity: what layers see, and their losses where those are needed. */
  async begin(): Promise<void> {
    this.#parts = await this.#measuredParts();
    if (this.#options.maxError !== undefined) this.#run?.outputs.checkComparable();
    this.#work = new Parts(this.#core, this.#parts, this.#options);
    await this.#work.measureCurves();
  }

  /** The model at the sparsity, or within the error, that was asked for; to be called once. */
  async result(): Promise<OnnxPruning> {
    const { sparsity = 0, maxError } = this.#options;
    const share = maxError === undefined ? sparsity : await this.#sparsityWithin(maxError);
    return await this.#at(share, true);
  }

  /** The model at one of several sparsities. */
  at(sparsity: number): Promise<OnnxPruning> {
    return this.#at(sparsity, false);
  }

  async #at(sparsity: number, isOnly: boolean): Promise<OnnxPruning> {
    const solved = await this.#work.solve(sparsity, isOnly);
    const weights = this.#weights(solved);
    const edited = this.#model.edited(weights);
    this.#checkZeros(edited, solved);
    const isWhole = this.#model.files.length === 0;
    const written = isWhole || !this.#run ? edited.bytes : this.#model.withWeights(weights);
    const compared = await this.#compared(written, "verify").catch((compareError: Error) => {
      if (this.#isStopped) throw compareError;
      return { compareError };
    });
    return { ...edited, ...this.#report(solved), parameters: this.#model.parameters, ...compared };
  }

  /** Groups of the layers that are pruned. */
  get partCount(): number {
    return this.#plan.reduce((count, { skipped, groups }) => count + (skipped ? 0 : groups), 0);
  }

  /** The matrices to prune, with their Hessians. */
  async #measuredParts(): Promise<Part[]> {
    const core = this.#core;
    await this.#measureInputs();
    return this.#plan.flatMap(({ layer, skipped }, l): Part[] => {
      if (skipped) return [];
      const { rows, columns, groups } = layer;
      const own = this.#inputs.get(layer);
      const values = this.#model.weights(layer.name);
      const size = values.length / groups;
      return Array.from({ length: groups }, (_, group) => {
        const hessian = own?.hessians[group] ?? core.doubleMatrix(0, 0);
        return {
          ...{ layer: l, group },
          problem: {
            weights: core.matrix(rows / groups, columns, values.subarray(group * size, (group + 1) * size)),
            hessian,
          },
          inputs: own === undefined ? "nothing" : hessian.rows === columns ? "hessian" : "diagonal",
        };
      });
    });
  }

  /** What the layers' inputs are, as far as samples tell and the memory holds. */
  async #measureInputs(): Promise<void> {
    const { method, unreached, signal, onProgress } = this.#options;
    if (!this.#run) return;
    const { runtime, samples, outputs } = this.#run;
    const wanted = this.#plan.flatMap(({ skipped, layer, isTooWide = false }) => {
      const isReached = !skipped && layer.uses.some(({ input }) => input !== undefined);
      const isWanted = isReached && !(isTooWide && (needsHessian(method) || !needsInputs(method)));
      return isWanted ? [{ layer, isDiagonal: isTooWide }] : [];
    });
    const inputs = await layerHessians(
      this.#core,
      this.#model,
      wanted,
      outputs,
      samples,
      runtime,
      (done, total) => {
        signal?.throwIfAborted();
        onProgress?.({ stage: "calibrate", layers: this.partCount, done, total });
      },
    );
    this.#inputs = new Map(wanted.map(({ layer }, i) => [layer, inputs[i]]));
    if (!needsInputs(method) || unreached === "magnitude") return;
    this.#plan = this.#plan.map((plan) =>
      plan.skipped || this.#inputs.get(plan.layer) ? plan : { ...plan, skipped: "no sample reaches it" },
    );
  }

  /** The largest sparsity k / 1024 that bisection finds whose outputs are all within the error. */
  #sparsityWithin(bound: number): Promise<number> {
    const { signal, onProgress } = this.#options;
    const { outputs } = this.#run as Run;
    const isGood = async (sparsity: number) => {
      const solved = await this.#work.solve(sparsity, false);
      const written = this.#model.withWeights(this.#weights(solved));
      try {
        return isWithin((await this.#compared(written)) as Compared, outputs, bound);
      } catch (error) {
        if (error instanceof PrunedModelError) return false;
        throw error;
      }
    };
    return largestSparsity(isGood, {
      ...(signal ? { signal } : {}),
      onProgress: (progress) => onProgress?.({ stage: "search", layers: this.#parts.length, ...progress }),
    });
  }

  /** By layers. */
  #weights(solved: readonly SolvedPart[]): Map<string, Float32Array> {
    const weights = new Map<string, Float32Array>();
    for (const [p, { layer: l, group }] of this.#parts.entries()) {
      const { name, rows, columns } = this.#plan[l];
      const all = weights.get(name) ?? new Float32Array(rows * columns);
      all.set(solved[p].weights, group * solved[p].weights.length);
      weights.set(name, all);
    }
    return weights;
  }

  /** Reads what was written: what was pruned must be 0 there. */
  #checkZeros(
    { bytes, patches }: Pick<OnnxPruning, "bytes" | "patches">,
    solved: readonly SolvedPart[],
  ): void {
    const written = readOnnx(bytes, patchedFiles(this.#options.files ?? {}, patches));
    let layer = -1;
    let values = new Float32Array(0) as Float32Array;
    for (const [p, part] of this.#parts.entries()) {
      const { name } = this.#plan[part.layer];
      if (part.layer !== layer) [layer, values] = [part.layer, written.weights(name)];
      const { mask } = solved[p];
      const first = part.group * mask.length;
      const index = mask.findIndex((kept, i) => kept === 0 && values[first + i] !== 0);
      if (index < 0) continue;
      const found = values[first + index];
      throw new FormatError(`layer "${name}" expected 0 at weight ${first + index}, found ${found}`);
    }
  }

  /** Runs a file beside the one before; `stage` is told how far it is. */
  async #compared(bytes: Uint8Array, stage?: "verify"): Promise<Compared | undefined> {
    if (!this.#run) return undefined;
    const { runtime, samples, outputs } = this.#run;
    const { labels, signal, onProgress } = this.#options;
    const layers = this.partCount;
    return compareModels(runtime, [this.#before, bytes], outputs, samples, labels, (done, total) => {
      this.#isStopped = true;
      signal?.throwIfAborted();
      if (stage) onProgress?.({ stage, layers, done, total });
      this.#isStopped = false;
    });
  }

  #report(
    solved: readonly SolvedPart[],
  ): Pick<OnnxPruning, "layers" | "sparsity" | "sparsityOfAll" | "deadShare"> {
    const layers = this.#plan.map(({ layer, isTooWide: _, ...plan }, l): OnnxPrunedLayer => {
      const own = this.#parts.flatMap((part, p) => (part.layer === l ? [p] : []));
      const weights = layer.rows * layer.columns;
      const values = own.length > 0 ? own.map((p) => solved[p].weights) : [this.#model.weights(layer.name)];
      const kept = values.reduce(
        (sum, part) => sum + part.reduce((count, value) => count + Number(value !== 0), 0),
        0,
      );
      const { samples, hessians } = this.#inputs.get(layer) ?? {};
      const deadOf = (hessian: DoubleMatrix, g: number) =>
        deadInputs(hessian).map((j) => g * layer.columns + j);
      const relativeError = own.length > 0 ? this.#work.relativeError(own, solved) : undefined;
      const curve = own.length > 0 ? this.#work.curveOf(own) : undefined;
      return {
        ...plan,
        kept,
        sparsity: (weights - kept) / weights,
        ...(relativeError === undefined ? {} : { relativeError, samples }),
        ...(curve === undefined ? {} : { curve }),
        ...(hessians ? { deadInputs: hessians.flatMap(deadOf) } : {}),
      };
    });
    const others = otherWeights(this.#model).map((other) => {
      const [weights, kept] = [other.rows * other.columns, this.#model.kept(other.name)];
      return { ...other, kept, sparsity: (weights - kept) / weights };
    });
    const all = [...layers, ...others];
    const sparsity = sparsityOf(layers.filter(({ skipped }) => !skipped));
    const deadShare = deadShareOf(
      layers.map(({ columns, groups, deadInputs: dead }) => ({ inputs: columns * groups, dead })),
    );
    const report = { layers: all, sparsity, sparsityOfAll: sparsityOf(all) };
    return deadShare === undefined ? report : { ...report, deadShare };
  }
}

/** Of layers together. */
function sparsityOf(layers: readonly OnnxPrunedLayer[]): number {
  const [kept, weights] = layers.reduce(
    ([k, n], layer) => [k + layer.kept, n + layer.rows * layer.columns],
    [0, 0],
  );
  return weights === 0 ? 0 : (weights - kept) / weights;
}
