/**
 * Models in several safetensors files, as Hugging Face's libraries write them beside an index:
 *
 *   model.safetensors.index.json   { "metadata": { "total_size": … }, "weight_map": { tensor: file, … } }
 *   model-00001-of-00002.safetensors, …   the tensors, in order from file to file
 *
 * Source: huggingface_hub, serialization/_base.py.
 */
import { checkMap, checkObject, checkString } from "../check.js";
import { FormatError } from "../errors.js";
import { duplicateKey } from "./duplicate-key.js";
import { naturally } from "./model-order.js";
import { layerOf } from "./model-parts.js";
import { readSafetensors, type Safetensors, writeInOrder } from "./safetensors.js";
import { checkBytes, checkTensors, shown, type Tensor } from "./tensor.js";

/**
 * The files that an index names, in the order of their numbers.
 *
 * @param index  of a `.safetensors.index.json` file
 * @throws {ArgumentTypeError} when it is no Uint8Array
 * @throws {FormatError} when it is no index
 */
export function shardNames(index: Uint8Array): string[] {
  return [...new Set(mapOf(index).values())].sort(naturally);
}

/**
 * All tensors of a model in several files.
 *
 * @param index  of a `.safetensors.index.json` file
 * @param shards  the files that it names, each whole
 * @returns the tensors in their order, file after file, and the metadata of all files
 * @throws {ArgumentTypeError} when an argument is of another type
 * @throws {FormatError} when a file is missing or broken, or holds other tensors than the index says; it names both
 */
export function readShards(index: Uint8Array, shards: ReadonlyMap<string, Uint8Array>): Safetensors {
  const map = mapOf(index);
  checkMap("shards", shards);
  const tensors = new Map<string, Tensor>();
  const metadata: Record<string, string> = {};
  for (const name of shardNames(index)) {
    const bytes = shards.get(name);
    if (bytes === undefined) throw new FormatError(`index expected the file ${shown(name)}, found none`);
    const shard = readSafetensors(bytes);
    for (const [key, tensor] of shard.tensors) {
      if (map.get(key) !== name) {
        const found = map.has(key) ? `in ${shown(map.get(key))}` : "nowhere in it";
        throw new FormatError(`index expected tensor ${shown(key)} in ${shown(name)}, found it ${found}`);
      }
      tensors.set(key, tensor);
    }
    Object.assign(metadata, shard.metadata);
  }
  const missing = [...map.keys()].find((key) => !tensors.has(key));
  if (missing === undefined) return { metadata, tensors };
  throw new FormatError(`file ${shown(map.get(missing))} expected tensor ${shown(missing)}, found none`);
}

/** Files of a model, and the index that names them. */
export interface Shards {
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Names the file of each tensor. */
  readonly index: Uint8Array;
}

/**
 * A model in as many files as another index has, the same tensors together; tensors that it does not know go where the
 * others of their layer are.
 *
 * @param model  of `readSafetensors`
 * @param index  of the model that it was made from
 * @param stem  what the files are called: STEM-00001-of-00002.safetensors
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 * @throws {FormatError} when the index is none
 */
export function writeShards(model: Safetensors, index: Uint8Array, stem: string): Shards {
  const { tensors, metadata } = checkObject("model", model);
  checkTensors(tensors);
  checkString("stem", stem);
  const map = mapOf(index);
  const names = shardNames(index);
  const home = new Map([...map].map(([key, name]) => [layerOf(key), name]));
  const parts = names.map(() => new Map<string, Tensor>());
  for (const [key, tensor] of tensors) {
    const name = map.get(key) ?? home.get(layerOf(key)) ?? names[0];
    parts[names.indexOf(name)].set(key, tensor);
  }
  const number = (i: number) => String(i).padStart(5, "0");
  const used = parts.filter((part) => part.size > 0);
  const files = new Map(
    used.map((part, i) => [
      `${stem}-${number(i + 1)}-of-${number(used.length)}.safetensors`,
      writeInOrder(part, metadata),
    ]),
  );
  const entries = [...files.keys()].flatMap((file, i) => [...used[i].keys()].map((key) => [key, file]));
  const size = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  // By hand, because an object would move keys such as "0" to the front.
  const pairs = entries.map(([key, file]) => `    ${JSON.stringify(key)}: ${JSON.stringify(file)}`);
  const text = `{\n  "metadata": { "total_size": ${size} },\n  "weight_map": {\n${pairs.join(",\n")}\n  }\n}\n`;
  return { files, index: new TextEncoder().encode(text) };
}

/** Tensor → file. */
function mapOf(index: Uint8Array): Map<string, string> {
  checkBytes(index);
  let text: string;
  let parsed: { weight_map?: unknown } | null;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(index));
    parsed = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`index expected JSON, found ${shown((error as Error).message)}`);
  }
  const map = typeof parsed === "object" ? parsed?.weight_map : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new FormatError(`index expected an object with a weight_map, found ${shown(map ?? parsed)}`);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new FormatError(`index expected each key once, found ${shown(twice)} twice`);
  const entries = Object.entries(map as Record<string, unknown>);
  if (entries.length === 0) throw new FormatError("index expected tensors in its weight_map, found none");
  for (const [key, name] of entries) {
    // Nothing beside the index is opened because a file says so.
    if (typeof name === "string" && /^[^/\\]+\.safetensors$/.test(name)) continue;
    throw new FormatError(
      `index expected a .safetensors file beside it for tensor ${shown(key)}, found ${shown(name)}`,
    );
  }
  return new Map(entries as [string, string][]);
}
