/** `golden-ticket prune`: prunes a model file. */
import {
  exactObs,
  fisher,
  type LayerRecord,
  type Method,
  type MethodName,
  mFac,
  open,
  type Pruned,
  type PruneOptions,
  prune as pruneNetwork,
  sparsegpt,
  type Variant,
} from "../index.js";
import { type Model, writeModel } from "../io/index.js";
import type { Begun } from "./checkpoint.js";
import { openCheckpointFolder, placeOf } from "./checkpoint-folder.js";
import type { Command } from "./command.js";
import { checkOut, writeWhole } from "./files.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { loadModel, networkOf } from "./model-file.js";
import { SAMPLES_NOTE } from "./onnx-samples.js";
import { readOptions } from "./options.js";
import { stageLine } from "./progress.js";
import { digestOf, leaving, recordsIn, saveRecord } from "./prune-checkpoint.js";
import { definedOf, type Options, patternOf, refuseOptions, specs } from "./prune-options.js";
import { showPlan } from "./prune-plan.js";
import { pruneShare } from "./prune-share.js";
import { printable, shellWord } from "./shell.js";
import { type Sizes, sizesOf, sizesTable } from "./sizes.js";
import { readInputs, readLabels, TENSOR_NOTE } from "./tensor-file.js";

export const prune: Command = {
  summary:
    "Prunes a model in one shot: by second-order methods that move the kept weights to make up for the pruned ones " +
    "(exact-obs, sparsegpt, obs, fisher, m-fac), or by scores alone.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between; F32, F64, F16 or BF16, also as bit mask and values. Its masks stay pruned. The pruned model has the " +
      "same tensors, pruned weights 0, and a mask a layer. Sizes are of its weights alone; bit mask means --format " +
      "bitmask.",
    TENSOR_NOTE,
    "Or MODEL is an .onnx file: the weights of Gemm, MatMul, Conv, LSTM and GRU are pruned, everything else stays " +
      "byte for byte. Methods are exact-obs, sparsegpt, wanda, magnitude and random; the first three take " +
      "activations from the npm package onnxruntime-web, which must be installed. What is written is read again, and " +
      "compared on the samples. --refine, --repair, --format and --dtype are not for it.",
    SAMPLES_NOTE,
    "--max-error is of the squares of all outputs on the samples, |f'(X) - f(X)|² / |f(X)|². Ctrl-C keeps what is " +
      "done on layers in the folder of --checkpoint; the same command with --resume DIR goes on.",
  ],
  examples: [
    [
      "prune lenet.safetensors --sparsity 0.9 --calibration mnist-train:2048 --out pruned.safetensors",
      "exact OBS, each layer alike",
    ],
    [
      "prune lenet.safetensors --sparsity 0.95 --budget global --refine swaps --calibration x.npy --out p.safetensors",
      "zeros where they cost least, then swaps",
    ],
    [
      "prune lenet.safetensors --pattern 2:4 --method sparsegpt --calibration x.npy --out p.safetensors",
      "2:4",
    ],
    [
      "prune lenet.safetensors --sparsity 0.9 --method magnitude --format bitmask --dtype F16 --out small.safetensors",
      "no zeros are stored, and kept weights as halves",
    ],
    [
      "prune lenet.safetensors --max-error 0.01 --calibration x.npy --checkpoint run --out p.safetensors",
      "the smallest model within 1 % output error; an interrupted run goes on with --resume run",
    ],
    ["prune lenet.safetensors --sparsity 0.9 --calibration x.npy --dry-run", "what would be done"],
    [
      "prune model.onnx --sparsity 0.5 --calibration x.npy --out pruned.onnx",
      "exact OBS on an ONNX model with one input, zeros where they cost least",
    ],
    [
      "prune model.onnx --method sparsegpt --pattern 2:4 --skip last* --calibration inputs.npz --out pruned.onnx",
      "2:4 but for the last layer; an array for each input",
    ],
    ["prune lenet.safetensors --config prune.json --out p.safetensors", "options from a file"],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const [path] = operands;
    if (path.endsWith(".onnx")) return (await import("./prune-onnx.js")).pruneOnnxFile(path, given);
    refuseOptions(given, ["skip", "depthwise", "unreached", "batch"], ".safetensors");
    return run(loadModel(path), given);
  },
};

async function run(model: Model, given: Options): Promise<number> {
  const isDry = given["dry-run"] === true;
  const out = isDry && given.out === undefined ? "" : checkOut(given.out);
  const pattern = patternOf(given);
  const [features, classes] = [model.layers[0].columns, model.layers[model.layers.length - 1].rows];
  const calibration =
    given.calibration === undefined ? undefined : readInputs("--calibration", given.calibration, features);
  const labels = given.labels === undefined ? undefined : readLabels("--labels", given.labels, classes);
  const started = performance.now();
  using core = await open({ variant: given.variant ?? "simd" });
  const { sparsity, "max-error": maxError, budget, refine, repair, damping, seed, workers } = given;
  const usesDamping = given.method !== "fisher" && given.method !== "m-fac";
  const options: PruneOptions = {
    ...{ method: methodOf(given), pattern },
    ...definedOf({ sparsity, maxError, budget, refine, repair, seed, workers, calibration, labels }),
    ...(usesDamping && damping !== undefined ? { damping } : {}),
  };
  if (isDry) {
    const { method, json = false } = given;
    showPlan(core, model, options, {
      method: method ?? "exact-obs",
      budget: budgetOf(given),
      out: given.out,
      json,
    });
    return 0;
  }
  const place = placeOf(given);
  const inputs = digestOf(model, calibration, labels);
  const folder = place && (await openCheckpointFolder(place, begunOf(given, core.variant, inputs)));
  const net = networkOf(core, model);
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  const records: LayerRecord[] = [];
  try {
    if (folder) records.push(...recordsIn(folder));
    const shareOf = pruneShare({ ...workOf(given), layers: model.layers });
    const pruned = await pruneNetwork(net, {
      ...options,
      signal,
      onProgress: (progress) => line.update({ ...progress, share: shareOf(progress) }),
      finished: [...records],
      async onLayer(record) {
        if (!folder) return;
        await saveRecord(folder, record);
        records.push(record);
      },
    });
    line.end();
    const written = prunedModel(model, net.parameters(), pruned);
    const { format: form, dtype } = given;
    await writeWhole(out, writeModel(written, metadataOf(given), { form, dtype }));
    await folder?.remove();
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    report(model, pruned, given, seconds, await sizesOf(model.layers, written.layers, dtype));
    return 0;
  } catch (error) {
    line.end();
    // What failed before anything was done, such as options that do not fit, is no run to go on with.
    if (!signal.aborted && records.length === 0) await folder?.remove();
    if (!signal.aborted) throw error;
    process.stderr.write(leaving(folder, records, model.layers.length));
    await echo();
    return INTERRUPTED;
  } finally {
    end();
    folder?.release();
  }
}

function methodOf({ method = "exact-obs", damping }: Options): Method | MethodName {
  if (damping === undefined) return method;
  const make = { "exact-obs": exactObs, sparsegpt, fisher, "m-fac": mFac }[method as string];
  return make ? make({ damping }) : method;
}

function prunedModel({ layers }: Model, parameters: readonly Float32Array[], pruned: Pruned): Model {
  return {
    layers: layers.map((layer, l) => ({
      ...layer,
      weights: parameters[2 * l],
      bias: parameters[2 * l + 1],
      mask: pruned.layers[l].mask.toArray(),
    })),
  };
}

const budgetOf = ({ budget, "max-error": maxError }: Options) =>
  budget ?? (maxError === undefined ? "uniform" : "optimal");

/** What the time of a pruning depends on. */
function workOf(given: Options) {
  const sweeps = (given.method ?? "exact-obs") === "exact-obs";
  const budget = budgetOf(given);
  const searches = given["max-error"] !== undefined;
  const curves = searches || budget === "optimal" || (budget === "global" && sweeps);
  return { sweeps, curves, searches, refines: given.refine !== undefined };
}

/** What the pruned model depends on. */
function begunOf(given: Options, variant: Variant, inputs: string): Begun {
  const { method = "exact-obs", sparsity, "max-error": maxError, pattern, block, damping } = given;
  const { refine, repair, seed = 0 } = given;
  const options = {
    ...{ method, sparsity, "max-error": maxError, pattern: pattern && `${pattern.n}:${pattern.m}`, block },
    ...{ budget: budgetOf(given), damping, refine, repair, seed, variant },
  };
  return { command: "prune", options, inputs };
}

function metadataOf({ method = "exact-obs", refine, seed, variant = "simd", ...given }: Options) {
  return {
    ...{ format: "golden-ticket model", version: "1", method, budget: budgetOf(given), variant },
    ...(refine ? { refine } : {}),
    ...(seed === undefined ? {} : { seed: String(seed) }),
  };
}

function report(
  { layers }: Model,
  pruned: Pruned,
  { json, method = "exact-obs", out }: Options,
  seconds: number,
  sizes: Sizes,
): void {
  const rows = pruned.layers.map(
    ({ rows, columns, kept, sparsity, relativeError = null, deadInputs }, l) => ({
      name: layers[l].name,
      ...{ rows, columns, kept, sparsity, relativeError, deadInputs: deadInputs?.length ?? null },
    }),
  );
  if (json) {
    const { sparsity, outputError = null } = pruned;
    const result = { method, layers: rows, sparsity, outputError, sizes, seconds, out };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const width = Math.max(5, ...rows.map(({ name }) => name.length));
  const line = (...cells: string[]) => `${cells[0].padEnd(width)}  ${cells.slice(1).join("  ")}\n`;
  process.stdout.write(
    [
      line("layer", "      shape", "    kept", "sparsity", "relative error", "dead inputs"),
      ...rows.map(({ name, rows: outputs, columns, kept, sparsity, relativeError, deadInputs }) =>
        line(
          printable(name),
          `${outputs} × ${columns}`.padStart(11),
          String(kept).padStart(8),
          sparsity.toFixed(4).padStart(8),
          (relativeError === null ? "–" : relativeError.toExponential(2)).padStart(14),
          (deadInputs === null ? "–" : String(deadInputs)).padStart(11),
        ),
      ),
      sizesTable(sizes),
      pruned.outputError === undefined ? "" : `Output error ${pruned.outputError.toExponential(2)}.\n`,
      `Sparsity ${pruned.sparsity.toFixed(4)} by ${method} in ${seconds} s, written to ${shellWord(out ?? "")}.\n`,
    ].join(""),
  );
}
