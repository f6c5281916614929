/** From the files of a model to its graph, whatever the format. */
import { checkMap, checkObject, checkTypedArray } from "../check.js";
import { describe } from "../describe.js";
import { FormatError } from "../errors.js";
import { diskReader, folderOf } from "../io/disk.js";
import { readModel as readStack } from "../io/model.js";
import { onnxFiles } from "../io/onnx/onnx.js";
import { readSafetensors } from "../io/safetensors.js";
import { checkBytes } from "../io/tensor.js";
import { tfjsPaths } from "../io/tfjs.js";
import type { Graph } from "../ops/ir.js";
import { readOnnxGraph } from "./read-onnx.js";
import { stackGraph } from "./read-stack.js";
import { readTfjsGraph } from "./read-tfjs.js";

/** A model as its files hold it. */
export interface ModelFile {
  readonly format: "onnx" | "tfjs" | "safetensors";
  readonly graph: Graph;
}

/** The files of a model by name: the model's own, and those that it names. */
export type ModelFiles = ReadonlyMap<string, Uint8Array> | Readonly<Record<string, Uint8Array>>;

/**
 * Reads a model: ONNX, with values in files beside it; a TensorFlow.js model (graph or layers) with its shards; a
 * .safetensors stack of fully connected layers with ReLU between.
 *
 * @param source  the bytes of a model in one file; or all its files by name; in Node also a path, what it names is read
 *   beside it
 * @returns its graph, for {@link model}
 * @throws {ArgumentTypeError} when `source` is none of these, or a path where there are no files
 * @throws {FormatError} when a file is broken, of another format, or missing
 * @throws {ArgumentRangeError} when a shard is missing
 */
export async function readModel(source: Uint8Array | ModelFiles | string): Promise<ModelFile> {
  if (typeof source === "string") return readPath(source);
  if (ArrayBuffer.isView(source))
    return readFiles("", checkTypedArray("source", source, "Uint8Array"), new Map());
  const files = filesOf(source);
  const [name, bytes] = mainFile(files);
  return readFiles(name, bytes, files);
}

function filesOf(source: unknown): Map<string, Uint8Array> {
  const entries =
    source instanceof Map
      ? [...checkMap("source", source)]
      : Object.entries(checkObject("source", source as object));
  for (const [name, bytes] of entries)
    checkTypedArray(`source[${JSON.stringify(name)}]`, bytes, "Uint8Array");
  return new Map(entries as [string, Uint8Array][]);
}

/** The one file that is a model, and no part of another. */
function mainFile(files: ReadonlyMap<string, Uint8Array>): [string, Uint8Array] {
  const models = [...files].filter(([name]) => /\.(onnx|json|safetensors)$/i.test(name));
  if (models.length === 1) return models[0];
  const found = models.length === 0 ? [...files.keys()] : models.map(([name]) => name);
  throw new FormatError(`source expected one file .onnx, .json or .safetensors, found ${describe(found)}`);
}

/** Told by what they begin with: JSON by its brace, safetensors by the brace behind 8 bytes of length. */
function readFiles(name: string, bytes: Uint8Array, files: ReadonlyMap<string, Uint8Array>): ModelFile {
  checkBytes(bytes);
  const start =
    bytes[0] === 0x7b || /\.json$/i.test(name) ? "json" : bytes[8] === 0x7b ? "safetensors" : "onnx";
  if (start === "json") return { format: "tfjs", graph: readTfjsGraph(bytes, files) };
  if (start === "onnx") return { format: "onnx", graph: readOnnxGraph(bytes, files) };
  return { format: "safetensors", graph: stackGraph(readStack(readSafetensors(bytes).tensors)) };
}

function readPath(path: string): ModelFile {
  const read = diskReader();
  const bytes = read(path);
  const folder = folderOf(path);
  try {
    checkBytes(bytes);
    const beside = /\.json$/i.test(path) ? tfjsPaths(bytes) : /\.onnx$/i.test(path) ? onnxFiles(bytes) : [];
    return readFiles(path, bytes, new Map(beside.map((name) => [name, read(folder + name)])));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${path}: ${error.message}`, { cause: error });
  }
}
