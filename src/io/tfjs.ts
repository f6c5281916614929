/**
 * Weights of TensorFlow.js, read: a model.json, of a graph model or a layers model, and its shards.
 *
 *   weightsManifest: groups of { paths: [file, …], weights: [{ name, shape, dtype, quantization? }, …] }
 *
 * The files of a group, one after another, hold its weights, one after another, little-endian. Quantised weights are
 * uint8 or uint16 (scale × q + min) or float16. Texts are u32 length and bytes each.
 *
 * Source: tensorflow/tfjs, tfjs-core/src/io/types.ts and io_utils.ts.
 */
import { checkMap } from "../check.js";
import { ArgumentRangeError, FormatError } from "../errors.js";
import { f32FromF16 } from "./half.js";
import {
  checkBytes,
  countOf,
  type Dtype,
  isShape,
  itemBytes,
  shown,
  shownShape,
  type Tensor,
  tensorAt,
  unshared,
} from "./tensor.js";

/** What a model holds. */
export interface TfjsWeights {
  /** By name, in their order; quantised ones as the numbers that they stand for. */
  readonly tensors: Map<string, Tensor>;
  /** Names of the tensors of texts, which are left out. */
  readonly skipped: string[];
}

interface Weight {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: keyof typeof plain | "string";
  readonly quantization?: Quantization;
}

interface Quantization {
  readonly dtype: keyof typeof quantised;
  readonly scale: number;
  readonly min: number;
}

interface Group {
  readonly paths: string[];
  readonly weights: Weight[];
}

const plain = { float32: "F32", int32: "I32", bool: "BOOL" } as const satisfies Record<string, Dtype>;
const quantised = { uint8: "U8", uint16: "U16", float16: "F16" } as const satisfies Record<string, Dtype>;

/**
 * The files that a model's weights are in.
 *
 * @param model  the bytes of model.json
 * @returns paths relative to it, none of which leads out of its folder
 * @throws {ArgumentTypeError} when `model` is no Uint8Array
 * @throws {FormatError} when the file has no sound manifest of weights
 */
export const tfjsPaths = (model: Uint8Array): string[] => readManifest(model).flatMap(({ paths }) => paths);

/**
 * Reads the weights of a model.
 *
 * @param model  the bytes of model.json
 * @param shards  the bytes of each file of `tfjsPaths`
 * @returns float32 (also what is quantised), int32 and bool tensors
 * @throws {ArgumentTypeError} when `model` or a shard is no Uint8Array
 * @throws {ArgumentRangeError} when a shard is missing
 * @throws {FormatError} when the manifest is broken, or the shards hold more or less than it says; names the tensor
 */
export function readTfjs(model: Uint8Array, shards: ReadonlyMap<string, Uint8Array>): TfjsWeights {
  checkMap("shards", shards);
  const tensors = new Map<string, Tensor>();
  const skipped = new Set<string>();
  for (const { paths, weights } of readManifest(model)) {
    const bytes = joined(paths, shards);
    let at = 0;
    for (const weight of weights) {
      if (tensors.has(weight.name) || skipped.has(weight.name))
        throw new FormatError(`weightsManifest expected each name once, found ${shown(weight.name)} twice`);
      const end = endOf(weight, bytes, at);
      if (weight.dtype === "string") skipped.add(weight.name);
      else tensors.set(weight.name, read(weight, weight.dtype, bytes, at));
      at = end;
    }
    if (at !== bytes.length)
      throw new FormatError(`shards ${shown(paths)} expected ${at} bytes, found ${bytes.length}`);
  }
  return { tensors, skipped: [...skipped] };
}

/** Where a weight that starts at byte `at` ends. */
function endOf({ name, shape, dtype, quantization }: Weight, bytes: Uint8Array, at: number): number {
  const fail = (expected: string) => {
    const rest = `${bytes.length - at} left in its shards`;
    return new FormatError(
      `tensor ${shown(name)} expected ${expected} for ${dtype} ${shownShape(shape)}, found ${rest}`,
    );
  };
  const count = countOf(shape);
  if (dtype !== "string") {
    const lengthBytes = count * itemBytes(quantization ? quantised[quantization.dtype] : plain[dtype]);
    if (lengthBytes <= bytes.length - at) return at + lengthBytes;
    throw fail(`${lengthBytes} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = at;
  if (!(4 * count <= bytes.length - at)) throw fail(`${count} texts`);
  for (let text = 0; text < count; text++) {
    if (end + 4 > bytes.length) throw fail(`${count} texts`);
    end += 4 + view.getUint32(end, true);
  }
  if (end > bytes.length) throw fail(`${count} texts`);
  return end;
}

function read(
  { shape, quantization }: Weight,
  dtype: keyof typeof plain,
  bytes: Uint8Array,
  at: number,
): Tensor {
  if (!quantization) return tensorAt(bytes, at, plain[dtype], shape);
  const { scale, min } = quantization;
  const { dtype: stored, data } = tensorAt<"U8" | "U16" | "F16">(
    bytes,
    at,
    quantised[quantization.dtype],
    shape,
  );
  if (stored === "F16") return { dtype: "F32", shape, data: f32FromF16(data) };
  if (dtype === "float32")
    return { dtype: "F32", shape, data: Float32Array.from(data, (q) => q * scale + min) };
  return { dtype: "I32", shape, data: Int32Array.from(data, (q) => Math.round(q * scale + min)) };
}

function joined(paths: readonly string[], shards: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = paths.map((path) => {
    const part = shards.get(path);
    if (!part)
      throw new ArgumentRangeError(`"shards" expected ${shown(path)}, got ${shown([...shards.keys()])}`);
    checkBytes(part);
    return part;
  });
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readManifest(model: Uint8Array): Group[] {
  checkBytes(model);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(unshared(model)));
  } catch (error) {
    throw new FormatError(`model.json expected JSON, found ${shown((error as Error).message)}`);
  }
  const groups = membersOf(json).weightsManifest;
  if (!Array.isArray(groups))
    throw new FormatError(`model.json expected a list weightsManifest, found ${shown(groups)}`);
  // A file named a thousand times would be joined to a thousand of its kind.
  const seen = new Set<string>();
  return groups.map((group) => {
    const { paths, weights } = membersOf(group);
    if (!Array.isArray(paths) || !Array.isArray(weights))
      throw new FormatError(`weightsManifest expected groups of paths and weights, found ${shown(group)}`);
    for (const path of paths.map(checkPath)) {
      if (seen.has(path))
        throw new FormatError(`weightsManifest expected each path once, found ${shown(path)} twice`);
      seen.add(path);
    }
    return { paths, weights: weights.map(readWeight) };
  });
}

/** A model from a stranger must not make anybody read another folder. */
function checkPath(path: unknown): string {
  if (typeof path === "string" && /^[^/\\:]/.test(path) && !/[\\:]|(^|\/)\.\.(\/|$)/.test(path)) return path;
  throw new FormatError(`weightsManifest expected paths within its folder, found ${shown(path)}`);
}

function readWeight(value: unknown): Weight {
  const { name, shape, dtype, quantization } = membersOf(value);
  if (typeof name !== "string")
    throw new FormatError(`weightsManifest expected a name, found ${shown(name)}`);
  const fail = (expected: string, found: unknown) =>
    new FormatError(`tensor ${shown(name)} expected ${expected}, found ${shown(found)}`);
  if (!isShape(shape)) throw fail("a shape of whole numbers ≥ 0", shape);
  if (dtype !== "string" && !isKey(plain, dtype))
    throw fail(`a dtype out of ${Object.keys(plain).join(", ")}, string`, dtype);
  if (quantization === undefined || dtype === "string") return { name, shape, dtype };
  const { dtype: stored, scale = 1, min = 0 } = membersOf(quantization);
  if (!isKey(quantised, stored)) throw fail(`quantization as ${Object.keys(quantised).join(", ")}`, stored);
  if (dtype === "bool" || (dtype !== "float32" && stored === "float16"))
    throw fail("quantization of float32, or of int32 in whole numbers", dtype);
  if (!Number.isFinite(scale) || !Number.isFinite(min)) throw fail("a finite scale and min", [scale, min]);
  return { name, shape, dtype, quantization: { dtype: stored, scale: scale as number, min: min as number } };
}

const isKey = <T extends object>(table: T, key: unknown): key is keyof T =>
  typeof key === "string" && Object.hasOwn(table, key);

/** The members of an object; of anything else none. */
const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
