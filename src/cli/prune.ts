/** `golden-ticket prune`: prunes a model file. */
import {
  exactObs,
  fisher,
  METHOD_NAMES,
  type Method,
  type MethodName,
  mFac,
  open,
  type Pattern,
  type Pruned,
  prune as pruneNetwork,
  sparsegpt,
} from "../index.js";
import { type Model, writeModel } from "../io/index.js";
import { type Command, common, variant } from "./command.js";
import { checkOut, writeWhole } from "./files.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { loadModel, networkOf } from "./model-file.js";
import {
  choice,
  file,
  type Given,
  integer,
  name,
  number,
  readOptions,
  refusal,
  type Spec,
} from "./options.js";
import { stageLine } from "./progress.js";
import { type Sizes, sizesOf, sizesTable } from "./sizes.js";
import { readInputs, readLabels, TENSOR_NOTE } from "./tensor-file.js";

const nOfM: Spec<{ n: number; m: number }> = {
  value: "N:M",
  help: "at most N weights kept of each M in a row, such as 2:4",
  read(given) {
    const [, n, m] = /^(\d+):(\d+)$/.exec(given) ?? [];
    return m === undefined ? undefined : { n: Number(n), m: Number(m) };
  },
  expected: "N:M",
};

const specs = {
  out: file("FILE", "where the pruned model goes, .safetensors"),
  format: choice(
    "how it stores pruned layers: with zeros and a mask, or as bit mask and values, as Python's compressed-tensors " +
      "does. Default dense",
    "dense",
    "bitmask",
  ),
  dtype: choice("of the weights in it. Default F32", "F32", "F16"),
  method: name("NAME", "Default exact-obs", METHOD_NAMES),
  sparsity: number("S", "share of zeros, from 0 to 1", 0, 1),
  pattern: nOfM,
  block: integer("B", "blocks of B neighbours in a row go together, with --sparsity", 1, 65_536),
  calibration: file("FILE[:TENSOR]", "samples to prune by; magnitude, random and synflow need none"),
  labels: file(
    "FILE[:TENSOR]",
    "their classes, for first-order, snip, grasp, diagonal-fisher, fisher and m-fac",
  ),
  damping: number(
    "D",
    "of the mean of the Hessian's diagonal; for fisher and m-fac as it is. Default 0.01, 1e-5",
    0,
    1e6,
  ),
  budget: choice(
    "zeros of each layer alike, or by the losses or scores of all. Default uniform",
    "uniform",
    "global",
    "erdos-renyi",
  ),
  refine: choice("kept and pruned weights change places while that helps", "swaps"),
  repair: {
    value: undefined,
    help: "least squares on the mask, for any method",
    read: () => true as const,
    expected: "no value",
  },
  seed: integer("N", "of random scores. Default 0", 0, Number.MAX_SAFE_INTEGER),
  workers: integer(
    "N",
    "threads beside this one, 0 = none. Default all cores; the result is the same",
    0,
    1024,
  ),
  variant,
  ...common,
};

type Options = Given<typeof specs>;

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
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    return run(loadModel(operands[0]), given);
  },
};

async function run(model: Model, given: Options): Promise<number> {
  const out = checkOut(given.out);
  const pattern = patternOf(given);
  const [features, classes] = [model.layers[0].columns, model.layers[model.layers.length - 1].rows];
  const calibration =
    given.calibration === undefined ? undefined : readInputs("--calibration", given.calibration, features);
  const labels = given.labels === undefined ? undefined : readLabels("--labels", given.labels, classes);
  const started = performance.now();
  using core = await open({ variant: given.variant ?? "simd" });
  const net = networkOf(core, model);
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  try {
    const { sparsity, budget, refine, repair, damping, seed, workers } = given;
    const usesDamping = given.method !== "fisher" && given.method !== "m-fac";
    const pruned = await pruneNetwork(net, {
      method: methodOf(given),
      pattern,
      signal,
      onProgress: (progress) => line.update(progress),
      ...definedOf({ sparsity, budget, refine, repair, seed, workers, calibration, labels }),
      ...(usesDamping && damping !== undefined ? { damping } : {}),
    });
    line.end();
    const written = prunedModel(model, net.parameters(), pruned);
    const { format: form, dtype } = given;
    await writeWhole(out, writeModel(written, metadataOf(given), { form, dtype }));
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    report(model, pruned, given, seconds, await sizesOf(model.layers, written.layers, dtype));
    return 0;
  } catch (error) {
    line.end();
    if (!signal.aborted) throw error;
    process.stderr.write("Interrupted; nothing was written.\n");
    await echo();
    return INTERRUPTED;
  } finally {
    end();
  }
}

/** Without the keys that have no value. */
function definedOf<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function patternOf({ pattern, block, sparsity }: Options): Pattern {
  if (pattern && (block !== undefined || sparsity !== undefined)) {
    throw refusal(
      "--pattern",
      "no --sparsity or --block beside it",
      `${pattern.n}:${pattern.m} and one of them`,
    );
  }
  if (pattern) return { kind: "n:m", ...pattern };
  if (sparsity === undefined) throw refusal("--sparsity", "a number from 0 to 1, or --pattern", "nothing");
  return block === undefined ? { kind: "unstructured" } : { kind: "block", columns: block };
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

function metadataOf({ method = "exact-obs", budget = "uniform", refine, seed, variant = "simd" }: Options) {
  return {
    ...{ format: "golden-ticket model", version: "1", method, budget, variant },
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
    const result = { method, layers: rows, sparsity: pruned.sparsity, sizes, seconds, out };
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
          name,
          `${outputs} × ${columns}`.padStart(11),
          String(kept).padStart(8),
          sparsity.toFixed(4).padStart(8),
          (relativeError === null ? "–" : relativeError.toExponential(2)).padStart(14),
          (deadInputs === null ? "–" : String(deadInputs)).padStart(11),
        ),
      ),
      sizesTable(sizes),
      `Sparsity ${pruned.sparsity.toFixed(4)} by ${method} in ${seconds} s, written to ${out}.\n`,
    ].join(""),
  );
}
