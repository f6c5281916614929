/** Models on disk in one .safetensors file, or in several with an index beside them. */
import { basename, dirname, join, resolve } from "node:path";
import { readSafetensors, readShards, type Safetensors, shardNames, writeShards } from "../io/index.js";
import { writeInOrder } from "../io/safetensors.js";
import { writeWhole } from "./files.js";
import { refusal } from "./options.js";
import { bytesOfFile, naming } from "./tensor-file.js";

const INDEX = ".safetensors.index.json";

/** How the file of a network may end. */
export const MODEL_SUFFIX = /\.safetensors(\.index\.json)?$/i;

/** For the help of commands. */
export const SHARDS_NOTE =
  "MODEL may be a .safetensors.index.json with its files beside it. Layers run by the numbers in their names, else " +
  "as they stand in the file; --order says it otherwise. PyTorch's weight_orig and weight_mask are read as weight " +
  "and mask.";

/**
 * The tensors of several files.
 *
 * @param option  that names the index, for messages
 * @param path  of the index
 * @throws {FormatError} that names the file, and a UsageError when one cannot be read
 */
export function readShardFiles(option: string, path: string): Safetensors {
  const index = bytesOfFile(option, path);
  return naming(path, () => {
    const files = shardNames(index).map(
      (name) => [name, bytesOfFile(option, join(dirname(path), name))] as const,
    );
    return readShards(index, new Map(files));
  });
}

/**
 * A model as the bytes of one file.
 *
 * @param path  of a .safetensors file, or of an index
 * @throws {FormatError} that names the file, and a UsageError when it cannot be read
 */
export function bytesOfModel(path: string): Uint8Array {
  if (!path.endsWith(INDEX)) return bytesOfFile("MODEL", path);
  const { tensors, metadata } = readShardFiles("MODEL", path);
  return writeInOrder(tensors, metadata);
}

/**
 * How the file of the pruned model must end; throws a UsageError when its files would replace those that are read.
 *
 * @param out  value of --out
 * @param path  of the model
 * @param isForced  whether they may
 */
export function suffixOf(out: string | undefined, path: string, isForced: boolean): string {
  if (!out?.endsWith(INDEX) || !path.endsWith(INDEX)) return ".safetensors";
  const isBeside = resolve(dirname(out)) === resolve(dirname(path));
  const taken = shardNames(bytesOfFile("MODEL", path)).some((name) => name.startsWith(`${stemOf(out)}-`));
  if (isBeside && taken && !isForced)
    throw refusal("--out", "a name that the files of MODEL do not begin with, or --force", out);
  return INDEX;
}

/**
 * Writes a model, as one file or as several and the index, which comes last.
 *
 * @param out  .safetensors, or .safetensors.index.json
 * @param bytes  of the model as one file
 * @param path  of the model it was made from, an index where `out` is one
 * @returns what was written, in words
 */
export async function writeModelFile(out: string, bytes: Uint8Array, path: string): Promise<string> {
  if (!out.endsWith(INDEX)) {
    await writeWhole(out, bytes);
    return path.endsWith(INDEX) ? "one file" : "";
  }
  const { files, index } = writeShards(readSafetensors(bytes), bytesOfFile("MODEL", path), stemOf(out));
  for (const [name, shard] of files) await writeWhole(join(dirname(out), name), shard);
  await writeWhole(out, index);
  return `${files.size} files and their index`;
}

const stemOf = (out: string): string => basename(out).slice(0, -INDEX.length);
