/** Prunes an ONNX model: a file in, a file out, and what was done to which layer. */
import { checkInstance } from "../check.js";
import { ArgumentTypeError, FormatError } from "../errors.js";
import { readOnnx } from "../io/onnx/onnx.js";
import { limitBytesOf } from "../runtime/arena.js";
import { Core } from "../tensor/core.js";
import type { OnnxPlannedLayer, OnnxPruneOptions, OnnxPruning, OnnxSweepOptions } from "./contract.js";
import { type Settled, settledOptions, settledSweep } from "./options.js";
import { otherWeights, planLayers, zerosOfPlan } from "./plan.js";
import { runtimeOf } from "./runtime.js";
import { Samples } from "./samples.js";
import { tryModel } from "./trial.js";
import { OnnxWork } from "./work.js";

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
  using _scope = core.scope();
  const work = await begun(core, bytes, settled);
  return await work.result();
}

/**
 * Prunes an ONNX model to several sparsities, as `pruneOnnx` does to each. What layers see is taken from the model
 * once, and "exact-obs" works out the losses of all sparsities in one pass.
 *
 * @param core  as for `pruneOnnx`
 * @param bytes  the file, left as it is
 * @param options  as for `pruneOnnx`; which sparsities, and who gets each model
 * @throws {FormatError | ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as `pruneOnnx`
 * @throws {MissingPackageError | OutOfMemoryError | NotPositiveDefiniteError} as `pruneOnnx`
 * Rejects with the signal's reason, and with what `onPruned` throws.
 */
export async function sweepOnnx(core: Core, bytes: Uint8Array, options: OnnxSweepOptions): Promise<void> {
  checkInstance("core", core, Core);
  using job = core.job("sweepOnnx");
  const { sparsities, onPruned, ...settled } = job.calling(settledSweep(options));
  using _scope = core.scope();
  const work = await begun(core, bytes, settled);
  for (const [i, sparsity] of sparsities.entries()) {
    await onPruned(await work.at(sparsity), i);
    settled.onProgress?.({ stage: "search", layers: work.partCount, done: i + 1, total: sparsities.length });
  }
}

/** Work whose first steps, the same for any sparsity, are done. */
async function begun(core: Core, bytes: Uint8Array, settled: Settled): Promise<OnnxWork> {
  const { model, plan, samples } = prepared(bytes, settled, core.limitBytes);
  settled.signal?.throwIfAborted();
  const runtime = samples && (await runtimeOf(settled.runtime));
  // A runtime is given one file.
  const before = runtime && model.files.length > 0 ? model.withOutputs([]) : bytes;
  const run = runtime && {
    ...{ runtime, samples },
    outputs: await tryModel(runtime, before, model.outputs, samples, settled.labels),
  };
  const work = new OnnxWork(core, before, model, plan, settled, run);
  await work.begin();
  return work;
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
