/**
 * Values that a model keeps in files beside it: which bytes of which file, and how the files change.
 *
 * Source: onnx/onnx, docs/ExternalData.md: a TensorProto names location, offset and length as texts.
 */
import {
  checkArray,
  checkFunction,
  checkInteger,
  checkMap,
  checkObject,
  checkString,
  checkTypedArray,
} from "../../check.js";
import { tagOf } from "../../describe.js";
import { FormatError } from "../../errors.js";
import { checkBytes, shown } from "../tensor.js";
import type { Message } from "./wire.js";

/** A file that is read in parts, as files over 2 GiB have to be. */
export interface OnnxDataReader {
  /** Its bytes. */
  readonly size: number;
  /** @returns the bytes from `start` to before `end` */
  read(start: number, end: number): Uint8Array;
}

/** Files beside a model, by the names that it has for them: their bytes, or what reads them. */
export type OnnxFiles =
  | ReadonlyMap<string, Uint8Array | OnnxDataReader>
  | Readonly<Record<string, Uint8Array | OnnxDataReader>>;

/** Bytes that replace as many in a file beside the model. */
export interface OnnxPatch {
  /** The model's name for it. */
  readonly file: string;
  /** Of the first byte. */
  readonly start: number;
  /** The new ones. */
  readonly bytes: Uint8Array;
}

/** Where a tensor's values are. */
export interface ExternalRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** The entry that holds the file's name. */
  readonly location: Message;
}

/** The files of a model, and the tensors in them. */
export class DataFiles {
  /** Names that the model has for them. */
  readonly names = new Set<string>();
  readonly #given: ReadonlyMap<string, OnnxDataReader> | undefined;

  /** @param files  undefined when names alone are wanted */
  constructor(files: OnnxFiles | undefined) {
    if (files === undefined) return;
    this.#given = new Map(entriesOf(files).map(([name, file]) => [name, readerOf(file)]));
  }

  /**
   * Where a tensor's values are.
   *
   * @param entries  its `external_data`
   * @param lengthBytes  of its values; undefined for types that are not known
   * @param refuse  makes an error of what was expected and found
   */
  rangeOf(
    entries: readonly Message[],
    lengthBytes: number | undefined,
    refuse: (expected: string, found: string) => FormatError,
  ): ExternalRange {
    const texts = new Map(
      entries.map((entry) => {
        const [key, value] = textsOf(entry);
        return [key, { value, entry }];
      }),
    );
    const file = texts.get("location")?.value ?? "";
    if (!/^[^/\\:]/.test(file) || /[\\:]|(^|\/)\.\.(\/|$)/.test(file))
      throw refuse("its values in a file beside the model", shown(file));
    this.names.add(file);
    const location = texts.get("location")!.entry;
    const [start, given] = ["offset", "length"].map((key) => numberOf(texts.get(key)?.value, key, refuse));
    const length = given ?? lengthBytes ?? 0;
    const range = { file, start: start ?? 0, end: (start ?? 0) + length, location };
    if (lengthBytes !== undefined && length !== lengthBytes)
      throw refuse(`${lengthBytes} bytes of values`, `${length} in ${shown(file)}`);
    if (!this.#given) return range;
    const found = this.#given.get(file);
    if (!found) throw refuse(`its values in the file ${shown(file)} beside the model`, "no such file given");
    if (range.end <= found.size) return range;
    checkContent(file, found.read(0, Math.min(64, found.size)));
    throw refuse(
      `its values in bytes ${range.start} to ${range.end} of ${shown(file)}`,
      `a file of ${found.size} bytes`,
    );
  }

  /** @returns the bytes of a range, or a part of it */
  read({ file, start, end }: Omit<ExternalRange, "location">): Uint8Array {
    const bytes = this.#given?.get(file)?.read(start, end);
    if (bytes?.length === end - start) return bytes;
    throw new FormatError(
      `${shown(file)} expected ${end - start} bytes from ${start}, found ${bytes?.length ?? 0}`,
    );
  }
}

/**
 * Tensors that share bytes of a file: what is pruned of the one would be pruned of the other.
 *
 * @param tensors  with values beside the model
 * @returns by the message of each that shares, the name of another that does
 */
export function sharedBytes(
  tensors: readonly {
    readonly name: string;
    readonly message: Message;
    readonly external: ExternalRange | undefined;
  }[],
): Map<Message, string> {
  const shared = new Map<Message, string>();
  const sorted = tensors
    .flatMap(({ name, message, external }) => (external ? [{ name, message, ...external }] : []))
    .sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
  let widest = sorted[0];
  for (const one of sorted.slice(1)) {
    if (one.file === widest.file && one.start < widest.end && one.start < one.end) {
      shared.set(one.message, widest.name);
      shared.set(widest.message, one.name);
    }
    if (one.file !== widest.file || one.end > widest.end) widest = one;
  }
  return shared;
}

/** @throws {FormatError} that names a file which stands for another, as a download leaves it */
function checkContent(name: string, start: Uint8Array): void {
  try {
    checkBytes(start);
  } catch (error) {
    throw new FormatError(`${shown(name)} beside the model: ${(error as Error).message}`);
  }
}

const readerOf = (file: Uint8Array | OnnxDataReader): OnnxDataReader =>
  isReader(file) ? file : { size: file.length, read: (start, end) => file.subarray(start, end) };

/** Key and value of a StringStringEntryProto. */
function textsOf(entry: Message): [key: string, value: string] {
  let [key, value] = ["", ""];
  for (const field = entry.fields(); field.next(); ) {
    if (field.number === 1) key = field.text();
    if (field.number === 2) value = field.text();
  }
  return [key, value];
}

function numberOf(
  text: string | undefined,
  key: string,
  refuse: (expected: string, found: string) => FormatError,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw refuse(`a whole number of bytes as ${key} of its values`, shown(text));
}

/**
 * Files as they are with changes: each is made anew, those that are given as readers read through to the old one.
 *
 * @param files  beside a model
 * @param patches  of `OnnxModel.edited`
 * @returns files of the same names and kinds
 * @throws {ArgumentTypeError | ArgumentRangeError} when they are no such files, or a patch does not fit one
 */
export function patchedFiles(
  files: OnnxFiles,
  patches: readonly OnnxPatch[],
): Map<string, Uint8Array | OnnxDataReader> {
  const changed = new Map<string, Uint8Array | OnnxDataReader>();
  const entries = entriesOf(files);
  checkPatches(
    patches,
    new Map(entries.map(([name, file]) => [name, isReader(file) ? file.size : file.length])),
  );
  for (const [name, file] of entries) {
    const own = patches.filter((patch) => patch.file === name);
    if (isReader(file)) {
      const read = (start: number, end: number) => {
        const bytes = new Uint8Array(file.read(start, end));
        for (const patch of own) put(patch, bytes, start);
        return bytes;
      };
      changed.set(name, { size: file.size, read });
    } else {
      const copy = new Uint8Array(file);
      for (const patch of own) put(patch, copy, 0);
      changed.set(name, copy);
    }
  }
  return changed;
}

/** @throws {ArgumentTypeError | ArgumentRangeError} when they are no files by names */
function entriesOf(files: OnnxFiles): [string, Uint8Array | OnnxDataReader][] {
  const isMap = tagOf(checkObject("files", files)) === "Map";
  const entries = isMap
    ? [...checkMap("files", files as ReadonlyMap<string, Uint8Array | OnnxDataReader>)]
    : Object.entries(files as Readonly<Record<string, Uint8Array | OnnxDataReader>>);
  for (const [name, file] of entries) {
    const called = `files[${shown(checkString("files", name))}]`;
    if (ArrayBuffer.isView(file)) checkTypedArray(called, file, "Uint8Array");
    else {
      const { size, read } = checkObject(called, file);
      checkInteger(`${called}.size`, size, 0, Number.MAX_SAFE_INTEGER);
      checkFunction(`${called}.read`, read);
    }
  }
  return entries;
}

const isReader = (file: Uint8Array | OnnxDataReader): file is OnnxDataReader => !ArrayBuffer.isView(file);

/** @throws {ArgumentTypeError | ArgumentRangeError} when a patch does not fit its file */
function checkPatches(patches: readonly OnnxPatch[], sizes: ReadonlyMap<string, number>): void {
  for (const [p, patch] of checkArray("patches", patches).entries()) {
    const { file, start, bytes } = checkObject(`patches[${p}]`, patch);
    checkTypedArray(`patches[${p}].bytes`, bytes, "Uint8Array");
    const size = sizes.get(checkString(`patches[${p}].file`, file)) ?? 0;
    checkInteger(`patches[${p}].start`, start, 0, Math.max(0, size - bytes.length));
  }
}

/** The part of a patch that falls into bytes from `start` on. */
function put(patch: OnnxPatch, bytes: Uint8Array, start: number): void {
  const [from, to] = [
    Math.max(start, patch.start),
    Math.min(start + bytes.length, patch.start + patch.bytes.length),
  ];
  if (from < to) bytes.set(patch.bytes.subarray(from - patch.start, to - patch.start), from - start);
}
