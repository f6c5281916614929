/** The samples that `find` searches with: MNIST, or files of one's own. */
import { type Core, type LabelledInputs, type Samples, splitSamples } from "../index.js";
import { type Tensor, writeSafetensors } from "../io/index.js";
import { TRAIN_LIMIT } from "../mnist/samples.js";
import { mnistSamples } from "./mnist-samples.js";
import { file, type Given, number, refusal } from "./options.js";
import { isCsv, namedTensors, readLabelledCsv, readSamples, readWholes } from "./tensor-file.js";

const tensor = (help: string) => file("FILE[:TENSOR]", help);

export const dataSpecs = {
  data: file(
    "mnist|FILE",
    "the samples: MNIST, or a .npz or .safetensors file with the tensors inputs and labels, test_inputs and " +
      "test_labels, validation_…; or x_train, y_train, x_test, …, as Keras names them; or a .csv file with a sample " +
      "a line, whose label is in the column label, class, target or y, else in the last. Default mnist",
  ),
  inputs: tensor("samples of one's own, instead of --data"),
  labels: tensor("their classes: whole numbers, one class for each different one"),
  "validation-inputs": tensor("samples for early stopping, instead of a share"),
  "validation-labels": tensor("their classes"),
  "test-inputs": tensor("samples for accuracies, instead of a share"),
  "test-labels": tensor("their classes"),
  validation: number(
    "S",
    "share of the samples that is held back for early stopping, above 0. Default 0.1",
    0,
    0.9,
  ),
  test: number("S", "share of the samples that is held back for accuracies, above 0. Default 0.1", 0, 0.9),
};

/** The options as given. */
export type DataOptions = Given<typeof dataSpecs>;

/** Where samples are read from, and how many are held back; without files it is MNIST. */
export type DataSource = Omit<DataOptions, "data">;

/** Samples, and what files must say of them. */
export interface FindData {
  readonly samples: Samples;
  /** The label of each class, where labels do not count from 0. */
  readonly labels?: readonly number[];
  /** The samples that were held back for accuracies, as a file. */
  readonly heldBack?: Uint8Array;
}

const PARTS = ["", "validation-", "test-"] as const;
/** Names of the inputs and labels of each part in a file of all. */
const NAMES = {
  "": [
    ["inputs", "labels"],
    ["x_train", "y_train"],
    ["train_inputs", "train_labels"],
    ["x", "y"],
  ],
  "validation-": [
    ["validation_inputs", "validation_labels"],
    ["x_val", "y_val"],
  ],
  "test-": [
    ["test_inputs", "test_labels"],
    ["x_test", "y_test"],
  ],
} as const;

/**
 * The files of the options. Options that contradict each other are refused with a UsageError.
 *
 * @param given  options
 * @returns undefined for MNIST
 */
export function sourceOf(given: DataOptions): DataSource | undefined {
  const { data = "mnist", validation, test } = given;
  const isOwn = Object.keys(dataSpecs).some((name) => name !== "data" && Object.hasOwn(given, name));
  if (data === "mnist" && !isOwn) return undefined;
  const named = given.data === undefined || data === "mnist" ? {} : tensorsOf(data);
  const source: Record<string, string> = { ...named };
  for (const part of PARTS) {
    for (const kind of ["inputs", "labels"] as const) {
      const option = `${part}${kind}` as const;
      const own = given[option];
      if (own !== undefined && source[option] !== undefined) {
        throw refusal(`--${option}`, `none beside ${source[option]} of --data`, own);
      }
      if (own !== undefined) source[option] = own;
    }
  }
  for (const part of PARTS) {
    const [inputs, labels] = [`${part}inputs`, `${part}labels`];
    const isNeeded = part === "" || source[inputs] !== undefined || source[labels] !== undefined;
    for (const [one, other] of [
      [inputs, labels],
      [labels, inputs],
    ]) {
      if (isNeeded && source[one] === undefined) {
        throw refusal(`--${one}`, `a file${source[other] ? `, as --${other} is one` : ""}`, "nothing");
      }
    }
  }
  const shares = { validation, test };
  for (const [name, share] of Object.entries(shares)) {
    const own = source[`${name}-inputs`];
    if (share !== undefined && own !== undefined)
      throw refusal(`--${name}`, `none beside ${own}`, String(share));
    if (share === 0) throw refusal(`--${name}`, `a share above 0, or --${name}-inputs and -labels`, "0");
  }
  return {
    ...source,
    ...(source["validation-inputs"] ? {} : { validation: validation ?? 0.1 }),
    ...(source["test-inputs"] ? {} : { test: test ?? 0.1 }),
  };
}

/** Sources of the tensors in a file of all. */
function tensorsOf(path: string): Record<string, string> {
  if (isCsv(path)) return { inputs: path, labels: path };
  const names = namedTensors("--data", path)?.names ?? [];
  const source: Record<string, string> = {};
  for (const part of PARTS) {
    const pair = NAMES[part].find(([inputs, labels]) => names.includes(inputs) && names.includes(labels));
    if (!pair) continue;
    source[`${part}inputs`] = `${path}:${pair[0]}`;
    source[`${part}labels`] = `${path}:${pair[1]}`;
  }
  if (source.inputs !== undefined) return source;
  throw refusal(
    "--data",
    "mnist, or a file with tensors inputs and labels",
    `${names.join(", ") || "none"} in ${path}`,
  );
}

/**
 * Reads the samples.
 *
 * @param core  whose generator divides them
 * @param source  of `sourceOf`; undefined for MNIST
 * @param options.trainSize  train on so many at most; default all
 * @param options.outputs  of the network, where they are known
 * @throws {FormatError} when a file is broken, and a UsageError when there is none, or samples and labels do not fit
 */
export function readData(
  core: Core,
  source: DataSource | undefined,
  { trainSize, outputs }: { readonly trainSize?: number; readonly outputs?: number },
): FindData {
  if (!source) return { samples: mnistSamples(Math.min(trainSize ?? TRAIN_LIMIT, TRAIN_LIMIT)) };
  const all = readPart(source, "");
  if (!all) throw refusal("--inputs", "a file", "nothing");
  const [validation, test] = [
    readPart(source, "validation-", all.width),
    readPart(source, "test-", all.width),
  ];
  const labels = classesOf(
    [all, validation, test].flatMap((part) => [...(part?.wholes ?? [])]),
    outputs,
  );
  if (labels.length < 2 || labels.length > 65_536) {
    throw refusal("--labels", "from 2 to 65536 different classes", String(labels.length));
  }
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const labelled = ({ inputs, wholes }: Part): LabelledInputs => ({
    inputs,
    labels: Uint16Array.from(wholes, (label) => indexOf.get(label) as number),
  });
  const whole = splitSamples(core, labelled(all), {
    features: all.width,
    classes: labels.length,
    validation: validation ? labelled(validation) : source.validation,
    test: test ? labelled(test) : source.test,
  });
  const { features, train } = whole;
  const size = Math.min(trainSize ?? train.labels.length, train.labels.length);
  const first = { inputs: train.inputs.subarray(0, size * features), labels: train.labels.subarray(0, size) };
  const counts = labels.every((label, index) => label === index);
  return {
    samples: { ...whole, train: first },
    ...(counts ? {} : { labels }),
    ...(test ? {} : { heldBack: fileOf(whole.test, features, labels) }),
  };
}

interface Part {
  readonly inputs: Uint8Array | Float32Array;
  readonly width: number;
  readonly wholes: Float32Array | Float64Array;
}

/** @param features  numbers a sample, when others of them are known */
function readPart(source: DataSource, part: (typeof PARTS)[number], features?: number): Part | undefined {
  const [inputsFrom, labelsFrom] = [source[`${part}inputs`], source[`${part}labels`]];
  if (inputsFrom === undefined || labelsFrom === undefined) return undefined;
  const isTable = inputsFrom === labelsFrom && isCsv(inputsFrom);
  const {
    values: inputs,
    width,
    wholes,
  } = isTable
    ? readLabelledCsv(`--${part}inputs`, inputsFrom)
    : {
        ...readSamples(`--${part}inputs`, inputsFrom),
        wholes: readWholes(`--${part}labels`, labelsFrom),
      };
  const count = inputs.length / width;
  if (count === 0) throw refusal(`--${part}inputs`, "at least one sample", `none in ${inputsFrom}`);
  if (wholes.length !== count) {
    throw refusal(`--${part}labels`, `${count} labels, one a sample of ${inputsFrom}`, String(wholes.length));
  }
  if (features !== undefined && width !== features) {
    throw refusal(`--${part}inputs`, `samples of ${features} numbers`, `${width} in ${inputsFrom}`);
  }
  return { inputs, width, wholes };
}

/** The labels that there are, rising: each is a class. Of a network with outputs for more, each output is one. */
function classesOf(wholes: readonly number[], outputs = 0): number[] {
  const labels = [...new Set(wholes)].sort((a, b) => a - b);
  const fits = labels[0] >= 0 && labels[labels.length - 1] < outputs;
  return fits ? Array.from({ length: outputs }, (_, label) => label) : labels;
}

/** As `evaluate` reads it. */
function fileOf({ inputs, labels }: LabelledInputs, features: number, names: readonly number[]): Uint8Array {
  const shape = [labels.length, features];
  const data = BigInt64Array.from(labels, (label) => BigInt(names[label]));
  return writeSafetensors(
    new Map<string, Tensor>([
      [
        "inputs",
        inputs instanceof Uint8Array
          ? { dtype: "U8", shape, data: inputs }
          : { dtype: "F32", shape, data: inputs },
      ],
      ["labels", { dtype: "I64", shape: [labels.length], data }],
    ]),
  );
}
