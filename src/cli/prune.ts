/** `golden-ticket prune`: prunes a model file. */

import {
  fisher,
  type Method,
  type MethodName,
  mFac,
  type Network,
  open,
  type Pattern,
  type Pruned,
  type PruneOptions,
} from "../index.js";
import type { Queue } from "../queue/index.js";
import type { Command } from "./command.js";
import { writeWhole } from "./files.js";
import { INTERRUPTED } from "./interrupt.js";
import { labelsIn, loadModel, namingLayers } from "./model-file.js";
import { SAMPLES_NOTE } from "./onnx-samples.js";
import { readOptions } from "./options.js";
import { checkForm, writtenModel } from "./prune-file.js";
import {
  budgetOf,
  definedOf,
  type Options,
  outsOf,
  patternOf,
  refuseOptions,
  specs,
} from "./prune-options.js";
import { type PruneRun, showPruned } from "./prune-output.js";
import { showPlan } from "./prune-plan.js";
import { measure, type PruneSamples, samplesFor } from "./prune-samples.js";
import { pruneModel } from "./prune-work.js";
import { keptOf, withQueue } from "./queue-options.js";
import { bytesOfModel, SHARDS_NOTE, suffixOf, writeModelFile } from "./shard-files.js";
import { TENSOR_NOTE } from "./tensor-file.js";
import { exitCompared } from "./uncompared.js";

export const prune: Command = {
  summary:
    "Prunes a model in one shot: by second-order methods that move the kept weights to make up for the pruned ones " +
    "(exact-obs, sparsegpt, obs, fisher, m-fac), or by scores alone.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between; F32, F64, F16 or BF16, also as bit mask and values. Its masks stay pruned. The pruned model is the " +
      "same file, of the same tensors, types and metadata, with 0 for what is pruned; --masks, --format and --dtype " +
      "change that. Sizes by layer are of weights alone; bit mask means --format bitmask, which the Python package " +
      "compressed-tensors reads before 0.15; later versions, from 2026 on, have no sparse formats.",
    "With --labels, a fifth of the samples (--validation) is held back from pruning, and the accuracy on them is told.",
    SHARDS_NOTE,
    TENSOR_NOTE,
    "Or MODEL is an .onnx file: the weights of Gemm, MatMul, Conv, LSTM, GRU and RNN are pruned, everything else " +
      "stays byte for byte, and weights that do are listed with the reason; files beside it that hold values get the " +
      "new name. Methods are exact-obs, sparsegpt, wanda, magnitude and random; the first three take activations " +
      "from the npm package onnxruntime-web, which must be installed. What is written is read again, and compared on " +
      "the samples; its zeros make it smaller once compressed, and no runtime faster that multiplies by them. " +
      "Of several outputs, tables and reports have the largest error. --refine, --repair, --format, --dtype and " +
      "--masks are not for it.",
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
    [
      "prune lenet.safetensors --sweep 0.5,0.8,0.9,0.95 --calibration x.npy --labels y.npy --report pruned.html",
      "how far it can go: errors, accuracies and sizes, as a table and a page with plots",
    ],
    ["prune lenet.safetensors --sparsity 0.9 --dry-run", "what would be done"],
    [
      "prune model.onnx --sparsity 0.5 --calibration x.npy --out pruned.onnx",
      "exact OBS on an ONNX model with one input, zeros where they cost least",
    ],
    [
      "prune model.onnx --sweep 0.3,0.5,0.7 --calibration x.npy --labels y.npy --report pruned.html",
      "how far it can go",
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
    const isOnnx = /\.onnx$/i.test(path);
    if (!isOnnx) refuseOptions(given, ["skip", "depthwise", "unreached", "batch"], ".safetensors");
    const kept = keptOf("prune", specs, given, ["MODEL"]);
    return withQueue(kept, given, async (queue) => {
      if (isOnnx) return (await import("./prune-onnx.js")).pruneOnnxFile(path, given, queue);
      return run(path, given, queue);
    });
  },
};

async function run(path: string, given: Options, queue?: Queue): Promise<number> {
  const bytes = bytesOfModel(path);
  const model = loadModel(path, given.order, bytes);
  const pattern = patternOf(given);
  const outs = outsOf(path, given, suffixOf(given.out, path, given.force === true));
  const samples = samplesFor(given, model, labelsIn(bytes, model.layers[model.layers.length - 1].rows));
  checkForm(bytes, model, given);
  const started = performance.now();
  using core = await open({ variant: given.variant ?? "simd" });
  const options = { ...optionsOf(given, pattern, samples), ...definedOf({ queue }) };
  const { method = "exact-obs", json = false } = given;
  if (given["dry-run"]) {
    const asked = { method, budget: budgetOf(given), out: given.out, json };
    await namingLayers(model, () => showPlan(core, model, options, asked));
    return 0;
  }
  const runs: PruneRun[] = [];
  const write = async (pruned: Pruned, net: Network) => {
    const written = writtenModel(bytes, model, pruned, net, given);
    const out = outs[runs.length];
    const files = out === undefined ? "" : await writeModelFile(out, written.bytes, path);
    runs.push({ pruned, written, out, files, ...measure(core, model, samples, pruned, written) });
  };
  const isDone = await namingLayers(model, () => pruneModel({ core, model, options, given }, write));
  if (!isDone) return INTERRUPTED;
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  if (given.report !== undefined) {
    const { pruneReport } = await import("./prune-report.js");
    await writeWhole(given.report, pruneReport({ path, given, model, before: bytes, runs, seconds }));
  }
  await showPruned({ given, model, before: bytes, runs, seconds });
  const failed = runs.find(({ compareError }) => compareError);
  return exitCompared(path, failed?.out ?? "", failed?.compareError);
}

/** What the library is asked for. */
function optionsOf(given: Options, pattern: Pattern, { calibration, labels }: PruneSamples): PruneOptions {
  const {
    sweep,
    sparsity = sweep?.[0],
    "max-error": maxError,
    budget,
    refine,
    repair,
    damping,
    seed,
    workers,
  } = given;
  const usesDamping = given.method !== "fisher" && given.method !== "m-fac";
  return {
    ...{ method: methodOf(given), pattern },
    ...definedOf({ sparsity, maxError, budget, refine, repair, seed, workers, calibration, labels }),
    ...(usesDamping && damping !== undefined ? { damping } : {}),
  };
}

function methodOf({ method = "exact-obs", damping }: Options): Method | MethodName {
  if (damping === undefined) return method;
  const make = { fisher, "m-fac": mFac }[method as string];
  return make ? make({ damping }) : method;
}
