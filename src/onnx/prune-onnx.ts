/** Prunes an ONNX model: a file in, a file out, and what was done to which layer. */
import { checkInstance } from "../check.js";
import { ArgumentTypeError, FormatError } from "../errors.js";
import { patchedFiles } from "../io/onnx/external.js";
import type { OnnxLayer } from "../io/onnx/layers.js";
import { type OnnxModel, readOnnx } from "../io/onnx/onnx.js";
import { deadInputs } from "../linalg/hessian.js";
import { deadShareOf } from "../prune/live.js";
import { largestSparsity } from "../prune/sparsity-search.js";
import { limitBytesOf } from "../runtime/arena.js";
import { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { OnnxPlannedLayer, OnnxPrunedLayer, OnnxPruneOptions, OnnxPruning } from "./contract.js";
import { type LayerInputs, layerHessians } from "./hessians.js";
import { needsHessian, needsInputs } from "./methods.js";
import { type Settled, settledOptions } from "./options.js";
import type { ModelOutputs } from "./outputs.js";
import { type Part, Parts, type SolvedPart } from "./parts.js";
import { otherWeights, type PlannedLayer, planLayers, zerosOfPlan } from "./plan.js";
import { type Runtime, runtimeOf } from "./runtime.js";
import { Samples } from "./samples.js";
import { tryModel } from "./trial.js";
import { type Compared, compareModels, isWithin, PrunedModelError } from "./verify.js";

/** What a core's memory may grow to by default. */
const MOST_MIB = 4096;

/**
 * What `pruneOnnx` would do, without doing it.
 *
 * @param bytes  the file
 * @param options  as for `pruneOnnx`; samples may be missing
 * @returns each layer, in the order of the file
 * @throws {FormatError | ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as `pruneOnnx` before it
 *   begins to work
 */
export function planOnnx(bytes: Uint8Array, options: OnnxPruneOptions): OnnxPlannedLayer[] {
  const { plan, model, settled } = prepared(bytes, settledOptions(options, false), limitBytesOf(MOST_MIB));
  const zeros = zerosOfPlan(plan, settled);
  const layers = plan.map(({ layer: _, isTooWide: __, ...one }, l) =>
    zeros[l] === undefined ? one : { ...one, zeros: zeros[l] },
  );
  return [...layers, ...otherWeights(model)];
}

/**
 * Prunes the weights of an ONNX model: Gemm, MatMul, Conv, LSTM and GRU, wherever the file keeps them. Each layer is
 * solved from the activations that the model makes before pruning, taken from ONNX Runtime with the layers' inputs as
 * additional outputs. The new file is read again: what was pruned must be 0 in it, and on the samples it is run beside
 * the old one. Before the work the model is run once on a few samples; where the comparison after the work fails, the
 * result has the file all the same, and a `compareError`.
 *
 * @param core  whose memory it takes while it works: about 20 bytes times columns² for each layer, and group
 * @param bytes  the file, left as it is
 * @param options  what, how much, and on which samples
 * @throws {FormatError} when the file is none, or has no layer that can be pruned
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when something does not fit
 * @throws {MissingPackageError} when activations are needed and onnxruntime-web is not installed
 * @throws {OutOfMemoryError} that names the layer, when a layer is too wide for the memory
 * @throws {NotPositiveDefiniteError} when a layer's Hessian has too little damping
 * Rejects with the signal's reason when it is aborted.
 */
export async function pruneOnnx(
  core: Core,
  bytes: Uint8Array,
  options: OnnxPruneOptions,
): Promise<OnnxPruning> {
  checkInstance("core", core, Core);
  using job = core.job("pruneOnnx");
  const settled = job.calling(settledOptions(options, true));
  const { model, plan, samples } = prepared(bytes, settled, core.limitBytes);
  settled.signal?.throwIfAborted();
  const runtime = samples && (await runtimeOf(settled.runtime));
  // A runtime is given one file.
  const before = runtime && model.files.length > 0 ? model.withOutputs([]) : bytes;
  const run = runtime && {
    ...{ runtime, samples },
    outputs: await tryModel(runtime, before, model.outputs, samples, settled.labels),
  };
  using _scope = core.scope();
  const work = new OnnxWork(core, before, model, plan, settled, run);
  return await work.run();
}

/** What a model is run with. */
interface Run {
  readonly runtime: Runtime;
  readonly samples: Samples;
  readonly outputs: ModelOutputs;
}

/** All that is known before the work. */
function prepared(bytes: Uint8Array, settled: Settled, memory: number) {
  const model = readOnnx(bytes, settled.files);
  const plan = planLayers(model, settled, memory);
  if (plan.every(({ skipped }) => skipped !== undefined)) {
    const reasons = [...plan, ...otherWeights(model)].map(({ name, skipped }) => `${name} (${skipped})`);
    const found =
      reasons.length > 0 ? `: ${reasons.slice(0, 5).join("; ")}${reasons.length > 5 ? "; …" : ""}` : "";
    throw new FormatError(
      `"bytes" expected a model with layers to prune, found none of ${reasons.length} weights${found}`,
    );
  }
  const { calibration, labels, heldBack = 0, batch } = settled;
  const samples = calibration && new Samples(model.inputs, calibration, batch);
  samples?.checkVaried();
  if (labels && labels.length !== samples?.count) {
    const expected = samples ? `${samples.count}, one a sample` : 'none without "calibration"';
    throw new ArgumentTypeError(`"options.labels" expected ${expected}, got ${labels.length}`);
  }
  if (labels) samples?.holdBack(heldBack);
  return { settled, model, plan, samples };
}

class OnnxWork {
  readonly #core: Core;
  readonly #before: Uint8Array;
  readonly #model: OnnxModel;
  readonly #options: Settled;
  readonly #run: Run | undefined;
  #plan: readonly PlannedLayer[];
  /** Whether the caller ended a comparison, by the signal or by an error of its own. */
  #isStopped = false;
  #inputs: ReadonlyMap<OnnxLayer, LayerInputs | undefined> = new Map();

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
  }

  async run(): Promise<OnnxPruning> {
    const { sparsity = 0, maxError } = this.#options;
    const parts = await this.#parts();
    if (maxError !== undefined) this.#run?.outputs.checkComparable();
    const work = new Parts(this.#core, parts, this.#options);
    await work.measureCurves();
    const share = maxError === undefined ? sparsity : await this.#sparsityWithin(work, parts, maxError);
    const solved = await work.solve(share, true);
    const weights = this.#weights(parts, solved);
    const edited = this.#model.edited(weights);
    this.#checkZeros(edited, parts, solved);
    const isWhole = this.#model.files.length === 0;
    const written = isWhole || !this.#run ? edited.bytes : this.#model.withWeights(weights);
    const compared = await this.#compared(written, "verify").catch((compareError: Error) => {
      if (this.#isStopped) throw compareError;
      return { compareError };
    });
    return {
      ...edited,
      ...this.#report(work, parts, solved),
      parameters: this.#model.parameters,
      ...compared,
    };
  }

  /** Groups of the layers that are pruned. */
  get #partCount(): number {
    return this.#plan.reduce((count, { skipped, groups }) => count + (skipped ? 0 : groups), 0);
  }

  /** The matrices to prune, with their Hessians. */
  async #parts(): Promise<Part[]> {
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
        onProgress?.({ stage: "calibrate", layers: this.#partCount, done, total });
      },
    );
    this.#inputs = new Map(wanted.map(({ layer }, i) => [layer, inputs[i]]));
    if (!needsInputs(method) || unreached === "magnitude") return;
    this.#plan = this.#plan.map((plan) =>
      plan.skipped || this.#inputs.get(plan.layer) ? plan : { ...plan, skipped: "no sample reaches it" },
    );
  }

  /** The largest sparsity k / 1024 that bisection finds whose outputs are all within the error. */
  #sparsityWithin(work: Parts, parts: readonly Part[], bound: number): Promise<number> {
    const { signal, onProgress } = this.#options;
    const { outputs } = this.#run as Run;
    const isGood = async (sparsity: number) => {
      const solved = await work.solve(sparsity, false);
      const written = this.#model.withWeights(this.#weights(parts, solved));
      try {
        return isWithin((await this.#compared(written)) as Compared, outputs, bound);
      } catch (error) {
        if (error instanceof PrunedModelError) return false;
        throw error;
      }
    };
    return largestSparsity(isGood, {
      ...(signal ? { signal } : {}),
      onProgress: (progress) => onProgress?.({ stage: "search", layers: parts.length, ...progress }),
    });
  }

  /** By layers. */
  #weights(parts: readonly Part[], solved: readonly SolvedPart[]): Map<string, Float32Array> {
    const weights = new Map<string, Float32Array>();
    for (const [p, { layer: l, group }] of parts.entries()) {
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
    parts: readonly Part[],
    solved: readonly SolvedPart[],
  ): void {
    const written = readOnnx(bytes, patchedFiles(this.#options.files ?? {}, patches));
    let layer = -1;
    let values = new Float32Array(0) as Float32Array;
    for (const [p, part] of parts.entries()) {
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
    const layers = this.#partCount;
    return compareModels(runtime, [this.#before, bytes], outputs, samples, labels, (done, total) => {
      this.#isStopped = true;
      signal?.throwIfAborted();
      if (stage) onProgress?.({ stage, layers, done, total });
      this.#isStopped = false;
    });
  }

  #report(
    work: Parts,
    parts: readonly Part[],
    solved: readonly SolvedPart[],
  ): Pick<OnnxPruning, "layers" | "sparsity" | "sparsityOfAll" | "deadShare"> {
    const layers = this.#plan.map(({ layer, isTooWide: _, ...plan }, l): OnnxPrunedLayer => {
      const own = parts.flatMap((part, p) => (part.layer === l ? [p] : []));
      const weights = layer.rows * layer.columns;
      const values = own.length > 0 ? own.map((p) => solved[p].weights) : [this.#model.weights(layer.name)];
      const kept = values.reduce(
        (sum, part) => sum + part.reduce((count, value) => count + Number(value !== 0), 0),
        0,
      );
      const { samples, hessians } = this.#inputs.get(layer) ?? {};
      const deadOf = (hessian: DoubleMatrix, g: number) =>
        deadInputs(hessian).map((j) => g * layer.columns + j);
      const relativeError = own.length > 0 ? work.relativeError(own, solved) : undefined;
      return {
        ...plan,
        kept,
        sparsity: (weights - kept) / weights,
        ...(relativeError === undefined ? {} : { relativeError, samples }),
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
