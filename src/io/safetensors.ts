/**
 * safetensors: named tensors behind a JSON header.
 *
 *   u64       length of the header in bytes, little-endian
 *   header    JSON: name → { dtype, shape, data_offsets: [begin, end] }, and `__metadata__`: string → string;
 *             offsets count from the end of the header
 *   data      every byte of it belongs to exactly one tensor
 *
 * Source: the format description of huggingface/safetensors; the limits are those of its reference reader.
 */
import { checkMap, checkObject } from "../check.js";
import { ArgumentTypeError, FormatError } from "../errors.js";
import { duplicateKey } from "./duplicate-key.js";
import type { Dtype, Tensor } from "./tensor.js";
import {
  bytesOf,
  checkBinary,
  checkTensors,
  countOf,
  dtypes,
  isDtype,
  isShape,
  itemBytes,
  shown,
  shownShape,
  tensorAt,
  unshared,
} from "./tensor.js";

/** A file as it was read. */
export interface Safetensors {
  /** Free text by name; empty when the file has none. */
  readonly metadata: Record<string, string>;
  /** In the order of their data in the file. */
  readonly tensors: Map<string, Tensor>;
}

/** As in the reference reader: a longer header is an attack, not a model. */
const headerLimitBytes = 100_000_000;
const metadataName = "__metadata__";

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Reads a safetensors file.
 *
 * @param bytes  the whole file
 * @returns metadata and tensors; tensors are views of `bytes` where they are aligned, copies elsewhere
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when the file breaks the format; it names tensor, expected and found
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { metadata, entries, dataStart } = layoutOf(bytes);
  return {
    metadata: readMetadata(metadata),
    tensors: new Map(
      entries.map(({ name, dtype, shape, begin }) => [
        name,
        tensorAt(bytes, dataStart + begin, dtype, shape),
      ]),
    ),
  };
}

/**
 * A file with other values in some tensors: header, order and every other byte stay.
 *
 * @param bytes  the whole file, left as it is
 * @param tensors  by name, of as many bytes as in the file
 * @throws {FormatError} when the file breaks the format
 */
export function editSafetensors(bytes: Uint8Array, tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const { entries, dataStart } = layoutOf(bytes);
  const edited = Uint8Array.from(bytes);
  for (const { name, begin } of entries) {
    const tensor = tensors.get(name);
    if (tensor) edited.set(bytesOf(tensor.data), dataStart + begin);
  }
  return edited;
}

/** The header of a file, checked, with the tensors in the order of their data. */
function layoutOf(bytes: Uint8Array): { metadata: unknown; entries: Entry[]; dataStart: number } {
  checkBinary(bytes);
  if (bytes.length < 8)
    throw new FormatError(`safetensors file expected at least 8 bytes, found ${bytes.length}`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const limit = Math.min(bytes.length - 8, headerLimitBytes);
  if (declared > BigInt(limit)) {
    throw new FormatError(
      `safetensors header expected at most ${limit} bytes, found a length of ${declared}`,
    );
  }
  const dataStart = 8 + Number(declared);
  const { [metadataName]: metadata = {}, ...rest } = parseHeader(bytes.subarray(8, dataStart));
  const entries = Object.entries(rest).map(([name, value]) => readEntry(name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, bytes.length - dataStart);
  return { metadata, entries, dataStart };
}

/**
 * Writes a safetensors file. The same tensors and metadata give the same bytes, whatever their order.
 *
 * @param tensors   by name
 * @param metadata  free text about the file
 * @returns the file; every tensor is aligned to its item size, so that a reader needs no copies
 * @throws {ArgumentTypeError} when array and dtype of a tensor disagree or metadata is not text
 * @throws {ShapeError} when a tensor has more or fewer values than its shape says
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const byName = [...checkMap("tensors", tensors)].sort(([a], [b]) => compare(a, b));
  return writeInOrder(new Map(byName), metadata);
}

/**
 * As `writeSafetensors`, but tensors of one item size follow each other as given, for readers to whom the order tells
 * something.
 *
 * @param tensors   by name
 * @param metadata  free text about the file
 * @throws {ArgumentTypeError | ShapeError} as `writeSafetensors`
 */
export function writeInOrder(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const members: string[] = [];
  const texts = Object.entries(checkObject("metadata", metadata)).sort(([a], [b]) => compare(a, b));
  for (const [key, text] of texts) {
    if (typeof text !== "string")
      throw new ArgumentTypeError(`"metadata.${key}" expected text, got ${shown(text)}`);
  }
  if (texts.length > 0)
    members.push(member(metadataName, object(texts.map(([key, text]) => member(key, JSON.stringify(text))))));

  if (checkMap("tensors", tensors).has(metadataName))
    throw new ArgumentTypeError(`"tensors" expected no tensor named ${metadataName}, got one`);
  const ordered = [...checkTensors(tensors)].sort(([, s], [, t]) => itemBytes(t.dtype) - itemBytes(s.dtype));
  let end = 0;
  for (const [name, tensor] of ordered) {
    const begin = end;
    end += tensor.data.byteLength;
    members.push(
      member(name, JSON.stringify({ dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] })),
    );
  }

  const header = new TextEncoder().encode(object(members));
  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(dataStart + end).fill(0x20, 8 + header.length, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(header, 8);
  let at = dataStart;
  for (const [, { data }] of ordered) {
    file.set(bytesOf(data), at);
    at += data.byteLength;
  }
  return file;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(unshared(bytes));
    header = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`safetensors header expected JSON, found ${shown((error as Error).message)}`);
  }
  if (!isObject(header) || bytes[0] !== 0x7b)
    throw new FormatError(`safetensors header expected an object, found ${shown(header)}`);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new FormatError(`safetensors header expected each key once, found ${shown(twice)} twice`);
  return header;
}

function readEntry(name: string, value: unknown): Entry {
  const fail = (expected: string, found: string) =>
    new FormatError(`tensor ${shown(name)} expected ${expected}, found ${found}`);
  if (!isObject(value)) throw fail("an object with dtype, shape and data_offsets", shown(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) throw fail(`a dtype out of ${dtypes.join(", ")}`, shown(dtype));
  if (!isShape(shape)) throw fail("a shape of whole numbers ≥ 0", shown(shape));
  if (!isShape(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fail("data_offsets [begin, end] with 0 ≤ begin ≤ end", shown(offsets));
  }
  const [begin, end] = offsets;
  const lengthBytes = countOf(shape) * itemBytes(dtype);
  if (end - begin !== lengthBytes) {
    throw fail(
      `${lengthBytes} bytes for ${dtype} ${shownShape(shape)}`,
      `${end - begin} (offsets ${begin} to ${end})`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Every data byte must belong to exactly one tensor: nothing hides in a file, nothing is read twice. */
function checkCover(entries: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const flaw = begin < covered ? "an overlap with the tensor before it" : "a hole before it";
      throw new FormatError(
        `tensor ${shown(name)} expected to begin at offset ${covered}, found ${begin}: ${flaw}`,
      );
    }
    if (end > dataBytes) {
      throw new FormatError(
        `tensor ${shown(name)} expected to end within ${dataBytes} bytes of data, found ${end}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new FormatError(`safetensors file expected ${covered} bytes of data, found ${dataBytes}`);
  }
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new FormatError(`${metadataName} expected an object, found ${shown(value)}`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new FormatError(`${metadataName} ${shown(key)} expected text, found ${shown(text)}`);
    }
  }
  return value as Record<string, string>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** By UTF-16 code units: the same order on every host, unlike localeCompare. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Written by hand, because an object would move keys such as "0" to the front. */
const object = (members: readonly string[]): string => `{${members.join(",")}}`;
const member = (key: string, json: string): string => `${JSON.stringify(key)}:${json}`;
